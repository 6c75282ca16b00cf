/** The 'finish-staged' task: brings completed parts to the disk and gives them their final names. */
import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, renameSync } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { storageError } from '../folder/storage-error.js';
import type { TaskContext } from '../workers/task.js';
import type { StagedTrouble } from './staged-files.js';

export interface FinishStagedInput {
  /** `.fsync/tmp`, absolute. */
  readonly tmp: string;
  /** Every chunk of them was verified and written. */
  readonly files: readonly { readonly part: string; readonly staged: string; readonly size: number }[];
}

export function run({ tmp, files }: FinishStagedInput, context: TaskContext): readonly StagedTrouble[] {
  const troubles: StagedTrouble[] = [];
  for (const [file, { part, staged, size }] of files.entries()) {
    context.throwIfAborted();
    try {
      finish(`${tmp}/${part}`, `${tmp}/${staged}`, size);
    } catch (error) {
      const { code, message } = storageError(error, 'a download');
      troubles.push({ file, code, message });
    }
  }
  return troubles;
}

function finish(part: string, staged: string, size: number): void {
  const fd = openSync(part, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const written = fstatSync(fd).size;
    if (written < size) throw new FsyncError('integrity', 'a download is shorter than its content');
    if (written > size) ftruncateSync(fd, size);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(part, staged);
}
