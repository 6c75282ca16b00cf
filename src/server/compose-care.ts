/** Builds what the commands of care work with: the adapters of a server, without serving. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '../core/base/effects.js';
import { FsyncError } from '../core/base/errors.js';
import { refuseUnfinishedRestore } from './backup/unfinished-restore.js';
import { createDiskBlobStore } from './blobs/disk-blob-store.js';
import type { ServerOptions } from './config/options.js';
import type { BlobStore } from './ports.js';
import { connectDatabase, LONG_QUERY_MS, type Database } from './store/database.js';
import { pendingMigrations } from './store/schema.js';
import { instanceId } from './store/upkeep-store.js';

export interface Care {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  close(): Promise<void>;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** A wrong path must not become a new, empty server. */
async function requireServer({ dataDir, databaseUrl }: ServerOptions): Promise<void> {
  if (await isThere(join(dataDir, databaseUrl === undefined ? 'server.db' : 'blobs'))) return;
  throw new FsyncError('not_found', `there is no server in ${dataDir}`, {
    hints: ['Give its folder with --data-dir or FSYNC_DATA_DIR.', 'With PostgreSQL, give --database-url or FSYNC_DATABASE_URL as well.'],
  });
}

async function requireSchema(database: Database): Promise<void> {
  const pending = await pendingMigrations(database).catch((cause: unknown) => {
    throw new FsyncError('unavailable', 'the database of the server cannot be reached', {
      cause,
      hints: ['Check --database-url or --data-dir.'],
    });
  });
  if (pending.length === 0) return;
  throw new FsyncError('unavailable', `the database lacks migrations: ${pending.join(', ')}`, { hints: ['run `fsync server migrate`'] });
}

/** A server may run beside. @throws FsyncError not_found, unavailable, integrity */
export async function openCare(options: ServerOptions, environment: { readonly clock: Clock; readonly logger: Logger }): Promise<Care> {
  await refuseUnfinishedRestore(options.dataDir);
  await requireServer(options);
  const database = await connectDatabase({ ...options, databaseTimeoutMs: LONG_QUERY_MS });
  try {
    await requireSchema(database);
    const blobs = await createDiskBlobStore(options.dataDir);
    const mine = await instanceId(database, randomUUID());
    if ((await blobs.claim(mine)) !== mine) {
      throw new FsyncError('integrity', `the packs in ${options.dataDir} belong to another database`, {
        hints: ['Give the --data-dir and the --database-url of one server.'],
      });
    }
    return { database, blobs, ...environment, close: () => database.destroy() };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}
