/** Reading files of the folder, and how far it is meanwhile. */
import type { Clock } from '../../core/base/effects.js';
import type { ContentJob, ContentReader, ContentResult, TransferProgress } from '../ports.js';
import { createProgressMeter, type ProgressMeter } from '../transfer/progress-meter.js';
import type { WorkRate } from './work-rate.js';

export interface ReadWithProgressDeps {
  readonly reader: ContentReader;
  readonly reading: WorkRate;
  readonly clock: Clock;
}

/** `reading` has a state for as long as it goes on. @throws what the reader throws */
export async function readWithProgress(
  { reader, reading, clock }: ReadWithProgressDeps,
  jobs: readonly ContentJob[],
  signal: AbortSignal,
): Promise<readonly ContentResult[]> {
  const meter = meterOf(jobs, reading.note.bind(reading), clock);
  meter.finish();
  try {
    return await reader.read(jobs, { signal, onBytes: meter.addBytes, onFiles: meter.addFiles });
  } finally {
    reading.clear();
  }
}

/** Counts what is read of these files. */
export function meterOf(jobs: readonly ContentJob[], tell: (progress: TransferProgress) => void, clock: Clock): ProgressMeter {
  const bytesTotal = jobs.reduce((sum, { expected }) => sum + expected.size, 0);
  return createProgressMeter({ filesTotal: jobs.length, bytesTotal }, tell, () => clock.now());
}
