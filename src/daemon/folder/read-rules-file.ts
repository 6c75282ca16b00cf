/** Reads the `.fsyncignore` and `.fsyncattributes` of a vault. They are files from peers: never followed, never waited for. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { ATTRIBUTES_FILE, parseConflictRules, type ConflictRules } from '../../core/conflict/conflict-rules.js';
import { FsyncError } from '../../core/base/errors.js';
import { IGNORE_FILE, parseIgnoreRules, type IgnoreRules } from '../../core/ignore/ignore-rules.js';
import { errnoOf } from '../home/errno.js';

const MAX_RULES_BYTES = 1024 * 1024;

/**
 * What the folder leaves out; nothing when it has no such file.
 * @throws FsyncError io_error when the file is there and cannot be read: taking it for empty would unignore everything
 */
export function readIgnoreFile(root: string): IgnoreRules {
  const hint = 'Syncing stops until it can be read, because without it ignored files would be uploaded.';
  return parseIgnoreRules(readRulesFile(`${root}/${IGNORE_FILE}`, hint));
}

/**
 * How the folder's conflicts are settled; no rules when it has no such file.
 * @throws FsyncError io_error when the file is there and cannot be read
 */
export function readAttributesFile(root: string): ConflictRules {
  return parseConflictRules(readRulesFile(`${root}/${ATTRIBUTES_FILE}`, 'Until it can be read, conflicts are left to a person.'));
}

function readRulesFile(path: string, hint: string): string {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw new FsyncError('io_error', `${path} is not a regular file`, { hints: [hint] });
      if (stat.size > MAX_RULES_BYTES) throw new FsyncError('io_error', `${path} is larger than 1 MiB`, { hints: [hint] });
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    if (error instanceof FsyncError) throw error;
    throw new FsyncError('io_error', `cannot read ${path}`, { cause: error, hints: [hint] });
  }
}
