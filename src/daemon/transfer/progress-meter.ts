/** Counts what a transfer has done and tells about it, at most ten times a second. */
import type { TransferProgress } from '../ports.js';

const INTERVAL_MS = 100;

export interface ProgressMeter {
  addBytes(bytes: number): void;
  addFile(): void;
  addFiles(files: number): void;
  /** Tells the last state, whenever that was told before. */
  finish(): void;
}

export interface ProgressTotals {
  readonly bytesTotal: number;
  readonly filesTotal: number;
}

/** `now` in milliseconds from any start. */
export function createProgressMeter(
  totals: ProgressTotals,
  onProgress: ((progress: TransferProgress) => void) | undefined,
  now: () => number,
): ProgressMeter {
  let bytesDone = 0;
  let filesDone = 0;
  let toldAt = -Infinity;
  const tell = (): void => onProgress?.({ ...totals, bytesDone: Math.min(bytesDone, totals.bytesTotal), filesDone });
  const changed = (): void => {
    const time = now();
    if (time - toldAt < INTERVAL_MS) return;
    toldAt = time;
    tell();
  };
  return {
    addBytes(bytes) {
      bytesDone += bytes;
      changed();
    },
    addFile() {
      filesDone += 1;
      changed();
    },
    addFiles(files) {
      filesDone += files;
      changed();
    },
    finish: tell,
  };
}
