/** Long work in small steps with pauses between them, so that requests are not kept waiting by it. */
import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_PAUSE_MS = 2_000;

export interface Pace {
  /** Runs one step, then waits in proportion to the time it took. Throws what the step throws, and the signal's reason. */
  step<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** `rest` times as long as each step took is waited after it. */
export function createPace(rest: number, signal: AbortSignal): Pace {
  return {
    async step(work) {
      signal.throwIfAborted();
      const began = performance.now();
      const result = await work();
      await sleep(Math.min(LONGEST_PAUSE_MS, (performance.now() - began) * rest), undefined, { signal });
      return result;
    },
  };
}
