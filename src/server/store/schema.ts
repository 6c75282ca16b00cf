/** Brings the database to the schema of this release. The migrations are a list in code, in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { FsyncError } from '../../core/base/errors.js';
import type { Database } from './database.js';
import { initialMigration } from './migrations/0001-initial.js';
import { careMigration } from './migrations/0002-care.js';
import { tokensMigration } from './migrations/0003-tokens.js';
import { positionsMigration } from './migrations/0004-positions.js';

interface NamedMigration extends Knex.Migration {
  readonly name: string;
}

const MIGRATIONS: readonly NamedMigration[] = [initialMigration, careMigration, tokensMigration, positionsMigration];

const source: Knex.MigrationSource<NamedMigration> = {
  getMigrations: () => Promise.resolve([...MIGRATIONS]),
  getMigrationName: (migration) => migration.name,
  getMigration: (migration) => Promise.resolve(migration),
};

const LOCK_TABLE = 'fsync_migrations_lock';
const config = { migrationSource: source, tableName: 'fsync_migrations' };
const LOCK_ATTEMPTS = 20;
const LOCK_PAUSE_MS = 250;

/** Names of the migrations that are still to be run. */
export async function pendingMigrations(database: Database): Promise<readonly string[]> {
  const done: unknown = (await database.schema.hasTable(config.tableName)) ? await database(config.tableName).pluck('name') : [];
  const names = new Set(Array.isArray(done) ? done.map(String) : []);
  return MIGRATIONS.filter((migration) => !names.has(migration.name)).map((migration) => migration.name);
}

/**
 * Runs what is pending. Several servers may start at once: the one that finds the migration lock
 * taken, or its tables made by another, looks again.
 *
 * @throws FsyncError unavailable when the lock stays taken
 */
export async function migrateDatabase(database: Database): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const pending = await pendingMigrations(database);
    if (pending.length === 0) return [];
    try {
      await database.migrate.latest(config);
      return pending;
    } catch (cause) {
      if (!isRace(cause)) throw cause;
      if (attempt < LOCK_ATTEMPTS) {
        await sleep(LOCK_PAUSE_MS);
        await dropSurplusLocks(database);
        continue;
      }
      throw new FsyncError('unavailable', 'another process is migrating the database', {
        cause,
        hints: ['when none is running, a crash left the lock: update fsync_migrations_lock set is_locked = 0'],
      });
    }
  }
}

/** Two processes that make the lock table at once leave two rows in it, and then nobody gets the lock. */
async function dropSurplusLocks(database: Database): Promise<void> {
  if (!(await database.schema.hasTable(LOCK_TABLE))) return;
  const rows: { index: number }[] = await database(LOCK_TABLE).orderBy('index').select('index');
  const [first] = rows;
  if (first !== undefined && rows.length > 1) await database(LOCK_TABLE).where('index', '>', first.index).delete();
}

/** Another process made the bookkeeping tables, or runs the migrations, at this moment. */
function isRace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MigrationLocked' || error.name === 'LockError' || error.message.includes('already exists')) return true;
  return 'code' in error && (error.code === '42P07' || error.code === '23505' || error.code === 'SQLITE_BUSY');
}
