/** A daemon that does not even answer the request to stop: only killing helps, and it loses nothing. */
import { readFileSync } from 'node:fs';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { HomePaths } from '../../core/home/home-paths.js';

/** The error of an unanswered `daemon.stop` with the process to kill; every other error as it is. */
export function describeHanging(error: unknown, { pidFile }: Pick<HomePaths, 'pidFile'>): unknown {
  if (!isFsyncError(error) || error.details['silent'] !== true) return error;
  const pid = runningProcess(pidFile);
  if (pid === null) return error;
  return new FsyncError(error.code, `${error.message}, not even when asked to stop`, {
    cause: error,
    hints: [`Kill it: kill -9 ${String(pid)}. Nothing is lost: the next command starts another one.`],
  });
}

function runningProcess(pidFile: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    if (!Number.isSafeInteger(pid) || pid <= 1) return null;
    process.kill(pid, 0);
    return pid;
  } catch {
    // No such file or process: there is nothing to name.
    return null;
  }
}
