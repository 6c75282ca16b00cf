/**
 * One daemon per home. The lock is a lock of the operating system (SQLite takes it on a file of its
 * own), so it ends with the process, however that ends: a stale lock cannot exist.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { FsyncError } from '../../core/base/errors.js';
import type { HomePaths } from '../../core/home/home-paths.js';
import { errnoOf } from './errno.js';
import { makePrivateDirectory, removeFile, writeTextFile } from './json-file.js';

export interface HomeLock {
  /** Removes the pid file and lets go. */
  release(): void;
}

/**
 * Takes the lock and writes the pid file (for people and service managers; nothing here relies on it).
 * @throws FsyncError already_exists when another process holds it
 */
export function lockHome(paths: HomePaths): HomeLock {
  const database = openLockFile(paths.stateDir);
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const code = errnoOf(error) ?? '';
    if (!code.startsWith('SQLITE_BUSY')) throw code.startsWith('SQLITE_') ? cannotWrite(paths.stateDir, error) : error;
    throw new FsyncError('already_exists', `a daemon runs for this home already${describeHolder(paths.pidFile)}`, {
      hints: ['Stop it with: fsync daemon stop'],
    });
  }
  writeTextFile(paths.pidFile, `${String(process.pid)}\n`);
  return {
    release() {
      removeFile(paths.pidFile);
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

function openLockFile(stateDir: string): Database.Database {
  try {
    makePrivateDirectory(stateDir);
    return new Database(join(stateDir, 'daemon.lock'), { timeout: 0 });
  } catch (error) {
    throw errnoOf(error) === null ? error : cannotWrite(stateDir, error);
  }
}

function cannotWrite(stateDir: string, cause: unknown): FsyncError {
  const code = errnoOf(cause) ?? '';
  if (code === 'ENOSPC' || code === 'SQLITE_FULL') return new FsyncError('disk_full', `no space left for ${stateDir}`, { cause });
  return new FsyncError('io_error', `${stateDir} cannot be written to (${code})`, {
    cause,
    hints: [`It must belong to you: ls -ld ${stateDir}`],
  });
}

function describeHolder(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8').trim()})`;
  } catch {
    // Between taking the lock and writing the file: the number is a courtesy.
    return '';
  }
}
