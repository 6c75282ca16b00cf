/** The access list of each vault, and the vault keys boxed to its members. */
import { parseAccountId, type AccountId, type VaultId } from '../../core/base/ids.js';
import type { Role } from '../../core/protocol/http.js';
import { bin, blob, hex, type Queries } from './database.js';
import { insertRows } from './rows.js';
import type { KeyBox } from './vault-store.js';

export interface Member {
  readonly account: AccountId;
  readonly user: string;
  readonly role: Role;
  readonly since: number;
}

export async function putMember(db: Queries, member: { vaultNo: number; account: AccountId; role: Role; now: number }): Promise<void> {
  await db('members')
    .insert({ vault_no: member.vaultNo, account_id: bin(member.account), role: member.role, since: member.now })
    .onConflict(['vault_no', 'account_id'])
    .merge(['role']);
}

export async function removeMember(db: Queries, vaultNo: number, account: AccountId): Promise<void> {
  const which = { vault_no: vaultNo, account_id: bin(account) };
  await db('members').where(which).delete();
  await db('vault_keys').where(which).delete();
  await db('positions').where(which).delete();
}

export async function listMembers(db: Queries, vaultNo: number): Promise<readonly Member[]> {
  const rows: { account_id: Buffer; user: string; role: Role; since: number }[] = await db('members')
    .join('accounts', 'accounts.id', 'members.account_id')
    .where({ 'members.vault_no': vaultNo })
    .orderBy('members.since')
    .select('members.account_id', 'accounts.user', 'members.role', 'members.since');
  return rows.map((row) => ({ account: parseAccountId(hex(row.account_id)), user: row.user, role: row.role, since: row.since }));
}

export async function countMembers(db: Queries, vaultNos: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const rows: { vault_no: number; members: number }[] = await db('members')
    .whereIn('vault_no', [...vaultNos])
    .groupBy('vault_no')
    .select('vault_no')
    .count({ members: '*' });
  return new Map(rows.map((row) => [row.vault_no, row.members]));
}

/** `among`: only these vaults count; null: all. */
export async function shareAVault(db: Queries, one: AccountId, other: AccountId, among: readonly VaultId[] | null): Promise<boolean> {
  const shared = db('members as a')
    .join('members as b', 'a.vault_no', 'b.vault_no')
    .join('vaults', 'vaults.no', 'a.vault_no')
    .where({ 'a.account_id': bin(one), 'b.account_id': bin(other), 'vaults.status': 1 });
  if (among !== null) void shared.whereIn('vaults.id', among.map(bin));
  const row: unknown = await shared.first('a.vault_no');
  return row !== undefined;
}

/** A box sent again (a newer generation of the account's user key) replaces the earlier one of that epoch. */
export async function putKeyBoxes(db: Queries, vaultNo: number, boxes: readonly KeyBox[]): Promise<void> {
  for (const one of boxes) {
    const which = { vault_no: vaultNo, account_id: bin(one.account), epoch: one.epoch };
    await db('vault_keys').where(which).delete();
    await insertRows(db, 'vault_keys', [{ ...which, generation: one.generation, box: blob(one.box) }]);
  }
}

export async function readKeyBoxes(
  db: Queries,
  vaultNos: readonly number[],
  account: AccountId,
): Promise<ReadonlyMap<number, readonly KeyBox[]>> {
  const rows: { vault_no: number; epoch: number; generation: number; box: Buffer }[] = await db('vault_keys')
    .whereIn('vault_no', [...vaultNos])
    .where({ account_id: bin(account) })
    .orderBy('epoch')
    .select('vault_no', 'epoch', 'generation', 'box');
  const boxes = new Map<number, KeyBox[]>(vaultNos.map((no) => [no, []]));
  for (const row of rows) boxes.get(row.vault_no)?.push({ account, epoch: row.epoch, generation: row.generation, box: row.box });
  return boxes;
}
