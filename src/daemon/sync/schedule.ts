/** When a session must look again even if nobody tells it to: the earliest of a few named moments. */

export type Moment = 'full-scan' | 'poll' | 'racy' | 'retry' | 'changing' | 'failed' | 'soon';

export class Schedule {
  readonly #due = new Map<Moment, number>();

  /** Sets a moment, epoch ms; an earlier one that is set already stays. */
  at(moment: Moment, dueMs: number): void {
    const known = this.#due.get(moment);
    if (known === undefined || dueMs < known) this.#due.set(moment, dueMs);
  }

  /** Sets a moment, replacing what was set. */
  reset(moment: Moment, dueMs: number): void {
    this.#due.set(moment, dueMs);
  }

  clear(moment: Moment): void {
    this.#due.delete(moment);
  }

  has(moment: Moment): boolean {
    return this.#due.has(moment);
  }

  /** The moments that have come, taken off the list. */
  take(nowMs: number): ReadonlySet<Moment> {
    const come = [...this.#due].filter(([, dueMs]) => dueMs <= nowMs).map(([moment]) => moment);
    for (const moment of come) this.#due.delete(moment);
    return new Set(come);
  }

  /** Milliseconds until the next moment; Infinity when none is set. */
  wait(nowMs: number): number {
    return Math.max(0, Math.min(...this.#due.values()) - nowMs);
  }
}
