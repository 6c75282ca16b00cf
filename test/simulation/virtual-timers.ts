/** While a world runs, the timers of the program are tasks of its scheduler; a server in the same process keeps the real ones. */
import type { Scheduler, Task } from './scheduler.js';

const real = { setTimeout, clearTimeout, setInterval, clearInterval };

interface VirtualTimer {
  readonly task: Task;
  ref(): VirtualTimer;
  unref(): VirtualTimer;
}

export function installTimers(scheduler: Scheduler): void {
  const set = (run: () => void, delayMs = 0): VirtualTimer => {
    const timer: VirtualTimer = {
      task: scheduler.after(scheduler.current, 'timer', delayMs, run),
      ref: () => timer,
      unref: () => timer,
    };
    return timer;
  };
  const clear = (timer: unknown): void => {
    if (typeof timer === 'object' && timer !== null && 'task' in timer) scheduler.cancel((timer as VirtualTimer).task);
  };
  const refuse = (): never => {
    throw new Error('no interval runs in a simulated world');
  };
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear, setInterval: refuse });
}

export function restoreTimers(): void {
  Object.assign(globalThis, real);
}

/** For what is not simulated but run: the server and its database. */
export async function withRealTimers<Result>(scheduler: Scheduler, work: () => Promise<Result>): Promise<Result> {
  restoreTimers();
  try {
    return await work();
  } finally {
    installTimers(scheduler);
  }
}
