/** Those who wait for a session: for being in sync, or for a quiet moment between two cycles. */
import { FsyncError } from '../../core/base/errors.js';

const DIRECTIONS = ['push', 'pull', 'both'] as const;
export type SyncDirection = (typeof DIRECTIONS)[number];

export function isSyncDirection(value: string): value is SyncDirection {
  return (DIRECTIONS as readonly string[]).includes(value);
}

interface Waiter {
  readonly direction: SyncDirection;
  /** The first cycle whose result counts: the one that began after the request. */
  readonly round: number;
  readonly settle: (error: FsyncError | null) => void;
}

export class Waiters {
  readonly #waiting = new Set<Waiter>();
  readonly #between: (() => Promise<void>)[] = [];
  #round = 0;

  get areAnyWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  async add(direction: SyncDirection, { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        direction,
        round: this.#round + 1,
        settle: (error) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          this.#waiting.delete(waiter);
          if (error === null) resolve();
          else reject(error);
        },
      };
      const timer = setTimeout(() => {
        waiter.settle(
          new FsyncError('timed_out', `not in sync after ${String(Math.round(timeoutMs / 1000))} s`, {
            hints: ['See what is going on: fsync status'],
          }),
        );
      }, timeoutMs);
      const onAbort = (): void => {
        waiter.settle(new FsyncError('aborted', 'interrupted; syncing goes on in the background'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      if (signal.aborted) onAbort();
    });
  }

  /** Number of the cycle that begins now. */
  beginCycle(): number {
    this.#round += 1;
    return this.#round;
  }

  resolve(round: number, isQuiet: (direction: SyncDirection) => boolean): void {
    for (const waiter of [...this.#waiting]) if (waiter.round <= round && isQuiet(waiter.direction)) waiter.settle(null);
  }

  reject(round: number, error: FsyncError): void {
    for (const waiter of [...this.#waiting]) if (waiter.round <= round) waiter.settle(error);
  }

  rejectAll(error: FsyncError): void {
    for (const waiter of [...this.#waiting]) waiter.settle(error);
  }

  /** Queues `work` for the next quiet moment; `wake` makes sure one comes. */
  async between<Result>(work: () => Promise<Result>, wake: () => void): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#between.push(async () => {
        await work().then(resolve, reject);
      });
      wake();
    });
  }

  async runBetween(): Promise<void> {
    for (let work = this.#between.shift(); work !== undefined; work = this.#between.shift()) await work();
  }
}
