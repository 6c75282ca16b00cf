/** Which directory a vault's root is, beyond its path: an unmounted or replaced root must not look like an emptied one. */
import { lstatSync } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { typeOf } from './fingerprint.js';

export interface RootIdentity {
  readonly dev: string;
  readonly ino: string;
}

/** Null when there is no directory at that path. */
export function readRootIdentity(root: string): RootIdentity | null {
  const stat = lstatSync(root, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || typeOf(stat) !== 'directory') return null;
  return { dev: String(stat.dev), ino: String(stat.ino) };
}

/** @throws FsyncError guarded when the root is gone or another directory is in its place */
export function requireRoot(root: string, expected: RootIdentity): void {
  const found = readRootIdentity(root);
  if (found !== null && found.dev === expected.dev && found.ino === expected.ino) return;
  throw new FsyncError('guarded', `${root} is not the folder that was attached: it is missing, unmounted or replaced`, {
    hints: ['Mount or restore the folder; syncing goes on by itself then.'],
  });
}
