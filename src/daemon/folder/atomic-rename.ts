/** Renames that never overwrite and the exchange of two names, with the ways around where a file system lacks them. */
import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../home/errno.js';
import { typeOf } from './fingerprint.js';
import { SystemCallError, type SystemCalls } from './system-calls.js';

export interface AtomicRename {
  /** Moves unless something is at `to`: then it throws EEXIST and nothing happened. */
  noReplace(from: string, to: string): void;
  /** Swaps two names; false when this file system cannot, and nothing happened. */
  exchange(a: string, b: string): boolean;
}

/** What a kernel or file system answers that knows the call but cannot do it. */
const UNSUPPORTED = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

export function createAtomicRename(calls: SystemCalls): AtomicRename {
  return {
    noReplace(from, to) {
      if (calls.renameNoReplace === null || !supported(() => calls.renameNoReplace?.(from, to))) renameByLink(from, to);
    },
    exchange(a, b) {
      return calls.exchange !== null && supported(() => calls.exchange?.(a, b));
    },
  };
}

function supported(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code !== null && UNSUPPORTED.has(code)) return false;
    throw error;
  }
}

/**
 * link() never overwrites, so linking and then unlinking moves a file without a gap. Directories,
 * and files where there are no links, are looked at first and renamed then; rename() puts no
 * directory over one with content.
 */
function renameByLink(from: string, to: string): void {
  const stat = lstatSync(from, { bigint: true });
  if (typeOf(stat) !== 'directory') {
    try {
      linkSync(from, to);
      unlinkSync(from);
      return;
    } catch (error) {
      const code = errnoOf(error);
      if (code !== 'EPERM' && code !== 'EMLINK' && (code === null || !UNSUPPORTED.has(code))) throw error;
    }
  }
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) throw new SystemCallError('rename', EEXIST);
  renameSync(from, to);
}

const EEXIST = 17;
