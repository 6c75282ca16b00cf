/** Brings the database to the schema of this release. The migrations are a list in code, in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { FsyncError } from '../../core/base/errors.js';
import type { Database } from './database.js';
import { initialMigration } from './migrations/0001-initial.js';

interface NamedMigration extends Knex.Migration {
  readonly name: string;
}

const MIGRATIONS: readonly NamedMigration[] = [initialMigration];

const source: Knex.MigrationSource<NamedMigration> = {
  getMigrations: () => Promise.resolve([...MIGRATIONS]),
  getMigrationName: (migration) => migration.name,
  getMigration: (migration) => Promise.resolve(migration),
};

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
      if (attempt < LOCK_ATTEMPTS && isRace(cause)) {
        await sleep(LOCK_PAUSE_MS);
        continue;
      }
      if (!isRace(cause)) throw cause;
      throw new FsyncError('unavailable', 'another process is migrating the database', {
        cause,
        hints: ['when none is running, a crash left the lock: update fsync_migrations_lock set is_locked = 0'],
      });
    }
  }
}

function isRace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MigrationLocked' || error.name === 'LockError') return true;
  /** duplicate_table, unique_violation in the catalogue: another process made the bookkeeping tables. */
  return 'code' in error && (error.code === '42P07' || error.code === '23505');
}
