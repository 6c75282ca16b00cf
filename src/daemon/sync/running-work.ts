/** What moves at this moment: bytes over the line, and files that are read. */
import type { TransferStatus, WorkProgress } from '../../core/protocol/ipc.js';
import type { CycleContext } from './cycle.js';

export interface RunningWork {
  readonly transfer: TransferStatus | null;
  readonly reading: WorkProgress | null;
}

export function runningWork({ uploads, downloads, reading }: Pick<CycleContext, 'uploads' | 'downloads' | 'reading'>): RunningWork {
  return { transfer: uploads.transfer() ?? downloads.transfer(), reading: reading.status() };
}
