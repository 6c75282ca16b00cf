/**
 * One daemon a folder: an exclusive lock on a file that the kernel lets go when the process ends,
 * however it ends. Where there is no such lock, the process id in the file is asked for instead.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { errnoOf } from '../home/errno.js';
import type { SystemCalls } from './system-calls.js';

export interface FileLock {
  /** Lets go. The file stays: removing it would let two processes hold two files of one name. */
  release(): void;
}

export type LockAttempt = { readonly held: true; readonly lock: FileLock } | { readonly held: false; readonly pid: number | null };

/**
 * Takes the lock at `path` (made 0600 if need be), or says who has it.
 * A lock of a process that no longer lives is taken over.
 * @throws FsyncError io_error
 */
export function tryLockFile(path: string, calls: SystemCalls): LockAttempt {
  const file = openLockFile(path);
  let kept = false;
  try {
    if (!acquire(file, calls)) return { held: false, pid: readHolder(file).pid };
    const text = Buffer.from(`${JSON.stringify({ pid: process.pid, started: processStart(process.pid) })}\n`);
    ftruncateSync(file, 0);
    writeSync(file, text, 0, text.length, 0);
    kept = true;
    return { held: true, lock: { release: once(() => letGo(file)) } };
  } finally {
    if (!kept) closeSync(file);
  }
}

/** @throws FsyncError already_exists naming the process that syncs this folder */
export function lockFolder(path: string, calls: SystemCalls): FileLock {
  const attempt = tryLockFile(path, calls);
  if (attempt.held) return attempt.lock;
  throw new FsyncError(
    'already_exists',
    `another daemon${attempt.pid === null ? '' : ` (process ${String(attempt.pid)})`} syncs this folder`,
    {
      hints: ['A folder is synced by one daemon at a time: stop the other one first.'],
    },
  );
}

function openLockFile(path: string): number {
  try {
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
  } catch (error) {
    throw new FsyncError('io_error', `cannot open the lock ${path}`, { cause: error });
  }
  throw new FsyncError('io_error', `the lock ${path} is not a regular file`);
}

function acquire(file: number, calls: SystemCalls): boolean {
  if (calls.tryLock !== null) {
    try {
      return calls.tryLock(file);
    } catch (error) {
      // ENOLCK, ENOTSUP: a file system without locks, as some network mounts are.
      if (errnoOf(error) === null) throw error;
    }
  }
  const holder = readHolder(file);
  return holder.pid === null || !isAlive(holder.pid) || processStart(holder.pid) !== holder.started;
}

/** Empties the file first, for those who go by the process id in it. */
function letGo(file: number): void {
  ftruncateSync(file, 0);
  closeSync(file);
}

function readHolder(file: number): { readonly pid: number | null; readonly started: string | null } {
  const buffer = Buffer.alloc(256);
  const text = buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, 0));
  const pid = /"pid":(\d{1,9})/.exec(text)?.[1];
  const started = /"started":"(\d+)"/.exec(text)?.[1];
  return { pid: pid === undefined ? null : Number(pid), started: started ?? null };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    if (errnoOf(error) === 'EPERM') return true;
    throw error;
  }
}

/** When the process started, in ticks since boot, so that a re-used id is noticed; null where the system does not tell. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return null;
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
