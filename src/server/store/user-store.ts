/** Accounts as the operator of the server sees them: by name, with what they use and may use. */
import { parseAccountId, type AccountId } from '../../core/base/ids.js';
import { bin, hex, type Queries } from './database.js';

export interface UserRow {
  readonly id: AccountId;
  readonly user: string;
  readonly devices: number;
  /** Vaults that it owns, and the bytes of their packs. */
  readonly vaults: number;
  readonly usedBytes: number;
  /** Null: no limit of its own. */
  readonly quotaBytes: number | null;
  readonly createdAt: number;
  readonly lastSeenAt: number | null;
  readonly disabledAt: number | null;
}

interface StoredUser {
  id: Buffer;
  user: string;
  quota_bytes: number | null;
  created_at: number;
  disabled_at: number | null;
  devices: number | string;
  last_seen_at: number | null;
  vaults: number | string;
  used_bytes: number | string;
}

const OF_ACCOUNT = {
  devices: '(SELECT count(*) FROM devices WHERE devices.account_id = accounts.id AND devices.revoked_at IS NULL)',
  last_seen_at: '(SELECT max(devices.last_seen_at) FROM devices WHERE devices.account_id = accounts.id)',
  vaults: '(SELECT count(*) FROM vaults WHERE vaults.owner_id = accounts.id AND vaults.status = 1)',
  used_bytes: '(SELECT coalesce(sum(vaults.used_bytes), 0) FROM vaults WHERE vaults.owner_id = accounts.id AND vaults.status = 1)',
} as const;

function userRow(row: StoredUser): UserRow {
  return {
    id: parseAccountId(hex(row.id)),
    user: row.user,
    devices: Number(row.devices),
    vaults: Number(row.vaults),
    usedBytes: Number(row.used_bytes),
    quotaBytes: row.quota_bytes,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    disabledAt: row.disabled_at,
  };
}

/** All accounts that are not deleted, or the one of that name, in the order of their names. */
export async function readUsers(db: Queries, user: string | null): Promise<readonly UserRow[]> {
  const rows: StoredUser[] = await db('accounts')
    .whereNull('deleted_at')
    .where(user === null ? {} : { user })
    .orderBy('user')
    .select('id', 'user', 'quota_bytes', 'created_at', 'disabled_at')
    .select(Object.entries(OF_ACCOUNT).map(([name, sql]) => db.raw(`${sql} as ${name}`)));
  return rows.map(userRow);
}

export interface Room {
  readonly quotaBytes: number | null;
  readonly usedBytes: number;
}

/** What an account may store and what its vaults take. */
export async function readRoom(db: Queries, account: AccountId): Promise<Room> {
  const row: { quota_bytes: number | null; used_bytes: number | string } | undefined = await db('accounts')
    .where({ id: bin(account) })
    .first('quota_bytes', db.raw(`${OF_ACCOUNT.used_bytes} as used_bytes`));
  return { quotaBytes: row?.quota_bytes ?? null, usedBytes: Number(row?.used_bytes ?? 0) };
}

export async function setDisabled(db: Queries, account: AccountId, at: number | null): Promise<void> {
  await db('accounts')
    .where({ id: bin(account) })
    .update({ disabled_at: at });
}

export async function setQuota(db: Queries, account: AccountId, quotaBytes: number | null): Promise<void> {
  await db('accounts')
    .where({ id: bin(account) })
    .update({ quota_bytes: quotaBytes });
}

/**
 * Takes everything of the account but its public keys: without these nobody could verify what it
 * signed in vaults of others. Its own vaults are gone at once; the garbage collection removes them.
 */
export async function eraseAccount(trx: Queries, account: AccountId, now: number): Promise<void> {
  const id = bin(account);
  await trx('accounts')
    .where({ id })
    .update({
      user: `deleted.${account.slice(0, 32)}`,
      opaque_record: '',
      card_password: Buffer.alloc(0),
      card_paper: Buffer.alloc(0),
      disabled_at: now,
      deleted_at: now,
    });
  await trx('vaults').where({ owner_id: id, status: 1 }).update({ status: 0, updated_at: now });
  await trx('sessions').where({ account_id: id }).delete();
  await trx('positions').where({ account_id: id }).delete();
  await trx('devices').where({ account_id: id }).delete();
  await trx('user_key_boxes').where({ account_id: id }).delete();
  await trx('token_vault_keys')
    .whereIn('token_id', trx('tokens').where({ account_id: id }).select('id'))
    .delete();
  await trx('tokens').where({ account_id: id }).delete();
}

// ---------------------------------------------------------------- telling the servers

/** Servers that run see it within seconds and look at all sessions again. */
export async function bumpAccessEpoch(db: Queries): Promise<void> {
  await db('instance').update({ access_epoch: db.raw('access_epoch + 1') });
}

export async function readAccessEpoch(db: Queries): Promise<number> {
  const row: { access_epoch: number } | undefined = await db('instance').first('access_epoch');
  return row?.access_epoch ?? 0;
}
