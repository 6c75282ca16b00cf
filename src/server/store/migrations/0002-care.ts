/**
 * What the care of a server needs: accounts that are switched off, limited or deleted, chunks that
 * nothing refers to, blobs that no pack names any more, and when packs were last read.
 */
import type { Knex } from 'knex';

export const careMigration = {
  name: '0002-care',
  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('accounts', (table) => {
      table.bigInteger('disabled_at');
      table.bigInteger('deleted_at');
      /** Null: no limit of its own. */
      table.bigInteger('quota_bytes');
    });
    await db.schema.alterTable('instance', (table) => {
      /** Grows when an account is switched off or deleted: servers then look at all sessions again. */
      table.bigInteger('access_epoch').notNullable().defaultTo(0);
    });
    await db.schema.alterTable('vaults', (table) => {
      /** Old versions up to this commit have been looked at by the retention. */
      table.bigInteger('pruned_seq').notNullable().defaultTo(0);
      table.index(['owner_id']);
    });
    await db.schema.alterTable('packs', (table) => {
      /** When all bytes were last found right. */
      table.bigInteger('checked_at');
      /** When they were first found wrong or missing. */
      table.bigInteger('damaged_at').index();
    });
    await db.schema.alterTable('chunks', (table) => {
      /** Since when no revision is known to use the chunk. */
      table.bigInteger('orphan_since');
    });
    /** Blobs whose pack is gone; removed after a delay, and never while a backup is made. */
    await db.schema.createTable('dead_blobs', (table) => {
      table.string('blob_key', 64).primary();
      table.bigInteger('size_bytes').notNullable();
      table.bigInteger('dead_at').notNullable().index();
    });
    /** When each kind of background work was last done to its end. */
    await db.schema.createTable('jobs', (table) => {
      table.string('name', 64).primary();
      table.bigInteger('finished_at').notNullable();
    });
  },
  async down(db: Knex): Promise<void> {
    await db.schema.dropTableIfExists('jobs');
    await db.schema.dropTableIfExists('dead_blobs');
    await db.schema.alterTable('chunks', (table) => table.dropColumn('orphan_since'));
    await db.schema.alterTable('packs', (table) => table.dropColumns('checked_at', 'damaged_at'));
    await db.schema.alterTable('vaults', (table) => {
      table.dropIndex(['owner_id']);
      table.dropColumn('pruned_seq');
    });
    await db.schema.alterTable('instance', (table) => table.dropColumn('access_epoch'));
    await db.schema.alterTable('accounts', (table) => table.dropColumns('disabled_at', 'deleted_at', 'quota_bytes'));
  },
};
