/** Accounts, their chains, the boxes of their user keys, and their devices. */
import { parseAccountId, parseCredentialId, type AccountId, type CredentialId } from '../../core/base/ids.js';
import { bin, blob, hex, type Queries } from './database.js';
import { insertRows } from './rows.js';

export interface AccountRow {
  readonly id: AccountId;
  readonly user: string;
  readonly opaqueRecord: string;
  readonly cardPassword: Uint8Array;
  readonly chainLength: number;
  /** Switched off by who runs the server, or deleted: no device of it is let in. */
  readonly disabled: boolean;
}

export interface NewAccount {
  readonly id: AccountId;
  readonly user: string;
  readonly opaqueRecord: string;
  readonly cards: { readonly password: Uint8Array; readonly paper: Uint8Array };
  readonly createdAt: number;
}

export interface UserKeyBox {
  readonly credential: CredentialId;
  readonly generation: number;
  readonly box: Uint8Array;
}

export interface DeviceRow {
  readonly id: CredentialId;
  readonly nameSealed: Uint8Array;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly revoked: boolean;
}

interface StoredAccount {
  id: Buffer;
  user: string;
  opaque_record: string;
  card_password: Buffer;
  chain_length: number;
  disabled_at: number | null;
}

interface StoredDevice {
  id: Buffer;
  name_sealed: Buffer;
  created_at: number;
  last_seen_at: number;
  revoked_at: number | null;
}

const ACCOUNT_COLUMNS = ['id', 'user', 'opaque_record', 'card_password', 'chain_length', 'disabled_at'];

function accountRow(row: StoredAccount): AccountRow {
  return {
    id: parseAccountId(hex(row.id)),
    user: row.user,
    opaqueRecord: row.opaque_record,
    cardPassword: row.card_password,
    chainLength: row.chain_length,
    disabled: row.disabled_at !== null,
  };
}

/** Throws a duplicate-key error when the name or the account is taken. */
export async function insertAccount(db: Queries, account: NewAccount): Promise<void> {
  await db('accounts').insert({
    id: bin(account.id),
    user: account.user,
    opaque_record: account.opaqueRecord,
    card_password: blob(account.cards.password),
    card_paper: blob(account.cards.paper),
    chain_length: 0,
    created_at: account.createdAt,
  });
}

export async function findAccountByUser(db: Queries, user: string): Promise<AccountRow | null> {
  const row: StoredAccount | undefined = await db('accounts').where({ user }).first(ACCOUNT_COLUMNS);
  return row === undefined ? null : accountRow(row);
}

export async function findAccount(db: Queries, id: AccountId): Promise<AccountRow | null> {
  const row: StoredAccount | undefined = await db('accounts')
    .where({ id: bin(id) })
    .first(ACCOUNT_COLUMNS);
  return row === undefined ? null : accountRow(row);
}

/** Appends links behind the first `from`; false when the chain is no longer that long. Also takes the account's lock. */
export async function appendLinks(db: Queries, account: AccountId, from: number, links: readonly Uint8Array[]): Promise<boolean> {
  const updated = await db('accounts')
    .where({ id: bin(account), chain_length: from })
    .update({ chain_length: from + links.length });
  if (updated === 0) return false;
  await insertRows(
    db,
    'chain_links',
    links.map((link, index) => ({ account_id: bin(account), position: from + index + 1, link: blob(link) })),
  );
  return true;
}

export async function readLinks(db: Queries, account: AccountId): Promise<readonly Uint8Array[]> {
  const rows = await db<{ account_id: Buffer; position: number; link: Buffer }>('chain_links')
    .where({ account_id: bin(account) })
    .orderBy('position')
    .select('link');
  return rows.map((row) => row.link);
}

/** A box that is there already stays as it is: a user key is boxed to a credential once. */
export async function insertBoxes(db: Queries, account: AccountId, boxes: readonly UserKeyBox[]): Promise<void> {
  if (boxes.length === 0) return;
  await db('user_key_boxes')
    .insert(
      boxes.map((one) => ({
        account_id: bin(account),
        credential_id: bin(one.credential),
        generation: one.generation,
        box: blob(one.box),
      })),
    )
    .onConflict(['account_id', 'credential_id', 'generation'])
    .ignore();
}

export async function readBoxes(db: Queries, account: AccountId, credential: CredentialId): Promise<readonly UserKeyBox[]> {
  const rows = await db<{ account_id: Buffer; credential_id: Buffer; generation: number; box: Buffer }>('user_key_boxes')
    .where({ account_id: bin(account), credential_id: bin(credential) })
    .orderBy('generation')
    .select('generation', 'box');
  return rows.map((row) => ({ credential, generation: row.generation, box: row.box }));
}

// ---------------------------------------------------------------- devices

/** Adds the device, or gives one that signs in again its new name. */
export async function upsertDevice(
  db: Queries,
  device: { account: AccountId; id: CredentialId; nameSealed: Uint8Array; now: number },
): Promise<void> {
  await db('devices')
    .insert({
      account_id: bin(device.account),
      id: bin(device.id),
      name_sealed: blob(device.nameSealed),
      created_at: device.now,
      last_seen_at: device.now,
    })
    .onConflict(['account_id', 'id'])
    .merge(['name_sealed', 'last_seen_at']);
}

export async function listDevices(db: Queries, account: AccountId): Promise<readonly DeviceRow[]> {
  const rows = await db<StoredDevice & { account_id: Buffer }>('devices')
    .where({ account_id: bin(account) })
    .orderBy('created_at')
    .select('id', 'name_sealed', 'created_at', 'last_seen_at', 'revoked_at');
  return rows.map((row) => ({
    id: parseCredentialId(hex(row.id)),
    nameSealed: row.name_sealed,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    revoked: row.revoked_at !== null,
  }));
}

/** False when the account has no such device. */
export async function updateDevice(
  db: Queries,
  account: AccountId,
  device: CredentialId,
  change: { readonly nameSealed?: Uint8Array; readonly lastSeenAt?: number; readonly revokedAt?: number },
): Promise<boolean> {
  const columns = {
    ...(change.nameSealed === undefined ? {} : { name_sealed: blob(change.nameSealed) }),
    ...(change.lastSeenAt === undefined ? {} : { last_seen_at: change.lastSeenAt }),
    ...(change.revokedAt === undefined ? {} : { revoked_at: change.revokedAt }),
  };
  const updated = await db('devices')
    .where({ account_id: bin(account), id: bin(device) })
    .update(columns);
  return updated > 0;
}
