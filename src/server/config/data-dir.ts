/** The folder of the server: made when it is not there, and refused in words when it cannot be used. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { makeDirectories } from '../../core/home/make-directories.js';

const TROUBLES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'it cannot be made there',
  ENOTDIR: 'a part of it is a file',
  EEXIST: 'it is a file',
  ENOSPC: 'no space left',
};

/** @throws FsyncError io_error when it cannot be made, read and written */
export function prepareDataDir(path: string): void {
  try {
    makeDirectories(path, 0o700, { mkdirSync, statSync });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw new FsyncError('io_error', `${path} cannot be used: ${TROUBLES[code] ?? code}`, {
      cause,
      hints: ['Give the server a folder of its own with --data-dir or FSYNC_DATA_DIR.'],
    });
  }
}
