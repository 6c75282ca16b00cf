/** Opens the state database, or puts a damaged one aside and starts an empty one. */
import { existsSync, lstatSync, renameSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { FsyncError } from '../../core/base/errors.js';
import { migrate } from './state-schema.js';

export interface OpenedDatabase {
  readonly database: Database;
  /** Where the damaged database is now; null when there was none. */
  readonly corruptCopy: string | null;
}

/** @throws FsyncError unsupported_version, disk_full, io_error */
export function openDatabase(path: string, now: number): OpenedDatabase {
  const database = tryOpen(path);
  if (database !== null) return { database, corruptCopy: null };
  const corruptCopy = moveAside(path, now);
  const fresh = tryOpen(path);
  if (fresh === null) throw new FsyncError('io_error', `cannot make a new state database at ${path}`);
  return { database: fresh, corruptCopy };
}

/** Null when the file is damaged. */
function tryOpen(path: string): Database | null {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) throw new FsyncError('io_error', `${path} is a link`);
  let database: Database | undefined;
  try {
    database = new Sqlite(path);
    configure(database);
    if (database.pragma('quick_check(1)', { simple: true }) !== 'ok') throw new FsyncError('integrity', 'the state database is damaged');
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    const failure = databaseError(error);
    if (failure.code === 'integrity') return null;
    throw failure;
  }
}

function configure(database: Database): void {
  database.pragma('page_size = 8192');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 5000');
  database.pragma('cache_size = -16000');
}

/** The write-ahead log belongs to the file: it goes along, else it would be played into the new one. */
function moveAside(path: string, now: number): string {
  const aside = `${path}.corrupt-${String(now)}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

const DAMAGED = /^SQLITE_(CORRUPT|NOTADB|FORMAT)/;

/** SQLite's failures in the words of the error table. @throws what is none of them */
export function databaseError(error: unknown): FsyncError {
  if (error instanceof FsyncError) return error;
  if (error instanceof SyntaxError) return new FsyncError('integrity', 'a row of the state database is damaged', { cause: error });
  if (!(error instanceof Sqlite.SqliteError)) throw error;
  if (DAMAGED.test(error.code)) return new FsyncError('integrity', 'the state database is damaged', { cause: error });
  if (error.code === 'SQLITE_FULL') return new FsyncError('disk_full', 'no space left for the state database', { cause: error });
  return new FsyncError('io_error', `the state database cannot be used: ${error.message}`, { cause: error });
}
