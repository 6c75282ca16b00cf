/**
 * The connection to SQLite or PostgreSQL, and the two ways in: single queries and transactions.
 * SQLite has one connection: its calls block the thread, and two would wait for each other's lock.
 * So a transaction must never query outside itself.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { FsyncError } from '../../core/base/errors.js';
import { makeDirectories } from '../../core/home/make-directories.js';
import { outageOf } from './database-outage.js';
import { keepStatements } from './statement-cache.js';

/** Where queries can be made: the database itself or a transaction. */
export type Queries = Knex;
export type Database = Knex;

const MAX_ATTEMPTS = 5;
/** Nothing waits longer for a connection to PostgreSQL, or for a lock. */
const CONNECT_MS = 10_000;
const LOCK_MS = 20_000;
/** For migrations and the commands of care: one of their queries may go through a whole table. */
export const LONG_QUERY_MS = 3_600_000;
/** A line that says nothing for so long is asked whether it is still there. */
const KEEP_ALIVE_MS = 30_000;
/** Below the bind limits of both engines for every table, and short enough not to hold up the event loop. */
export const BATCH_ROWS = 500;
/** serialization_failure and deadlock_detected in PostgreSQL, and a locked SQLite file. */
const RETRYABLE = new Set(['40001', '40P01', 'SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT']);
/** The same, and lock_not_available: a lock was waited for as long as it may be. */
const LOCKED = new Set(['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', '55P03']);
const FULL = new Set(['SQLITE_FULL', '53100']);
const DUPLICATE = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505']);

/** The subset of a better-sqlite3 connection that is used here. */
interface SqliteConnection {
  pragma(text: string): unknown;
  exec(sql: string): unknown;
  readonly inTransaction: boolean;
  prepare(sql: string): unknown;
}

/** What the pool warns of is thrown as well, and the log of the server is JSON lines. */
const SILENT = { warn: () => undefined };

function openSqlite(dataDir: string): Database {
  makeDirectories(dataDir, 0o700, { mkdirSync, statSync });
  const database = knex({
    client: 'better-sqlite3',
    connection: { filename: join(dataDir, 'server.db') },
    useNullAsDefault: true,
    log: SILENT,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (connection: SqliteConnection, done: (error: Error | null, connection: SqliteConnection) => void) => {
        connection.pragma('journal_mode = WAL');
        connection.pragma('synchronous = FULL');
        connection.pragma('foreign_keys = ON');
        connection.pragma('busy_timeout = 5000');
        connection.pragma('cache_size = -65536');
        connection.pragma('temp_store = MEMORY');
        keepStatements(connection);
        done(null, connection);
      },
    },
  });
  endLeftTransactions(database);
  return database;
}

/** A COMMIT or ROLLBACK that fails may leave SQLite in its transaction: it is ended before the connection is lent again. */
export function endLeftTransactions(database: Database): void {
  const client = database.client as { validateConnection: (connection: SqliteConnection) => boolean };
  client.validateConnection = (connection) => {
    if (connection.inTransaction) connection.exec('ROLLBACK');
    return true;
  };
}

/** Integers of 8 bytes come as numbers: none of ours reaches 2^53. */
function integerTypes(): { readonly getTypeParser: (oid: number) => unknown } {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  return { getTypeParser: (oid) => types.getTypeParser(oid, 'text') };
}

function openPostgres(url: string, { databasePool: pool, databaseTimeoutMs = LONG_QUERY_MS }: DatabaseOptions): Database {
  const connection = {
    connectionString: url,
    types: integerTypes(),
    connectionTimeoutMillis: CONNECT_MS,
    lock_timeout: LOCK_MS,
    query_timeout: databaseTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
  return knex({ client: 'pg', connection, pool: { min: 0, max: pool }, log: SILENT });
}

export interface DatabaseOptions {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  readonly databasePool: number;
  /** Longest wait for one answer of PostgreSQL. */
  readonly databaseTimeoutMs?: number;
}

export function openDatabase(options: DatabaseOptions): Database {
  const { databaseUrl } = options;
  if (databaseUrl === undefined) return openSqlite(options.dataDir);
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) throw new FsyncError('usage', 'FSYNC_DATABASE_URL: only postgres:// is known');
  return openPostgres(databaseUrl, options);
}

/** Opens it and asks it once. @throws FsyncError usage; unavailable with what is wrong with it */
export async function connectDatabase(options: DatabaseOptions): Promise<Database> {
  const database = openDatabase(options);
  try {
    await database.raw('select 1');
    return database;
  } catch (cause) {
    await database.destroy();
    throw notConnected(cause, options);
  }
}

function notConnected(cause: unknown, { dataDir, databaseUrl }: DatabaseOptions): FsyncError {
  const said = cause instanceof Error ? cause.message : String(cause);
  if (databaseUrl === undefined) {
    return new FsyncError('unavailable', `the database in ${dataDir} cannot be opened: ${said}`, {
      cause,
      hints: ['If it is damaged, bring back a backup: fsync server restore'],
    });
  }
  const code = errorCode(cause);
  // A timeout of the driver has no code; SQLSTATE has five characters, the errors of the network begin with E.
  const why = code === '' ? 'does not answer' : code.length === 5 ? `refuses the connection: ${said}` : `cannot be reached (${code})`;
  return new FsyncError('unavailable', `PostgreSQL at ${new URL(databaseUrl).host} ${why}`, {
    cause,
    hints: ['Check --database-url or FSYNC_DATABASE_URL, and whether it runs.'],
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True when a row with that key is there already. */
export function isDuplicateKey(error: unknown): boolean {
  return DUPLICATE.has(errorCode(error));
}

/**
 * Runs `work` in one transaction (READ COMMITTED on PostgreSQL); all or nothing. Tried again with a
 * random pause when the engine asks for it.
 *
 * @throws what `work` throws; FsyncError disk_full; unavailable when a lock is not given up
 */
export async function inTransaction<Result>(database: Database, work: (trx: Queries) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction(work);
    } catch (error) {
      if (FULL.has(errorCode(error))) throw new FsyncError('disk_full', 'the database of the server is full', { cause: error });
      if (!RETRYABLE.has(errorCode(error)) || attempt >= MAX_ATTEMPTS) throw waitedTooLong(error);
      await sleep(Math.random() * 20 * attempt);
    }
  }
}

function waitedTooLong(error: unknown): unknown {
  if (!LOCKED.has(errorCode(error))) return outageOf(error) ?? error;
  return new FsyncError('unavailable', 'another process keeps the database of the server locked', {
    cause: error,
    hints: ['Run the command again in a while.'],
  });
}

/** Reads that all see the same moment, whatever others write meanwhile. */
export function inSnapshot<Result>(database: Database, work: (trx: Queries) => Promise<Result>): Promise<Result> {
  // A transaction of SQLite in WAL mode keeps the state of its first read anyway, and knows no levels.
  return isPostgres(database)
    ? database.transaction(work, { isolationLevel: 'repeatable read', readOnly: true })
    : database.transaction(work);
}

export function isPostgres(db: Queries): boolean {
  const { config } = db.client as { readonly config: { readonly client: unknown } };
  return config.client === 'pg';
}

/** Cuts a list into pieces of at most BATCH_ROWS. */
export function* batches<Item>(items: readonly Item[], size = BATCH_ROWS): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** A hex id as the bytes that are stored. */
export const bin = (hex: string): Buffer => Buffer.from(hex, 'hex');
/** Any bytes as the engines' drivers take them. */
export const blob = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
export const hex = (bytes: Buffer): string => bytes.toString('hex');
