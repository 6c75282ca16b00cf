/** The positions of devices: one row for each vault and device, the newest that it sent. */
import type { Knex } from 'knex';
import type { AccountId, CredentialId } from '../../core/base/ids.js';
import { bin, blob, type Queries } from './database.js';

export interface PositionKey {
  readonly vaultNo: number;
  readonly account: AccountId;
  readonly device: CredentialId;
}

interface Whose {
  vault_no: number;
  account_id: Buffer;
  device_id: Buffer;
}

function where({ vaultNo, account, device }: PositionKey): Whose {
  return { vault_no: vaultNo, account_id: bin(account), device_id: bin(device) };
}

/** Up to which commit the device was last; null when it never said so. */
export async function readPosition(db: Queries, key: PositionKey): Promise<number | null> {
  const row: { seq: number } | undefined = await db('positions').where(where(key)).first('seq');
  return row?.seq ?? null;
}

export async function putPosition(db: Queries, key: PositionKey, position: { seq: number; signed: Uint8Array }): Promise<void> {
  await db('positions')
    .insert({ ...where(key), seq: position.seq, signed: blob(position.signed) })
    .onConflict(['vault_no', 'account_id', 'device_id'])
    .merge(['seq', 'signed']);
}

export async function dropPosition(db: Queries, key: PositionKey): Promise<void> {
  await db('positions').where(where(key)).delete();
}

/** Of a device that was revoked, in all vaults. */
export async function dropPositionsOfDevice(db: Queries, account: AccountId, device: CredentialId): Promise<void> {
  await db('positions')
    .where({ account_id: bin(account), device_id: bin(device) })
    .delete();
}

/** Those of devices that are let in and whose accounts are members. */
function current(db: Queries, vaultNos: readonly number[]): Knex.QueryBuilder {
  return db('positions')
    .join('members', (on) => {
      on.on('members.vault_no', 'positions.vault_no').andOn('members.account_id', 'positions.account_id');
    })
    .join('devices', (on) => {
      on.on('devices.account_id', 'positions.account_id').andOn('devices.id', 'positions.device_id');
    })
    .whereIn('positions.vault_no', [...vaultNos])
    .whereNull('devices.revoked_at');
}

export async function listPositions(db: Queries, vaultNo: number): Promise<readonly Uint8Array[]> {
  const rows: { signed: Buffer }[] = await current(db, [vaultNo])
    .orderBy(['positions.account_id', 'positions.device_id'])
    .select('positions.signed');
  return rows.map(({ signed }) => signed);
}

/** How many devices have each vault; those without any are left out. */
export async function countPositions(db: Queries, vaultNos: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const rows: { vault_no: number; devices: number }[] = await current(db, vaultNos)
    .groupBy('positions.vault_no')
    .select('positions.vault_no')
    .count({ devices: '*' });
  return new Map(rows.map((row) => [row.vault_no, row.devices]));
}
