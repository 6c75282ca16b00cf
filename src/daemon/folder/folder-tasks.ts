/** The tasks of the folder that run off the main thread. The worker pool is one way to run them; calling them is the other. */
import type { StepResult } from '../ports.js';
import type { WorkerPool } from '../workers/pool.js';
import { runApplyJob, type ApplyJob } from './apply-steps.js';
import { runScanJob, type ScanJob } from './scan-directories.js';
import type { PackedScan } from './scan-packing.js';
import { runSweepJob, type SweepJob } from './sweep.js';

export interface FolderTasks {
  scan(job: ScanJob, options: { signal: AbortSignal }): Promise<PackedScan>;
  apply(job: ApplyJob, options: { signal: AbortSignal }): Promise<readonly StepResult[]>;
  sweep(job: SweepJob, options: { signal: AbortSignal }): Promise<void>;
}

/** Runs each task on a worker thread. */
export function pooledFolderTasks(pool: WorkerPool): FolderTasks {
  return {
    scan: (job, { signal }) => pool.run('scan', job, { signal }),
    apply: (job, { signal }) => pool.run('apply', job, { signal }),
    sweep: (job, { signal }) => pool.run('sweep', job, { signal }),
  };
}

/** Runs each task at once on the calling thread. */
export const inlineFolderTasks: FolderTasks = {
  scan: (job) => attempt(() => runScanJob(job)),
  apply: (job) => attempt(() => runApplyJob(job)),
  sweep: (job) => attempt(() => runSweepJob(job)),
};

/** What the task throws becomes the promise's rejection. */
function attempt<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve) => resolve(work()));
}
