/**
 * The first schema. Hashes and ids are bytes, times epoch milliseconds, integers stay below 2^53.
 * A vault's rows carry its short number instead of its 32-byte id. Nothing is ordered by a sequence
 * or a clock: the order of a vault is its `seq`, handed out while the row of the vault is locked.
 */
import type { Knex } from 'knex';

async function createAccounts(db: Knex): Promise<void> {
  await db.schema.createTable('accounts', (table) => {
    table.binary('id', 32).primary();
    table.text('user').notNullable().unique();
    table.text('opaque_record').notNullable();
    table.binary('card_password').notNullable();
    table.binary('card_paper').notNullable();
    table.bigInteger('chain_length').notNullable();
    table.bigInteger('created_at').notNullable();
  });
  await db.schema.createTable('chain_links', (table) => {
    table.binary('account_id', 32).notNullable().references('id').inTable('accounts').onDelete('RESTRICT');
    table.bigInteger('position').notNullable();
    table.binary('link').notNullable();
    table.primary(['account_id', 'position']);
  });
  await db.schema.createTable('user_key_boxes', (table) => {
    table.binary('account_id', 32).notNullable().references('id').inTable('accounts').onDelete('RESTRICT');
    table.binary('credential_id', 16).notNullable();
    table.bigInteger('generation').notNullable();
    table.binary('box').notNullable();
    table.primary(['account_id', 'credential_id', 'generation']);
  });
  await db.schema.createTable('devices', (table) => {
    table.binary('account_id', 32).notNullable().references('id').inTable('accounts').onDelete('RESTRICT');
    table.binary('id', 16).notNullable();
    table.binary('name_sealed').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('last_seen_at').notNullable();
    table.bigInteger('revoked_at');
    table.primary(['account_id', 'id']);
  });
}

async function createSessions(db: Knex): Promise<void> {
  await db.schema.createTable('sessions', (table) => {
    table.binary('id', 16).primary();
    table.binary('account_id', 32).notNullable().references('id').inTable('accounts').onDelete('RESTRICT');
    table.binary('device_id', 16).notNullable();
    table.binary('refresh_hash', 32).notNullable();
    table.binary('previous_hash', 32);
    table.bigInteger('rotated_at').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable().index();
    table.bigInteger('ended_at');
    table.index(['account_id', 'device_id']);
  });
  await db.schema.createTable('one_time', (table) => {
    table.binary('id', 32).primary();
    table.text('kind').notNullable();
    table.text('payload').notNullable();
    table.bigInteger('expires_at').notNullable().index();
  });
  /** One row: which blobs belong to this database. */
  await db.schema.createTable('instance', (table) => {
    table.string('id', 64).primary();
  });
  await db.schema.createTable('leases', (table) => {
    table.string('name', 64).primary();
    table.text('holder').notNullable();
    table.bigInteger('until').notNullable();
  });
}

async function createVaults(db: Knex): Promise<void> {
  await db.schema.createTable('vaults', (table) => {
    table.increments('no');
    table.binary('id', 32).notNullable().unique();
    table.binary('owner_id', 32).notNullable().references('id').inTable('accounts').onDelete('RESTRICT');
    table.text('history_id').notNullable();
    table.bigInteger('head_seq').notNullable();
    table.binary('head_hash', 32).notNullable();
    table.binary('log_state').notNullable();
    table.binary('name_sealed').notNullable();
    /** Counts write transactions: the update of it takes the lock. */
    table.bigInteger('lock_count').notNullable().defaultTo(0);
    table.bigInteger('next_pack_no').notNullable().defaultTo(1);
    table.bigInteger('used_bytes').notNullable().defaultTo(0);
    /** 1 live, 0 deleted and waiting to be purged. */
    table.smallint('status').notNullable().defaultTo(1);
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
  });
  await db.schema.createTable('members', (table) => {
    table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
    table.binary('account_id', 32).notNullable().references('id').inTable('accounts').onDelete('RESTRICT').index();
    table.string('role', 16).notNullable();
    table.bigInteger('since').notNullable();
    table.primary(['vault_no', 'account_id']);
  });
  await db.schema.createTable('vault_keys', (table) => {
    table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
    table.binary('account_id', 32).notNullable();
    table.bigInteger('epoch').notNullable();
    table.bigInteger('generation').notNullable();
    table.binary('box').notNullable();
    table.primary(['vault_no', 'account_id', 'epoch']);
  });
}

async function createLog(db: Knex): Promise<void> {
  await db.schema.createTable('commits', (table) => {
    table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
    table.bigInteger('seq').notNullable();
    table.binary('hash', 32).notNullable();
    table.binary('signed').notNullable();
    table.bigInteger('signed_bytes').notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['vault_no', 'seq']);
    table.unique(['vault_no', 'hash']);
  });
  /** One row a node, at its newest state: with `seq` this is the feed. */
  await db.schema.createTable('nodes', (table) => {
    table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
    table.binary('node_id', 16).notNullable();
    table.bigInteger('rev').notNullable();
    table.bigInteger('seq').notNullable();
    table.binary('digest', 32).notNullable();
    /** Null for a deleted node, so that a name is unique among the live ones only. */
    table.binary('tag', 32);
    table.bigInteger('record_bytes').notNullable();
    table.bigInteger('size_bytes').notNullable();
    table.primary(['vault_no', 'node_id']);
    table.unique(['vault_no', 'tag']);
    table.index(['vault_no', 'seq']);
  });
  await db.schema.createTable('revisions', (table) => {
    table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
    table.bigInteger('seq').notNullable();
    table.binary('node_id', 16).notNullable();
    table.bigInteger('rev').notNullable();
    table.binary('record').notNullable();
    table.primary(['vault_no', 'seq', 'node_id']);
    table.unique(['vault_no', 'node_id', 'rev']);
  });
}

async function createStorage(db: Knex): Promise<void> {
  await db.schema.createTable('packs', (table) => {
    table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
    table.bigInteger('pack_no').notNullable();
    table.string('blob_key', 64).notNullable().unique();
    table.binary('sha256', 32).notNullable();
    table.bigInteger('size_bytes').notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['vault_no', 'pack_no']);
  });
  await db.schema.createTable('chunks', (table) => {
    table.integer('vault_no').notNullable();
    table.binary('chunk_id', 32).notNullable();
    table.bigInteger('pack_no').notNullable();
    table.bigInteger('position').notNullable();
    table.bigInteger('length').notNullable();
    table.primary(['vault_no', 'chunk_id']);
    table.foreign(['vault_no', 'pack_no']).references(['vault_no', 'pack_no']).inTable('packs').onDelete('RESTRICT');
    table.index(['vault_no', 'pack_no']);
  });
  /** The revisions [from_rev, to_rev) of a node use the chunk; to_rev null: the newest one too. */
  await db.schema.createTable('chunk_refs', (table) => {
    table.integer('vault_no').notNullable();
    table.binary('chunk_id', 32).notNullable();
    table.binary('node_id', 16).notNullable();
    table.bigInteger('from_rev').notNullable();
    table.bigInteger('to_rev');
    table.primary(['vault_no', 'chunk_id', 'node_id', 'from_rev']);
    table.foreign(['vault_no', 'chunk_id']).references(['vault_no', 'chunk_id']).inTable('chunks').onDelete('RESTRICT');
    table.index(['vault_no', 'node_id']);
  });
  await db.schema.createTable('uploads', (table) => {
    table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
    table.binary('id', 16).notNullable();
    table.binary('sha256', 32).notNullable();
    table.bigInteger('chunks').notNullable();
    table.bigInteger('duplicates').notNullable();
    table.bigInteger('created_at').notNullable().index();
    table.primary(['vault_no', 'id']);
  });
}

const TABLES = [
  'uploads',
  'chunk_refs',
  'chunks',
  'packs',
  'revisions',
  'nodes',
  'commits',
  'vault_keys',
  'members',
  'vaults',
  'leases',
  'instance',
  'one_time',
  'sessions',
  'devices',
  'user_key_boxes',
  'chain_links',
  'accounts',
];

export const initialMigration = {
  name: '0001-initial',
  async up(db: Knex): Promise<void> {
    await createAccounts(db);
    await createSessions(db);
    await createVaults(db);
    await createLog(db);
    await createStorage(db);
  },
  async down(db: Knex): Promise<void> {
    for (const table of TABLES) await db.schema.dropTableIfExists(table);
  },
};
