/** Migrations of one database by several servers at once, on both engines. */
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/server/store/database.js';
import { migrateDatabase, pendingMigrations } from '../../src/server/store/schema.js';
import { createSchema } from '../support/server-harness.js';
import { tempFolder } from '../support/temp-folder.js';

describe.each(['sqlite', 'postgres'])('migrations on %s', (engine) => {
  it('hazard 88: are run once by three servers that start at once, and none of them fails', async () => {
    const dataDir = tempFolder();
    const schema = engine === 'postgres' ? await createSchema() : null;
    const databases = [1, 2, 3].map(() => openDatabase({ dataDir, databaseUrl: schema?.url, databasePool: 3 }));
    try {
      await Promise.all(databases.map(migrateDatabase));
      for (const database of databases) {
        expect(await pendingMigrations(database)).toEqual([]);
        expect(await database('fsync_migrations').pluck('name')).toEqual(['0001-initial', '0002-care', '0003-tokens', '0004-positions']);
        expect(await database('fsync_migrations_lock').pluck('is_locked')).toEqual([0]);
      }
    } finally {
      for (const database of databases) await database.destroy();
      await schema?.drop();
    }
  });
});
