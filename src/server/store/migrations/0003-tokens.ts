/** Tokens for automation, and the vault keys boxed to them. What one may do stands in the signed chain. */
import type { Knex } from 'knex';

export const tokensMigration = {
  name: '0003-tokens',
  async up(db: Knex): Promise<void> {
    await db.schema.createTable('tokens', (table) => {
      table.binary('id', 16).primary();
      table.binary('account_id', 32).notNullable().references('id').inTable('accounts').onDelete('RESTRICT').index();
      /** SHA-256 of the secret that it signs in with: 256 random bits need no slow hash. */
      table.binary('secret_hash', 32).notNullable();
      table.binary('name_sealed').notNullable();
      table.binary('holder_name_sealed').notNullable();
      table.bigInteger('created_at').notNullable();
      table.bigInteger('last_used_at');
      table.bigInteger('revoked_at');
    });
    await db.schema.createTable('token_vault_keys', (table) => {
      table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
      table.binary('token_id', 16).notNullable().references('id').inTable('tokens').onDelete('RESTRICT');
      table.bigInteger('epoch').notNullable();
      table.binary('box').notNullable();
      table.primary(['vault_no', 'token_id', 'epoch']);
      table.index(['token_id']);
    });
  },
  async down(db: Knex): Promise<void> {
    await db.schema.dropTableIfExists('token_vault_keys');
    await db.schema.dropTableIfExists('tokens');
  },
};
