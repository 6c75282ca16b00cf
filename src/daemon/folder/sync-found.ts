/** Makes durable what a scan found: the files whose contents were read, and the entries of the directories that changed. */
import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { isFsyncError } from '../../core/base/errors.js';
import { parentPath, pathName } from '../../core/base/rel-path.js';
import { errnoOf } from '../home/errno.js';
import type { FoundChanges } from '../ports.js';
import { FEW, type HeldDirectories } from './held-directories.js';
import { meansChanged } from './storage-error.js';

/** A FIFO that took the file's place is not waited for. */
const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Files are synced at once; directories, and everything where there is much, with the next `sync` of `directories`.
 * @throws errors of the file calls where only single files can be synced
 */
export function syncFound(directories: HeldDirectories, found: FoundChanges): void {
  if (directories.syncsFileSystem && found.directories.length + found.files.length > FEW) {
    directories.everythingChanged();
    return;
  }
  for (const path of found.directories) {
    orEverything(directories, () => {
      directories.at(path);
      directories.changed(path);
    });
  }
  for (const path of found.files) {
    orEverything(directories, () => {
      syncFile(`${directories.at(parentPath(path)).base}/${pathName(path)}`);
    });
  }
}

function syncFile(path: string): void {
  const file = openSync(path, OPEN_FILE);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * What is not where it was found may have been moved, and what was read of it is taken for in sync before it is found again: it
 * is synced with everything, as is what cannot be opened. Without that, only what cannot be synced for another reason is an error.
 */
function orEverything(directories: HeldDirectories, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (directories.syncsFileSystem) directories.everythingChanged();
    else if (!isFsyncError(error, 'path_changed') && !meansChanged(error) && !NOT_ALLOWED.has(errnoOf(error) ?? '')) throw error;
  }
}

const NOT_ALLOWED = new Set(['EACCES', 'EPERM']);
