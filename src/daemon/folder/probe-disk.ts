/** Finds out what the file system below a vault's folder can hold, by trying it in the private folder. */
import { chmodSync, closeSync, lstatSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FULL_TRAITS, type DiskTraits } from '../../core/tree/disk-traits.js';
import { errnoOf } from '../home/errno.js';
import { privatePaths } from './vault-folder.js';

/** What cannot be tried counts as held: then it is found out, and told, when something fails. */
export function probeDisk(root: string): DiskTraits {
  return { ignoresCase: ignoresCase(root), keepsModes: keepsModes(root) };
}

/** The private folder answers to a name under which it is not listed. Inodes do not tell: FUSE file systems give each spelling its own. */
function ignoresCase(root: string): boolean {
  const respelled = basename(privatePaths(root).folder).toUpperCase();
  return lstatSync(join(root, respelled), { throwIfNoEntry: false }) !== undefined && !readdirSync(root).includes(respelled);
}

/** Such disks show every file with one mode, and take a chmod that they cannot keep with or without an error. */
function keepsModes(root: string): boolean {
  const probe = join(privatePaths(root).tmp, 'probe-modes');
  try {
    rmSync(probe, { force: true });
    closeSync(openSync(probe, 'wx', 0o600));
    return [0o700, 0o600].every((mode) => {
      chmodSync(probe, mode);
      return (lstatSync(probe).mode & 0o700) === mode;
    });
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return errnoOf(error) === 'EPERM' || errnoOf(error) === 'ENOTSUP' ? false : FULL_TRAITS.keepsModes;
  } finally {
    rmSync(probe, { force: true });
  }
}
