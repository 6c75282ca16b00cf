/** Failures of file calls in the words of the error table. */
import { FsyncError } from '../../core/base/errors.js';
import { errnoOf } from '../home/errno.js';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Errors by which the file system says that the folder is not as it was thought to be. */
const DIFFERENT = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENOTEMPTY', 'ELOOP']);

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an error',
  ENAMETOOLONG: 'the name or path is too long for this file system',
  EBUSY: 'something is using it',
  EXDEV: 'it is on another file system',
  EMFILE: 'too many open files',
};

/** True for an error that means "look again", not "this cannot be done". */
export function meansChanged(error: unknown): boolean {
  const code = errnoOf(error);
  return code !== null && DIFFERENT.has(code);
}

/**
 * An FsyncError as it is; a failed file call as disk_full or io_error naming the path.
 * @throws what is neither, because that is a bug
 */
export function storageError(error: unknown, path: string): FsyncError {
  if (error instanceof FsyncError) return error;
  const code = errnoOf(error);
  if (code === null) throw error;
  if (FULL.has(code)) return new FsyncError('disk_full', `no space left for ${path}`, { cause: error });
  return new FsyncError('io_error', `${path}: ${REASONS[code] ?? code}`, { cause: error });
}
