/**
 * Sessions of devices. A refresh token is replaced each time it is used; its successor follows from
 * it and a key of the server, so that a device whose answer was lost gets the same one again for 30
 * seconds. Anyone who shows an older one has a copy of a token: the session ends. The device signs
 * each refresh, so a stolen token alone is worth nothing and ends nothing.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AccountState } from '../../core/account/chain.js';
import { verifySignature } from '../../core/account/credential.js';
import type { TokenScope } from '../../core/account/token-scope.js';
import { encodeCbor } from '../../core/base/cbor.js';
import { FsyncError } from '../../core/base/errors.js';
import type { AccountId, CredentialId } from '../../core/base/ids.js';
import type { Session } from '../../core/protocol/http.js';
import { findAccount, updateDevice } from '../store/account-store.js';
import type { Queries } from '../store/database.js';
import type { AccessClaims, Caller } from '../http/route.js';
import {
  endSessions,
  findSession,
  insertSession,
  isSessionAlive,
  RESTORED_HASH,
  rotateSession,
  type SessionRow,
} from '../store/session-store.js';
import { activeScope, type Chains } from './chains.js';
import type { ServiceContext } from './service-context.js';
import { requireEnabled } from './enabled-account.js';
import { ACCESS_TOKEN_SECONDS, type Tokens } from './tokens.js';

const DAY_MS = 86_400_000;
const SLIDING_MS = 30 * DAY_MS;
const ABSOLUTE_MS = 180 * DAY_MS;
const GRACE_MS = 30_000;
/** How far the clock of a device may be off. */
const SIGNED_TIME_MS = 10 * 60_000;
/** How long a session is believed to be alive without looking. */
const CACHE_MS = 15_000;
const CACHED_SESSIONS = 20_000;

export interface RefreshRequest {
  readonly refreshToken: string;
  readonly device: CredentialId;
  readonly time: number;
  readonly signature: Uint8Array;
}

export interface Sessions {
  create(trx: Queries, account: AccountId, device: CredentialId): Promise<Session>;
  /** Throws session_expired. */
  refresh(request: RefreshRequest): Promise<Session>;
  logout(refreshToken: string): Promise<void>;
  /** Ends every session of a device. The notice of it goes out with `announceEnd`, after the transaction. */
  endDevice(trx: Queries, account: AccountId, device: CredentialId): Promise<readonly string[]>;
  announceEnd(sessions: readonly string[]): void;
  /** A session for a token: it shows the token again instead of refreshing. */
  createForToken(
    trx: Queries,
    token: { readonly account: AccountId; readonly id: CredentialId; readonly scope: TokenScope },
  ): Promise<Omit<Session, 'refreshToken'>>;
  isActive(session: string): Promise<boolean>;
  /** Looks again at every session that is asked for: accounts were switched off by another process. */
  forget(): void;
  /** Throws session_expired for a token that was revoked or has expired. */
  callerOf(claims: AccessClaims): Promise<Caller>;
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

function sameHash(a: Buffer, b: Buffer | null): boolean {
  return b !== null && a.length === b.length && timingSafeEqual(a, b);
}

function expired(details: Readonly<Record<string, unknown>> = {}): FsyncError {
  return new FsyncError('session_expired', 'the session is over', { hints: ['sign in again with `fsync login`'], details });
}

function sessionIdOf(refreshToken: string): string {
  const match = /^([0-9a-f]{32})\.[A-Za-z0-9_-]{43}$/.exec(refreshToken);
  if (match?.[1] === undefined) throw expired();
  return match[1];
}

function isSigned(state: AccountState, request: RefreshRequest): boolean {
  const credential = state.credentials.get(request.device);
  // A token refreshes nothing: it would come out as a device.
  if (credential === undefined || credential.revokedAtSeq !== null || credential.kind === 'token') return false;
  const signed = encodeCbor([new Uint8Array(hashOf(request.refreshToken)), request.time]);
  return verifySignature(credential.signPublicKey, 'refresh', signed, request.signature);
}

export function createSessions(
  deps: ServiceContext & { readonly tokens: Tokens; readonly chains: Chains; readonly refreshKey: Buffer },
): Sessions {
  const { database, clock, bus, tokens, chains, metrics, logger } = deps;
  const alive = new Map<string, number>();
  let generation = 0;
  bus.subscribe((notice) => {
    if (notice.type === 'session-ended') alive.delete(notice.session);
  });

  const successorOf = (token: string): string =>
    `${sessionIdOf(token)}.${createHmac('sha256', deps.refreshKey).update('refresh\0').update(token).digest('base64url')}`;

  function sessionOf(row: Pick<SessionRow, 'id' | 'account' | 'device'>, refreshToken: string): Session {
    const accessToken = tokens.signAccess({ account: row.account, device: row.device, session: row.id, isToken: false });
    return { accessToken, accessExpiresInMs: ACCESS_TOKEN_SECONDS * 1000, refreshToken };
  }

  function announceEnd(sessions: readonly string[]): void {
    for (const session of sessions) bus.publish({ type: 'session-ended', session });
  }

  async function killFamily(row: SessionRow): Promise<never> {
    announceEnd(await endSessions(database, { id: row.id }, clock.now()));
    metrics.authAttempts.inc({ outcome: 'refresh-reused' });
    logger.warn('a refresh token was used again: the session was ended', { device: row.device });
    throw expired();
  }

  async function rotate(row: SessionRow, token: string): Promise<Session> {
    const now = clock.now();
    const hash = hashOf(token);
    const next = successorOf(token);
    // After a restore any token of the session will do: it is signed by the device's key, which is what counts.
    if (sameHash(hash, row.refreshHash) || sameHash(RESTORED_HASH, row.refreshHash)) {
      const expiresAt = Math.min(now + SLIDING_MS, row.createdAt + ABSOLUTE_MS);
      const rotated = await rotateSession(database, {
        id: row.id,
        current: row.refreshHash,
        shown: hash,
        next: hashOf(next),
        now,
        expiresAt,
      });
      if (rotated) {
        await updateDevice(database, row.account, row.device, { lastSeenAt: now });
        return sessionOf(row, next);
      }
      const newer = await findSession(database, row.id);
      if (newer === null || newer.endedAt !== null || !sameHash(hash, newer.previousHash)) throw expired();
      return sessionOf(row, next);
    }
    if (sameHash(hash, row.previousHash) && now - row.rotatedAt <= GRACE_MS) return sessionOf(row, next);
    return killFamily(row);
  }

  return {
    async create(trx, account, device) {
      const now = clock.now();
      const id = randomBytes(16).toString('hex');
      const refreshToken = `${id}.${randomBytes(32).toString('base64url')}`;
      await insertSession(trx, { id, account, device, refreshHash: hashOf(refreshToken), createdAt: now, expiresAt: now + SLIDING_MS });
      return sessionOf({ id, account, device }, refreshToken);
    },

    async createForToken(trx, { account, id: device, scope }) {
      const now = clock.now();
      const id = randomBytes(16).toString('hex');
      const leftMs = Math.min(ACCESS_TOKEN_SECONDS * 1000, scope.expiresAt - now);
      // Nobody ever sees what this is the hash of: there is nothing to refresh with.
      const refreshHash = hashOf(randomBytes(32).toString('hex'));
      await insertSession(trx, { id, account, device, refreshHash, createdAt: now, expiresAt: now + leftMs });
      const accessToken = tokens.signAccess({ account, device, session: id, isToken: true }, leftMs / 1000);
      return { accessToken, accessExpiresInMs: leftMs };
    },

    async refresh(request) {
      const now = clock.now();
      if (Math.abs(request.time - now) > SIGNED_TIME_MS) throw expired({ time: now });
      const row = await findSession(database, sessionIdOf(request.refreshToken));
      if (row === null || row.endedAt !== null || row.expiresAt <= now || row.device !== request.device) throw expired();
      if (!isSigned(await chains.stateOf(database, row.account), request)) throw expired();
      requireEnabled(await findAccount(database, row.account));
      return rotate(row, request.refreshToken);
    },

    async logout(refreshToken) {
      const row = await findSession(database, sessionIdOf(refreshToken));
      const hash = hashOf(refreshToken);
      if (row === null || !(sameHash(hash, row.refreshHash) || sameHash(hash, row.previousHash))) return;
      announceEnd(await endSessions(database, { id: row.id }, clock.now()));
    },

    endDevice: (trx, account, device) => endSessions(trx, { account, device }, clock.now()),
    announceEnd,

    forget() {
      alive.clear();
      generation += 1;
    },

    async callerOf({ isToken, ...claims }) {
      const scope = isToken ? activeScope(await chains.stateOf(database, claims.account), claims.device, clock.now()) : null;
      return { ...claims, scope };
    },

    async isActive(session) {
      const now = clock.now();
      if ((alive.get(session) ?? 0) > now) return true;
      const asked = generation;
      if (!(await isSessionAlive(database, session, now))) return false;
      // An answer from before everything was forgotten is not kept.
      if (asked !== generation) return true;
      if (alive.size >= CACHED_SESSIONS) alive.clear();
      alive.set(session, now + CACHE_MS);
      return true;
    },
  };
}
