/** How far each device holds a vault: its newest signed word on that. */
import type { Knex } from 'knex';

export const positionsMigration = {
  name: '0004-positions',
  async up(db: Knex): Promise<void> {
    await db.schema.createTable('positions', (table) => {
      table.integer('vault_no').notNullable().references('no').inTable('vaults').onDelete('RESTRICT');
      table.binary('account_id', 32).notNullable().references('id').inTable('accounts').onDelete('RESTRICT');
      table.binary('device_id', 16).notNullable();
      table.bigInteger('seq').notNullable();
      table.binary('signed').notNullable();
      table.primary(['vault_no', 'account_id', 'device_id']);
      table.index(['account_id', 'device_id']);
    });
  },
  async down(db: Knex): Promise<void> {
    await db.schema.dropTableIfExists('positions');
  },
};
