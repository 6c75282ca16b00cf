/** From lstat to fingerprint, and whether two looks at a path saw the same thing. */
import type { BigIntStats } from 'node:fs';
import type { Fingerprint } from '../../core/tree/node.js';

const TYPE_BITS = 0o170000;
const DIRECTORY = 0o040000;
const REGULAR = 0o100000;
const LINK = 0o120000;

export type FileType = 'file' | 'directory' | 'symlink' | 'special';

/** The type in the mode bits of a stat. */
export function typeOfMode(mode: number): FileType {
  switch (mode & TYPE_BITS) {
    case REGULAR:
      return 'file';
    case DIRECTORY:
      return 'directory';
    case LINK:
      return 'symlink';
    default:
      return 'special';
  }
}

export function typeOf(stat: BigIntStats): FileType {
  return typeOfMode(Number(stat.mode));
}

export function fingerprintOf(stat: BigIntStats): Fingerprint {
  return {
    size: Number(stat.size),
    mtimeNs: String(stat.mtimeNs),
    ctimeNs: String(stat.ctimeNs),
    birthtimeNs: String(stat.birthtimeNs),
    dev: String(stat.dev),
    ino: String(stat.ino),
    nlink: Number(stat.nlink),
    mode: Number(stat.mode) & 0o7777,
  };
}

/** The same inode; for directories that is all that is ever compared. */
export function sameInode(a: Pick<Fingerprint, 'dev' | 'ino'>, b: Pick<Fingerprint, 'dev' | 'ino'>): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** The same inode with the same bytes, as far as size and mtime tell. A rename or chmod in between does not matter. */
export function sameBytes(a: Fingerprint, b: Fingerprint): boolean {
  return sameInode(a, b) && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

/** Nothing at all happened to it. */
export function sameInEveryWay(a: Fingerprint, b: Fingerprint): boolean {
  return sameBytes(a, b) && a.ctimeNs === b.ctimeNs;
}
