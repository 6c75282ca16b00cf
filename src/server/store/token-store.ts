/** Tokens for automation: who they belong to, the hash of what they sign in with, the vault keys boxed to them. */
import { parseAccountId, parseCredentialId, parseVaultId, type AccountId, type CredentialId, type VaultId } from '../../core/base/ids.js';
import { bin, blob, hex, type Queries } from './database.js';
import { insertRows } from './rows.js';

export interface TokenRow {
  readonly id: CredentialId;
  readonly account: AccountId;
  readonly secretHash: Buffer;
  /** For the devices of the account. */
  readonly nameSealed: Uint8Array;
  /** For whoever holds the token. */
  readonly holderNameSealed: Uint8Array;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly revoked: boolean;
}

/** A vault key of one epoch, boxed to a token. */
export interface TokenKeyBox {
  readonly vaultNo: number;
  readonly epoch: number;
  readonly box: Uint8Array;
}

interface StoredToken {
  id: Buffer;
  account_id: Buffer;
  secret_hash: Buffer;
  name_sealed: Buffer;
  holder_name_sealed: Buffer;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

const TOKEN_COLUMNS = ['id', 'account_id', 'secret_hash', 'name_sealed', 'holder_name_sealed', 'created_at', 'last_used_at', 'revoked_at'];

function tokenRow(row: StoredToken): TokenRow {
  return {
    id: parseCredentialId(hex(row.id)),
    account: parseAccountId(hex(row.account_id)),
    secretHash: row.secret_hash,
    nameSealed: row.name_sealed,
    holderNameSealed: row.holder_name_sealed,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revoked: row.revoked_at !== null,
  };
}

/** Throws a duplicate-key error when the token is there already. */
export async function insertToken(db: Queries, token: Omit<TokenRow, 'lastUsedAt' | 'revoked'>): Promise<void> {
  await db('tokens').insert({
    id: bin(token.id),
    account_id: bin(token.account),
    secret_hash: token.secretHash,
    name_sealed: blob(token.nameSealed),
    holder_name_sealed: blob(token.holderNameSealed),
    created_at: token.createdAt,
  });
}

export async function findToken(db: Queries, id: CredentialId): Promise<TokenRow | null> {
  const row: StoredToken | undefined = await db('tokens')
    .where({ id: bin(id) })
    .first(TOKEN_COLUMNS);
  return row === undefined ? null : tokenRow(row);
}

/** The eldest first. */
export async function listTokens(db: Queries, account: AccountId): Promise<readonly TokenRow[]> {
  const rows: StoredToken[] = await db('tokens')
    .where({ account_id: bin(account) })
    .orderBy('created_at')
    .select(TOKEN_COLUMNS);
  return rows.map(tokenRow);
}

export async function noteTokenUse(db: Queries, id: CredentialId, now: number): Promise<void> {
  await db('tokens')
    .where({ id: bin(id) })
    .update({ last_used_at: now });
}

/** False when the account has no such token. */
export async function markTokenRevoked(db: Queries, account: AccountId, id: CredentialId, now: number): Promise<boolean> {
  const updated = await db('tokens')
    .where({ account_id: bin(account), id: bin(id) })
    .update({ revoked_at: now });
  return updated > 0;
}

/** A box that is there already stays as it is. */
export async function insertTokenKeys(db: Queries, token: CredentialId, boxes: readonly TokenKeyBox[]): Promise<void> {
  for (const { vaultNo, epoch, box } of boxes) {
    const which = { vault_no: vaultNo, token_id: bin(token), epoch };
    if ((await db('token_vault_keys').where(which).first('epoch')) !== undefined) continue;
    await insertRows(db, 'token_vault_keys', [{ ...which, box: blob(box) }]);
  }
}

export async function dropTokenKeys(db: Queries, token: CredentialId): Promise<void> {
  await db('token_vault_keys')
    .where({ token_id: bin(token) })
    .delete();
}

export async function readTokenKeys(db: Queries, token: CredentialId): Promise<readonly TokenKeyBox[]> {
  const rows: { vault_no: number; epoch: number; box: Buffer }[] = await db('token_vault_keys')
    .where({ token_id: bin(token) })
    .orderBy('epoch')
    .select('vault_no', 'epoch', 'box');
  return rows.map((row) => ({ vaultNo: row.vault_no, epoch: row.epoch, box: row.box }));
}

/** Which epochs each token of the account holds the key of. */
export async function listHeldEpochs(
  db: Queries,
  account: AccountId,
): Promise<readonly { readonly token: CredentialId; readonly vault: VaultId; readonly epoch: number }[]> {
  const rows: { token_id: Buffer; id: Buffer; epoch: number }[] = await db('token_vault_keys')
    .join('tokens', 'tokens.id', 'token_vault_keys.token_id')
    .join('vaults', 'vaults.no', 'token_vault_keys.vault_no')
    .where({ 'tokens.account_id': bin(account) })
    .select('token_vault_keys.token_id', 'vaults.id', 'token_vault_keys.epoch');
  return rows.map((row) => ({ token: parseCredentialId(hex(row.token_id)), vault: parseVaultId(hex(row.id)), epoch: row.epoch }));
}
