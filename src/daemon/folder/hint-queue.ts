/**
 * Collects the directories that events name and hands them on together. Event queues overflow
 * silently in every engine, so after a burst nobody believes them: the hint is then "anything".
 */

/** More events than this within one window mean that the kernel may have dropped some. */
export const BURST_EVENTS = 8_000;
const BURST_WINDOW_MS = 1_000;

export type HintListener = (directories: readonly string[] | null) => void;

export class HintQueue {
  readonly #listeners: HintListener[] = [];
  readonly #delayMs: number;
  #directories = new Set<string>();
  #everything = false;
  #timer: NodeJS.Timeout | null = null;
  #window: NodeJS.Timeout | null = null;
  #events = 0;
  #closed = false;

  /** Directories wait `delayMs` for others to join them. */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  onHint(listener: HintListener): void {
    this.#listeners.push(listener);
  }

  /** One event about something in this directory. */
  event(directory: string): void {
    this.#events += 1;
    this.#window ??= setTimeout(() => this.#endWindow(), BURST_WINDOW_MS).unref();
    if (this.#events === BURST_EVENTS + 1) this.everything();
    else if (this.#events <= BURST_EVENTS) this.look(directory);
  }

  /** Asks for a look at a directory without counting as an event. */
  look(directory: string): void {
    this.#directories.add(directory);
    this.#schedule();
  }

  everything(): void {
    this.#everything = true;
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    for (const timer of [this.#timer, this.#window]) if (timer !== null) clearTimeout(timer);
  }

  /** What came after the alarm was dropped here: one more look when the burst is over. */
  #endWindow(): void {
    this.#window = null;
    if (this.#events > BURST_EVENTS) this.everything();
    this.#events = 0;
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => this.#flush(), this.#delayMs);
  }

  #flush(): void {
    this.#timer = null;
    const hint = this.#everything ? null : [...this.#directories];
    this.#everything = false;
    this.#directories = new Set();
    for (const listener of this.#listeners) listener(hint);
  }
}
