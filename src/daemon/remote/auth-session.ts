/**
 * The session of this device with its server: a short-lived access token, and a refresh token that
 * is replaced at each use and is worth nothing without the device's key.
 */
import { z } from 'zod';
import { toBase64Url, utf8 } from '../../core/base/bytes.js';
import { encodeCbor } from '../../core/base/cbor.js';
import type { Clock, Logger } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { Credential } from '../../core/account/credential.js';
import { sha256 } from '../../core/crypto/hash.js';
import { refreshReply, type Session } from '../../core/protocol/http.js';
import { unlessAborted } from '../home/deadline.js';
import type { KeyStore } from '../keys/key-store.js';
import { readReply, type HttpCall, type HttpClient, type HttpReply } from './http-client.js';
import type { VaultClient } from './remote-vault.js';

/** Requests with an access token, wherever that comes from. */
export interface AccessSession extends VaultClient {
  /** An access token that is good for a while. @throws FsyncError session_expired, server_unreachable … */
  accessToken(signal: AbortSignal): Promise<string>;
  /** Says that the server refused this token; the next call gets another one. */
  reject(token: string): void;
}

export interface AuthSession extends AccessSession {
  /** When it was last asked for a token, the server (or an empty key store) said that there is no session any more. */
  readonly hasEnded: boolean;
  /** Ends the session at the server if that can be reached; forgets the tokens here in any case. */
  end(signal: AbortSignal): Promise<void>;
}

export interface AuthSessionDeps {
  readonly http: HttpClient;
  readonly keys: KeyStore;
  readonly credential: Credential;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Server clock minus local clock, milliseconds. */
  readonly serverOffsetMs: () => number;
}

export const SESSION_KEY_NAME = 'session';
/** A token is replaced this long before it ends, so that it does not end on the way. */
const MARGIN_MS = 60_000;
const REFRESH_DEADLINE_MS = 30_000;

const storedSession = z.object({ accessToken: z.string(), expiresAtMs: z.number(), refreshToken: z.string() });
type StoredSession = z.infer<typeof storedSession>;

/** Puts what a sign-in answered where `createAuthSession` finds it. */
export async function storeSession(keys: KeyStore, session: Session, nowMs: number): Promise<StoredSession> {
  const stored = { accessToken: session.accessToken, expiresAtMs: nowMs + session.accessExpiresInMs, refreshToken: session.refreshToken };
  await keys.set(SESSION_KEY_NAME, JSON.stringify(stored));
  return stored;
}

export function createAuthSession(deps: AuthSessionDeps): AuthSession {
  let current: StoredSession | null = null;
  let refreshing: Promise<string> | null = null;
  let rejected: string | null = null;
  let hasEnded = false;

  const load = async (): Promise<StoredSession> => {
    current ??= await loadSession(deps.keys);
    return current;
  };
  const refresh = async (): Promise<string> => {
    const session = await askForSession(deps, await load());
    current = await storeSession(deps.keys, session, deps.clock.now());
    hasEnded = false;
    return current.accessToken;
  };
  const accessToken = async (signal: AbortSignal): Promise<string> => {
    const session = await load();
    if (session.accessToken !== rejected && session.expiresAtMs - MARGIN_MS > deps.clock.now()) return session.accessToken;
    // Shared by all callers and not stopped by one of them: a half-finished refresh would waste the refresh token.
    refreshing ??= refresh()
      .catch((error: unknown) => {
        hasEnded = isFsyncError(error, 'session_expired');
        throw error;
      })
      .finally(() => {
        refreshing = null;
      });
    return unlessAborted(refreshing, signal);
  };
  const reject = (token: string): void => {
    rejected = token;
  };

  return {
    get hasEnded() {
      return hasEnded;
    },
    accessToken,
    reject,
    random: deps.random,
    send: (call) => withToken(call, { accessToken, reject }, (authorised) => deps.http.send(authorised)),
    stream: (call) => withToken(call, { accessToken, reject }, (authorised) => deps.http.stream(authorised)),
    async end(signal) {
      try {
        const { refreshToken } = await load();
        await deps.http.send({ method: 'POST', path: '/auth/logout', json: { refreshToken }, repeatable: true, signal });
      } catch (error) {
        if (!isFsyncError(error)) throw error;
        deps.logger.info('the session was not ended at the server', { reason: error.code });
      } finally {
        current = null;
        await deps.keys.delete(SESSION_KEY_NAME);
      }
    },
  };
}

/** One request with a token, and one more with another when that was refused. */
export async function withToken<T>(
  call: Omit<HttpCall, 'token'>,
  session: Pick<AuthSession, 'accessToken' | 'reject'>,
  run: (call: HttpCall) => Promise<T>,
): Promise<T> {
  const token = await session.accessToken(call.signal);
  try {
    return await run({ ...call, token });
  } catch (error) {
    if (!isUnauthorised(error)) throw error;
    session.reject(token);
  }
  return run({ ...call, token: await session.accessToken(call.signal) });
}

function isUnauthorised(error: unknown): boolean {
  return isFsyncError(error, 'session_expired', 'not_signed_in');
}

async function loadSession(keys: KeyStore): Promise<StoredSession> {
  const text = await keys.get(SESSION_KEY_NAME);
  const parsed = storedSession.safeParse(text === null ? null : JSON.parse(text));
  if (!parsed.success) throw expired('this device has no session with the server');
  return parsed.data;
}

/** The proof covers the server's time as this device knows it; a refusal may teach it a better one, so one more try. */
async function askForSession(deps: AuthSessionDeps, stored: StoredSession): Promise<Session> {
  const offsetBefore = deps.serverOffsetMs();
  try {
    return await sendRefresh(deps, stored.refreshToken);
  } catch (error) {
    // 'forbidden': the account is switched off; the session goes on when it is switched on again.
    if (!isFsyncError(error) || error.kind.category !== 'auth' || error.code === 'forbidden') throw error;
    if (deps.serverOffsetMs() === offsetBefore) throw expired('the session of this device has ended', error);
  }
  try {
    return await sendRefresh(deps, stored.refreshToken);
  } catch (error) {
    throw isFsyncError(error) && error.kind.category === 'auth' ? expired('the session of this device has ended', error) : error;
  }
}

async function sendRefresh(deps: AuthSessionDeps, refreshToken: string): Promise<Session> {
  const time = Math.round(deps.clock.now() + deps.serverOffsetMs());
  const proof = deps.credential.sign('refresh', encodeCbor([sha256(utf8(refreshToken)), time]));
  const reply: HttpReply = await deps.http.send({
    method: 'POST',
    path: '/auth/refresh',
    json: { refreshToken, device: deps.credential.id, time, signature: toBase64Url(proof) },
    // Within 30 s the server answers the same successor again.
    repeatable: true,
    signal: AbortSignal.timeout(REFRESH_DEADLINE_MS),
  });
  return readReply(refreshReply, reply).session;
}

function expired(message: string, cause?: unknown): FsyncError {
  return new FsyncError('session_expired', message, { cause, hints: ['Sign in again: fsync login --server URL'] });
}
