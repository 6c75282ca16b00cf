import { describe, expect, it } from 'vitest';
import { openDatabase, inTransaction, isDuplicateKey, type Database } from '../../../../src/server/store/database.js';
import { migrateDatabase, pendingMigrations } from '../../../../src/server/store/schema.js';
import { tempFolder } from '../../../support/temp-folder.js';

async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  const database = openDatabase({ dataDir: tempFolder(), databasePool: 1 });
  try {
    await work(database);
  } finally {
    await database.destroy();
  }
}

describe('schema', () => {
  it('is made once, and the second run has nothing to do', () =>
    withDatabase(async (database) => {
      expect(await pendingMigrations(database)).toEqual(['0001-initial', '0002-care', '0003-tokens', '0004-positions']);
      expect(await migrateDatabase(database)).toEqual(['0001-initial', '0002-care', '0003-tokens', '0004-positions']);
      expect(await migrateDatabase(database)).toEqual([]);
      expect(await pendingMigrations(database)).toEqual([]);
    }));
});

describe('the SQLite database', () => {
  it('writes ahead, syncs fully and checks foreign keys', () =>
    withDatabase(async (database) => {
      const pragma = async (name: string): Promise<unknown> => Object(Object(await database.raw(`pragma ${name}`))[0])[name];
      expect(await pragma('journal_mode')).toBe('wal');
      expect(await pragma('synchronous')).toBe(2);
      expect(await pragma('foreign_keys')).toBe(1);
    }));

  it('hazard 66: refuses to drop a chunk that a revision uses', () =>
    withDatabase(async (database) => {
      await migrateDatabase(database);
      const id = (byte: number): Buffer => Buffer.alloc(32, byte);
      await database('accounts').insert({
        id: id(1),
        user: 'ada',
        opaque_record: 'x',
        card_password: id(1),
        card_paper: id(1),
        chain_length: 0,
        created_at: 0,
      });
      const vault = { id: id(2), owner_id: id(1), history_id: 'h', head_seq: 1, head_hash: id(2), log_state: id(0), name_sealed: id(0) };
      await database('vaults').insert({ ...vault, created_at: 0, updated_at: 0 });
      await database('packs').insert({ vault_no: 1, pack_no: 1, blob_key: 'k', sha256: id(0), size_bytes: 1, created_at: 0 });
      await database('chunks').insert({ vault_no: 1, chunk_id: id(3), pack_no: 1, position: 0, length: 1 });
      await database('chunk_refs').insert({ vault_no: 1, chunk_id: id(3), node_id: Buffer.alloc(16), from_rev: 1 });
      await expect(database('chunks').delete()).rejects.toThrow('FOREIGN KEY');
      await expect(database('packs').delete()).rejects.toThrow('FOREIGN KEY');
    }));

  it('leaves nothing of a transaction that fails', () =>
    withDatabase(async (database) => {
      await migrateDatabase(database);
      const failing = inTransaction(database, async (trx) => {
        await trx('leases').insert({ name: 'a', holder: 'x', until: 0 });
        await trx('leases').insert({ name: 'a', holder: 'y', until: 0 });
      });
      await expect(failing).rejects.toSatisfy(isDuplicateKey);
      expect(await database('leases')).toEqual([]);
    }));

  it('goes on after a COMMIT that failed', () =>
    withDatabase(async (database) => {
      await database.schema.createTable('parents', (table) => table.integer('id').primary());
      await database.schema.createTable('children', (table) => table.integer('parent').references('id').inTable('parents'));
      const failing = inTransaction(database, async (trx) => {
        await trx.raw('PRAGMA defer_foreign_keys = ON');
        await trx('children').insert({ parent: 404 });
      });
      await expect(failing).rejects.toThrow('FOREIGN KEY');
      await inTransaction(database, async (trx) => {
        await trx('parents').insert({ id: 1 });
        await trx('children').insert({ parent: 1 });
      });
      expect(await database('children').select('parent')).toEqual([{ parent: 1 }]);
    }));

  it('tries a transaction again when the engine asks for it, and gives up after five times', () =>
    withDatabase(async (database) => {
      let attempts = 0;
      const busy = Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' });
      const result = await inTransaction(database, () => {
        attempts += 1;
        return attempts < 3 ? Promise.reject(busy) : Promise.resolve('done');
      });
      expect(result).toBe('done');
      attempts = 0;
      const hopeless = inTransaction(database, () => {
        attempts += 1;
        return Promise.reject(busy);
      });
      await expect(hopeless).rejects.toMatchObject({ code: 'unavailable', cause: busy });
      expect(attempts).toBe(5);
    }));

  it('says so when it is full', () =>
    withDatabase(async (database) => {
      const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
      await expect(inTransaction(database, () => Promise.reject(full))).rejects.toMatchObject({ code: 'disk_full' });
    }));
});
