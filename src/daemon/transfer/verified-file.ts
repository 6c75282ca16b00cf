/**
 * Opening a file of the folder for reading, on a worker: only when it still is what the scanner
 * saw, never through a link, never waiting for a pipe. The inode check also covers a parent
 * directory that was swapped for a link.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import type { Fingerprint } from '../../core/tree/node.js';
import { fingerprintOf, sameInEveryWay } from '../folder/fingerprint.js';
import { errnoOf } from '../home/errno.js';

/** Why a file cannot be read now. */
export type FileTrouble = 'changed' | 'missing' | 'unreadable';

export interface VerifiedFile {
  readonly fd: number;
  readonly absolute: string;
  readonly expected: Fingerprint;
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The caller closes `fd`. */
export function openVerified(root: string, path: string, expected: Fingerprint): VerifiedFile | FileTrouble {
  const absolute = `${root}/${path}`;
  let fd: number;
  try {
    fd = openSync(absolute, FLAGS);
  } catch (error) {
    return fileTrouble(error);
  }
  const stat = fstatSync(fd, { bigint: true });
  if (stat.isFile() && sameInEveryWay(fingerprintOf(stat), expected)) return { fd, absolute, expected };
  closeSync(fd);
  return 'changed';
}

/** The fingerprint when neither the open file nor the name has changed since it was opened, else null. */
export function confirmUnchanged({ fd, absolute, expected }: VerifiedFile): Fingerprint | null {
  const open = fingerprintOf(fstatSync(fd, { bigint: true }));
  if (!sameInEveryWay(open, expected)) return null;
  const named = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  if (named === undefined || !named.isFile()) return null;
  const fingerprint = fingerprintOf(named);
  return sameInEveryWay(fingerprint, expected) ? fingerprint : null;
}

/** Fills `target` from `position`; false when the file ends before. */
export function readFully(fd: number, target: Uint8Array, position: number): boolean {
  let filled = 0;
  while (filled < target.length) {
    const count = readSync(fd, target, filled, target.length - filled, position + filled);
    if (count === 0) return false;
    filled += count;
  }
  return true;
}

/** @throws what did not come from a file call */
export function fileTrouble(error: unknown): FileTrouble {
  if (!isFileError(error)) throw error;
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'missing';
    case 'ELOOP':
    case 'ENXIO':
    case 'EISDIR':
      return 'changed';
    default:
      return 'unreadable';
  }
}

/** Errors of this program and of Node's own checks have a code as well, but no system call. */
export function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
