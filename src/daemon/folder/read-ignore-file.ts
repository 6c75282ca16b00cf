/** Reads the `.fsyncignore` of a vault. It is a file from a peer: never followed, never waited for. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { IGNORE_FILE, parseIgnoreRules, type IgnoreRules } from '../../core/ignore/ignore-rules.js';
import { errnoOf } from '../home/errno.js';

const MAX_IGNORE_BYTES = 1024 * 1024;

/**
 * The rules of the folder; none when it has no such file.
 * @throws FsyncError io_error when the file is there and cannot be read: taking it for empty would unignore everything
 */
export function readIgnoreFile(root: string): IgnoreRules {
  const path = `${root}/${IGNORE_FILE}`;
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw new FsyncError('io_error', `${path} is not a regular file`, { hints: [HINT] });
      if (stat.size > MAX_IGNORE_BYTES) throw new FsyncError('io_error', `${path} is larger than 1 MiB`, { hints: [HINT] });
      return parseIgnoreRules(readFileSync(file, 'utf8'));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return parseIgnoreRules('');
    if (error instanceof FsyncError) throw error;
    throw new FsyncError('io_error', `cannot read ${path}`, { cause: error, hints: [HINT] });
  }
}

const HINT = 'Syncing stops until it can be read, because without it ignored files would be uploaded.';
