/** Worker task: lists directories of a vault's folder. */
import type { TaskContext } from '../workers/task.js';
import { runScanJob, type ScanJob } from './scan-directories.js';
import { scanTransfer, type PackedScan } from './scan-packing.js';

export function run(job: ScanJob, context: TaskContext): PackedScan {
  const packed = runScanJob(job, () => context.throwIfAborted());
  for (const buffer of scanTransfer(packed)) context.transfer(buffer);
  return packed;
}
