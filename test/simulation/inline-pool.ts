/** The daemon's worker tasks, run one at a time as tasks of the scheduler. */
import { Killed } from './file-error.js';
import { runApplyJob } from '../../src/daemon/folder/apply-steps.js';
import { runScanJob } from '../../src/daemon/folder/scan-directories.js';
import { runSweepJob } from '../../src/daemon/folder/sweep.js';
import type { FolderTasks } from '../../src/daemon/folder/folder-tasks.js';
import * as checkPart from '../../src/daemon/transfer/check-part-task.js';
import * as copyChunks from '../../src/daemon/transfer/copy-chunks-task.js';
import * as cutRange from '../../src/daemon/transfer/cut-range-task.js';
import * as finishStaged from '../../src/daemon/transfer/finish-staged-task.js';
import * as joinChunks from '../../src/daemon/transfer/join-chunks-task.js';
import * as readContent from '../../src/daemon/transfer/read-content-task.js';
import * as sealChunks from '../../src/daemon/transfer/seal-chunks-task.js';
import * as writeInline from '../../src/daemon/transfer/write-inline-task.js';
import { abortedError } from '../../src/daemon/home/deadline.js';
import type { WorkerPool } from '../../src/daemon/workers/pool.js';
import type { TaskContext, TaskModule } from '../../src/daemon/workers/task.js';
import { fromErrorMessage, toErrorMessage } from '../../src/daemon/workers/task-messages.js';
import { virtualSystemCalls } from './node-fs.js';
import type { Owner, Scheduler } from './scheduler.js';

const TASKS: Readonly<Record<string, TaskModule>> = {
  scan: { run: (job: Parameters<typeof runScanJob>[0], { throwIfAborted }: TaskContext) => runScanJob(job, throwIfAborted) },
  apply: { run: (job: Parameters<typeof runApplyJob>[0]) => runApplyJob(job, virtualSystemCalls) },
  sweep: { run: (job: Parameters<typeof runSweepJob>[0]) => runSweepJob(job, virtualSystemCalls) },
  'check-part': checkPart,
  'copy-chunks': copyChunks,
  'cut-range': cutRange,
  'finish-staged': finishStaged,
  'join-chunks': joinChunks,
  'read-content': readContent,
  'seal-chunks': sealChunks,
  'write-inline': writeInline,
};

/** `around` runs the work of a task: calls of the disk within are the daemon's. */
export function createInlinePool(scheduler: Scheduler, owner: Owner, around: <Result>(work: () => Result) => Result): WorkerPool {
  return {
    size: 2,
    run: (name, input, { signal, onProgress }) =>
      scheduler.call(owner, name, 'disk', () => {
        const context: TaskContext = {
          aborted: () => signal.aborted,
          throwIfAborted: () => {
            if (signal.aborted) throw abortedError(signal);
          },
          progress: (amount) => onProgress?.(amount),
          transfer: () => undefined,
        };
        context.throwIfAborted();
        const task = TASKS[name];
        if (task === undefined) throw new Error(`no task ${name}`);
        try {
          return around(() => task.run(input as never, context)) as never;
        } catch (error) {
          if (error instanceof Killed) throw error;
          throw fromErrorMessage(toErrorMessage(error));
        }
      }),
    close: () => Promise.resolve(),
  };
}

export function inlineFolderTasks(pool: WorkerPool): FolderTasks {
  return {
    scan: (job, options) => pool.run('scan', job, options),
    apply: (job, options) => pool.run('apply', job, options),
    sweep: (job, options) => pool.run('sweep', job, options),
  };
}
