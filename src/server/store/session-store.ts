/** Sessions with the hash of their refresh token, and things that are good for one use only. */
import { parseAccountId, parseCredentialId, type AccountId, type CredentialId } from '../../core/base/ids.js';
import { bin, hex, type Queries } from './database.js';

export interface SessionRow {
  /** 16 bytes, hex. */
  readonly id: string;
  readonly account: AccountId;
  readonly device: CredentialId;
  readonly refreshHash: Buffer;
  readonly previousHash: Buffer | null;
  readonly rotatedAt: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | null;
}

interface StoredSession {
  id: Buffer;
  account_id: Buffer;
  device_id: Buffer;
  refresh_hash: Buffer;
  previous_hash: Buffer | null;
  rotated_at: number;
  created_at: number;
  expires_at: number;
  ended_at: number | null;
}

export async function insertSession(db: Queries, session: Omit<SessionRow, 'previousHash' | 'rotatedAt' | 'endedAt'>): Promise<void> {
  await db<StoredSession>('sessions').insert({
    id: bin(session.id),
    account_id: bin(session.account),
    device_id: bin(session.device),
    refresh_hash: session.refreshHash,
    previous_hash: null,
    rotated_at: session.createdAt,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    ended_at: null,
  });
}

export async function findSession(db: Queries, id: string): Promise<SessionRow | null> {
  const row = await db<StoredSession>('sessions')
    .where({ id: bin(id) })
    .first();
  if (row === undefined) return null;
  return {
    id,
    account: parseAccountId(hex(row.account_id)),
    device: parseCredentialId(hex(row.device_id)),
    refreshHash: row.refresh_hash,
    previousHash: row.previous_hash,
    rotatedAt: row.rotated_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  };
}

/** True while the session is not over and its account may be used. */
export async function isSessionAlive(db: Queries, id: string, now: number): Promise<boolean> {
  const row: unknown = await db('sessions')
    .join('accounts', 'accounts.id', 'sessions.account_id')
    .where({ 'sessions.id': bin(id) })
    .whereNull('sessions.ended_at')
    .where('sessions.expires_at', '>', now)
    .whereNull('accounts.disabled_at')
    .first('sessions.id');
  return row !== undefined;
}

/** In place of the hash of a session that came back with a backup: which token its device holds by now is not known. */
export const RESTORED_HASH = Buffer.alloc(32);

/** Replaces the hash if it still is `current`: of many who try at once, one succeeds. `shown` is the one of the token that was used. */
export async function rotateSession(
  db: Queries,
  session: { id: string; current: Buffer; shown: Buffer; next: Buffer; now: number; expiresAt: number },
): Promise<boolean> {
  const updated = await db('sessions')
    .where({ id: bin(session.id), refresh_hash: session.current })
    .whereNull('ended_at')
    .update({ refresh_hash: session.next, previous_hash: session.shown, rotated_at: session.now, expires_at: session.expiresAt });
  return updated > 0;
}

/** Ends sessions that are not over yet and returns their ids. */
export async function endSessions(
  db: Queries,
  which: { readonly id: string } | { readonly account: AccountId; readonly device?: CredentialId },
  now: number,
): Promise<readonly string[]> {
  const condition =
    'id' in which
      ? { id: bin(which.id) }
      : { account_id: bin(which.account), ...(which.device === undefined ? {} : { device_id: bin(which.device) }) };
  const rows: { id: Buffer }[] = await db('sessions').where(condition).whereNull('ended_at').update({ ended_at: now }).returning('id');
  return rows.map((row) => hex(row.id));
}

export type OneTimeKind = 'login' | 'enrol';

export async function putOneTime(db: Queries, entry: { id: Buffer; kind: OneTimeKind; payload: string; expiresAt: number }): Promise<void> {
  await db('one_time').insert({ id: entry.id, kind: entry.kind, payload: entry.payload, expires_at: entry.expiresAt });
}

/** Takes the entry out: of many who try, the one whose delete hits is the only one. Null when it is gone or too old. */
export async function takeOneTime(db: Queries, kind: OneTimeKind, id: Buffer, now: number): Promise<string | null> {
  const row: { payload: string; expires_at: number } | undefined = await db('one_time').where({ id, kind }).first('payload', 'expires_at');
  if (row === undefined || (await db('one_time').where({ id, kind }).delete()) === 0) return null;
  return row.expires_at <= now ? null : row.payload;
}

/** Drops what is over: single-use entries and sessions that ended or ran out before `before`. */
export async function dropExpired(db: Queries, now: number, before: number): Promise<void> {
  await db('one_time').where('expires_at', '<=', now).delete();
  await db('sessions').where('expires_at', '<=', before).delete();
}
