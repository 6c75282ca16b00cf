/** Gets staged files ready to be placed: mode and time are set and on the disk before any of them gets its name. */
import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, futimesSync, openSync } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { normaliseMode, type Fingerprint } from '../../core/tree/node.js';
import type { FolderStep } from '../ports.js';
import type { ApplyContext } from './apply-context.js';
import { fingerprintOf } from './fingerprint.js';
import { FEW } from './held-directories.js';
import { meansChanged, storageError } from './storage-error.js';
import type { SystemCalls } from './system-calls.js';

type PlaceFile = Extract<FolderStep, { op: 'place-file' }>;

export interface PreparedFiles {
  readonly prints: ReadonlyMap<string, Fingerprint>;
  readonly failed: ReadonlyMap<string, FsyncError>;
}

/** Contents are synced as well: whoever staged the files need not have done it. */
export function prepareStagedFiles(context: ApplyContext, steps: readonly FolderStep[], calls: SystemCalls): PreparedFiles {
  const files = steps.filter((step): step is PlaceFile => step.op === 'place-file');
  const prints = new Map<string, Fingerprint>();
  const failed = new Map<string, FsyncError>();
  const together = files.length > FEW ? calls.syncFileSystem : null;
  for (const step of files) {
    try {
      prints.set(step.staged, prepare(context, step, together === null));
    } catch (error) {
      failed.set(step.staged, meansChanged(error) ? gone(step.path, error) : storageError(error, step.path));
    }
  }
  if (together !== null && prints.size > 0) together(context.directories.at('.fsync/tmp').file);
  return { prints, failed };
}

function gone(path: string, cause: unknown): FsyncError {
  return new FsyncError('io_error', `the downloaded file for ${path} is gone`, { cause });
}

function prepare(context: ApplyContext, { staged, mode, mtimeMs, path }: PlaceFile, sync: boolean): Fingerprint {
  const file = openSync(context.temp(staged).at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const before = fstatSync(file);
    if (!before.isFile() || before.nlink !== 1) throw new FsyncError('io_error', `what was staged for ${path} is not a file of its own`);
    fchmodSync(file, normaliseMode('file', mode));
    const seconds = toSeconds(mtimeMs);
    futimesSync(file, seconds, seconds);
    if (sync) fsyncSync(file);
    return fingerprintOf(fstatSync(file, { bigint: true }));
  } finally {
    closeSync(file);
  }
}

const MAX_TIME_MS = 2 ** 33 * 1000;

/**
 * Node cuts the fraction off when it turns seconds into nanoseconds; half a microsecond more keeps
 * the millisecond. As text, because of a negative number Node makes the present time. Times that no disk holds are brought within what ext4 can store.
 */
function toSeconds(mtimeMs: number): string {
  const within = Number.isFinite(mtimeMs) ? Math.min(Math.max(Math.floor(mtimeMs), -(2 ** 31) * 1000), MAX_TIME_MS) : 0;
  return String((within % 1000 === 0 ? within : within + 0.0005) / 1000);
}
