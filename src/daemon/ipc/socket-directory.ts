/** Makes sure that only this user can reach the control socket. */
import { chmodSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FsyncError } from '../../core/base/errors.js';
import { makeDirectories } from '../../core/home/make-directories.js';

/**
 * Makes the socket's directory with 0700. One that exists must be a real directory of this user
 * (below /tmp somebody else may have made it first); permissions of others are taken away.
 * @throws FsyncError forbidden
 */
export function claimSocketDirectory(socket: string): void {
  const directory = dirname(socket);
  makeDirectories(directory, 0o700, { mkdirSync, statSync });
  const stat = lstatSync(directory);
  const uid = process.getuid?.();
  if (!stat.isDirectory() || (uid !== undefined && stat.uid !== uid)) {
    throw new FsyncError('forbidden', `${directory} does not belong to this user, so the daemon does not listen there`, {
      hints: ['Remove it, or set FSYNC_HOME to a shorter path of your own.'],
    });
  }
  if ((stat.mode & 0o077) !== 0) chmodSync(directory, 0o700);
}
