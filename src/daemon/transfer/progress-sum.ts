/** Progress of a task in messages of a few megabytes instead of one a file. */
import type { TaskContext } from '../workers/task.js';

const STEP_BYTES = 4 * 1024 * 1024;

export interface ProgressSum {
  add(bytes: number): void;
  /** Sends what has not been sent. */
  flush(): void;
}

export function progressSum(context: Pick<TaskContext, 'progress'>): ProgressSum {
  let sum = 0;
  const flush = (): void => {
    if (sum > 0) context.progress(sum);
    sum = 0;
  };
  return {
    add(bytes) {
      sum += bytes;
      if (sum >= STEP_BYTES) flush();
    },
    flush,
  };
}
