/** Why a daemon did not start: what it said, or what kept it from being run at all. */
import { closeSync, openSync, readSync } from 'node:fs';
import { ERROR_TABLE, FsyncError } from '../../core/base/errors.js';
import type { HomePaths } from '../../core/home/home-paths.js';

const MAX_SAID = 8_192;

/** It could not even be run: its log cannot be opened. */
export function cannotLaunch(error: unknown, paths: HomePaths): FsyncError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return noRoom(paths.logsDir, paths, error);
  return notStarted(`${paths.logsDir} cannot be written to (${code})`, [`It must belong to you: ls -ld ${paths.stateDir}`], error);
}

export interface Failed {
  /** It ended, or does not answer. */
  readonly how: string;
  readonly exitCode: number | null;
  /** Where its own words begin in the log. */
  readonly logStart: number;
}

export function didNotStart({ how, exitCode, logStart }: Failed, paths: HomePaths): FsyncError {
  const { why, hint } = said(paths.logFile, logStart);
  // Where there is no room its words are lost as well.
  if (why === null && exitCode === ERROR_TABLE.disk_full.exit) return noRoom(paths.stateDir, paths);
  return notStarted(why ?? how, [...(hint === null ? [] : [hint]), `See its log: ${paths.logFile}`]);
}

function noRoom(where: string, { stateDir }: HomePaths, cause?: unknown): FsyncError {
  return notStarted(`no space left for ${where}`, [`Make room: df -h ${stateDir}; df -i ${stateDir}`], cause);
}

function notStarted(why: string, hints: readonly string[], cause?: unknown): FsyncError {
  return new FsyncError('daemon_unreachable', `the daemon could not be started: ${why}`, { hints, cause });
}

/** The daemon's last words are lines of an error: `fsync: what`, and indented what to do. */
function said(logFile: string, logStart: number): { readonly why: string | null; readonly hint: string | null } {
  const lines = readFrom(logFile, logStart).split('\n');
  const at = lines.findLastIndex((line) => line.startsWith('fsync: '));
  const next = lines[at + 1] ?? '';
  return at < 0
    ? { why: null, hint: null }
    : { why: lines[at]?.slice('fsync: '.length) ?? null, hint: next.startsWith('  ') ? next.trim() : null };
}

function readFrom(path: string, start: number): string {
  const buffer = Buffer.alloc(MAX_SAID);
  try {
    const file = openSync(path, 'r');
    try {
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, MAX_SAID, start));
    } finally {
      closeSync(file);
    }
  } catch {
    // The log is a courtesy: without it the person is told where to look.
    return '';
  }
}
