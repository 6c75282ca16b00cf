/** Fan-out with a limit: a fixed number of lanes, a producer that waits for a free one, and one failure that stops all. */
import { abortedError } from '../home/deadline.js';

export class TaskLanes {
  readonly #width: number;
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  /** Aborted by the caller's signal or by the first failure. Work is to be done under it. */
  readonly signal: AbortSignal;

  constructor(width: number, signal: AbortSignal) {
    this.#width = width;
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
  }

  /** Resolves when `work` has begun. Throws the first failure so far, or aborted. */
  async start(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#width && this.#failures.length === 0) await Promise.race(this.#running);
    this.#throwFailure();
    if (this.signal.aborted) throw abortedError(this.signal);
    const running: Promise<void> = work()
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Stops everything; `drain` throws the first error that was given. */
  fail(error: unknown): void {
    this.#failures.push(error);
    this.#controller.abort(error);
  }

  /** Waits until nothing runs any more, then throws the first failure if there was one. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}

/** Runs `work` for each item, `width` at a time; the results are in the order of the items. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  options: { readonly width: number; readonly signal: AbortSignal },
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const lanes = new TaskLanes(options.width, options.signal);
  const results: Result[] = [];
  try {
    for (const [index, item] of items.entries()) {
      await lanes.start(async () => {
        results[index] = await work(item, lanes.signal);
      });
    }
  } finally {
    await lanes.drain();
  }
  return results;
}
