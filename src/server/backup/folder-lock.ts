/** One process at a time writes to a folder. The lock is one of SQLite's: it ends with the process, however that ends. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { FsyncError } from '../../core/base/errors.js';
import { hasCode, storageError } from '../blobs/blob-files.js';

export const LOCK_FILE = 'lock.db';

/** Returns what gives it back. @throws FsyncError unavailable while another process has it */
export function lockFolder(folder: string): () => void {
  const database = openLock(join(folder, LOCK_FILE));
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!hasCode(cause, 'SQLITE_BUSY')) throw storageError(cause);
    throw new FsyncError('unavailable', `another process is writing to ${folder}`, { cause, hints: ['Wait until it is done.'] });
  }
  return () => database.close();
}

function openLock(path: string): Database.Database {
  try {
    const database = new Database(path, { timeout: 1_000 });
    chmodSync(path, 0o600);
    return database;
  } catch (cause) {
    throw storageError(cause);
  }
}
