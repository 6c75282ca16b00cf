/** Vaults, who may use them, and the boxes of their keys. */
import { parseAccountId, parseCommitHash, parseVaultId, type AccountId, type CommitHash, type VaultId } from '../../core/base/ids.js';
import type { Role } from '../../core/protocol/http.js';
import { batches, bin, blob, hex, type Queries } from './database.js';

export interface VaultRow {
  readonly no: number;
  readonly id: VaultId;
  readonly owner: AccountId;
  readonly historyId: string;
  readonly head: { readonly seq: number; readonly hash: CommitHash };
  readonly usedBytes: number;
  readonly nameSealed: Uint8Array;
}

export interface LockedVault extends VaultRow {
  readonly logState: Uint8Array;
  readonly nextPackNo: number;
}

export interface VaultWithRole extends VaultRow {
  readonly role: Role;
}

export interface KeyBox {
  readonly account: AccountId;
  readonly epoch: number;
  readonly generation: number;
  readonly box: Uint8Array;
}

interface StoredVault {
  no: number;
  id: Buffer;
  owner_id: Buffer;
  history_id: string;
  head_seq: number;
  head_hash: Buffer;
  log_state: Buffer;
  name_sealed: Buffer;
  next_pack_no: number;
  used_bytes: number;
}

const COLUMNS = ['no', 'id', 'owner_id', 'history_id', 'head_seq', 'head_hash', 'used_bytes', 'name_sealed'] as const;
const LOCKED_COLUMNS = [...COLUMNS, 'log_state', 'next_pack_no'] as const;
const QUALIFIED = COLUMNS.map((column) => `vaults.${column}`);

type VisibleVault = Pick<StoredVault, (typeof COLUMNS)[number]>;

function vaultRow(row: VisibleVault): VaultRow {
  return {
    no: row.no,
    id: parseVaultId(hex(row.id)),
    owner: parseAccountId(hex(row.owner_id)),
    historyId: row.history_id,
    head: { seq: row.head_seq, hash: parseCommitHash(hex(row.head_hash)) },
    usedBytes: row.used_bytes,
    nameSealed: row.name_sealed,
  };
}

export async function insertVault(
  db: Queries,
  vault: {
    id: VaultId;
    owner: AccountId;
    historyId: string;
    head: { seq: number; hash: CommitHash };
    logState: Uint8Array;
    nameSealed: Uint8Array;
    now: number;
  },
): Promise<number> {
  const rows: { no: number }[] = await db('vaults')
    .insert({
      id: bin(vault.id),
      owner_id: bin(vault.owner),
      history_id: vault.historyId,
      head_seq: vault.head.seq,
      head_hash: bin(vault.head.hash),
      log_state: blob(vault.logState),
      name_sealed: blob(vault.nameSealed),
      created_at: vault.now,
      updated_at: vault.now,
    })
    .returning('no');
  return rows[0]?.no ?? 0;
}

/**
 * Locks the vault's row until the transaction ends. It must be the first statement of every
 * transaction that writes vault data: on PostgreSQL it takes the row's lock, on SQLite the write
 * lock at once, so that a plain BEGIN is as good as BEGIN IMMEDIATE. Null when it is gone.
 */
export async function lockVault(trx: Queries, no: number): Promise<LockedVault | null> {
  const rows: StoredVault[] = await trx('vaults')
    .where({ no, status: 1 })
    .update({ lock_count: trx.raw('lock_count + 1') })
    .returning([...LOCKED_COLUMNS]);
  const [row] = rows;
  return row === undefined ? null : { ...vaultRow(row), logState: row.log_state, nextPackNo: row.next_pack_no };
}

export async function updateVault(
  trx: Queries,
  no: number,
  change: {
    readonly head?: { readonly seq: number; readonly hash: CommitHash };
    readonly logState?: Uint8Array;
    readonly nameSealed?: Uint8Array;
    readonly nextPackNo?: number;
    readonly usedBytes?: number;
    readonly deleted?: true;
    readonly now: number;
  },
): Promise<void> {
  await trx('vaults')
    .where({ no })
    .update({
      updated_at: change.now,
      ...(change.head === undefined ? {} : { head_seq: change.head.seq, head_hash: bin(change.head.hash) }),
      ...(change.logState === undefined ? {} : { log_state: blob(change.logState) }),
      ...(change.nameSealed === undefined ? {} : { name_sealed: blob(change.nameSealed) }),
      ...(change.nextPackNo === undefined ? {} : { next_pack_no: change.nextPackNo }),
      ...(change.usedBytes === undefined ? {} : { used_bytes: change.usedBytes }),
      ...(change.deleted === undefined ? {} : { status: 0 }),
    });
}

/** The vault as a member sees it, or null: a vault of others looks like none. */
export async function findVaultOf(db: Queries, account: AccountId, vault: VaultId): Promise<VaultWithRole | null> {
  const row: (VisibleVault & { role: Role }) | undefined = await db('vaults')
    .join('members', 'members.vault_no', 'vaults.no')
    .where({ 'vaults.id': bin(vault), 'vaults.status': 1, 'members.account_id': bin(account) })
    .first([...QUALIFIED, 'members.role']);
  return row === undefined ? null : { ...vaultRow(row), role: row.role };
}

export async function listVaultsOf(db: Queries, account: AccountId): Promise<readonly VaultWithRole[]> {
  const rows: (VisibleVault & { role: Role })[] = await db('vaults')
    .join('members', 'members.vault_no', 'vaults.no')
    .where({ 'vaults.status': 1, 'members.account_id': bin(account) })
    .orderBy('vaults.no')
    .select([...QUALIFIED, 'members.role']);
  return rows.map((row) => ({ ...vaultRow(row), role: row.role }));
}

/** What the log of each vault that the account may read has come to. */
export async function readLogStates(db: Queries, account: AccountId, among: readonly VaultId[] | null): Promise<readonly Buffer[]> {
  const query = db('vaults')
    .join('members', 'members.vault_no', 'vaults.no')
    .where({ 'vaults.status': 1, 'members.account_id': bin(account) });
  if (among !== null) void query.whereIn('vaults.id', among.map(bin));
  const rows: { log_state: Buffer }[] = await query.select('vaults.log_state');
  return rows.map((row) => row.log_state);
}

/** Heads of those of `vaults` that the account may read. */
export async function readableHeads(db: Queries, account: AccountId, vaults: readonly VaultId[]): Promise<ReadonlyMap<VaultId, number>> {
  const heads = new Map<VaultId, number>();
  for (const batch of batches(vaults)) {
    const rows: { id: Buffer; head_seq: number }[] = await db('vaults')
      .join('members', 'members.vault_no', 'vaults.no')
      .whereIn('vaults.id', batch.map(bin))
      .where({ 'vaults.status': 1, 'members.account_id': bin(account) })
      .select('vaults.id', 'vaults.head_seq');
    for (const row of rows) heads.set(parseVaultId(hex(row.id)), row.head_seq);
  }
  return heads;
}

/** Heads of vaults, whoever they belong to: only to find out which hints were lost. */
export async function currentHeads(db: Queries, vaults: readonly VaultId[]): Promise<ReadonlyMap<VaultId, number>> {
  const heads = new Map<VaultId, number>();
  for (const batch of batches(vaults)) {
    const rows: { id: Buffer; head_seq: number }[] = await db('vaults')
      .whereIn('id', batch.map(bin))
      .where({ status: 1 })
      .select('id', 'head_seq');
    for (const row of rows) heads.set(parseVaultId(hex(row.id)), row.head_seq);
  }
  return heads;
}
