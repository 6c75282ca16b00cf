/** Asked many times in a burst, does its work once, a while after the first time. */
export class Batched {
  readonly #waitMs: number;
  readonly #work: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(waitMs: number, work: () => void) {
    this.#waitMs = waitMs;
    this.#work = work;
  }

  ask(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#work();
    }, this.#waitMs);
  }
}
