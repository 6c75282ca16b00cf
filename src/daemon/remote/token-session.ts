/**
 * The session of a token: nothing is refreshed and nothing kept, the token is shown again. The
 * server answers with the account's chain, which says what the token may do.
 */
import { toBase64Url } from '../../core/base/bytes.js';
import { encodeCbor } from '../../core/base/cbor.js';
import type { Clock } from '../../core/base/effects.js';
import { isFsyncError } from '../../core/base/errors.js';
import type { TokenSecret } from '../../core/account/token-secret.js';
import { sha256 } from '../../core/crypto/hash.js';
import { tokenSessionReply, type TokenSession } from '../../core/protocol/token-http.js';
import { unlessAborted } from '../home/deadline.js';
import { withToken, type AccessSession } from './auth-session.js';
import { readReply, type HttpClient } from './http-client.js';

export interface TokenSessionDeps {
  readonly http: HttpClient;
  readonly token: TokenSecret;
  readonly clock: Clock;
  readonly random: () => number;
  /** Server clock minus local clock, milliseconds. */
  readonly serverOffsetMs: () => number;
  /** Verifies and takes over what the server says about the account, before anything else is done with it. */
  readonly onSignedIn: (reply: TokenSession) => Promise<void>;
}

/** An access token is replaced this long before it ends, or in the middle of a shorter life. */
const MARGIN_MS = 60_000;
const SIGN_IN_DEADLINE_MS = 30_000;

export function createTokenSession(deps: TokenSessionDeps): AccessSession {
  let current: { readonly accessToken: string; readonly renewAtMs: number } | null = null;
  let signingIn: Promise<string> | null = null;
  let rejected: string | null = null;

  const signIn = async (): Promise<string> => {
    const reply = await show(deps);
    await deps.onSignedIn(reply);
    const { accessToken, accessExpiresInMs: life } = reply;
    current = { accessToken, renewAtMs: deps.clock.now() + Math.max(life - MARGIN_MS, life / 2) };
    return accessToken;
  };
  const accessToken = async (signal: AbortSignal): Promise<string> => {
    if (current !== null && current.accessToken !== rejected && current.renewAtMs > deps.clock.now()) return current.accessToken;
    signingIn ??= signIn().finally(() => {
      signingIn = null;
    });
    return unlessAborted(signingIn, signal);
  };
  const reject = (token: string): void => {
    rejected = token;
  };

  return {
    accessToken,
    reject,
    random: deps.random,
    send: (call) => withToken(call, { accessToken, reject }, (authorised) => deps.http.send(authorised)),
    stream: (call) => withToken(call, { accessToken, reject }, (authorised) => deps.http.stream(authorised)),
  };
}

/** The proof covers the server's time as it is known here; a refusal may teach a better one, so one more try. */
async function show(deps: TokenSessionDeps): Promise<TokenSession> {
  const offsetBefore = deps.serverOffsetMs();
  try {
    return await send(deps);
  } catch (error) {
    if (!isFsyncError(error, 'session_expired') || deps.serverOffsetMs() === offsetBefore) throw error;
  }
  return send(deps);
}

async function send({ http, token, clock, serverOffsetMs }: TokenSessionDeps): Promise<TokenSession> {
  const time = Math.round(clock.now() + serverOffsetMs());
  const signature = token.credential.sign('token', encodeCbor([sha256(token.apiSecret), time]));
  const reply = await http.send({
    method: 'POST',
    path: '/auth/token',
    json: { token: token.credential.id, secret: toBase64Url(token.apiSecret), time, signature: toBase64Url(signature) },
    repeatable: true,
    signal: AbortSignal.timeout(SIGN_IN_DEADLINE_MS),
  });
  return readReply(tokenSessionReply, reply);
}
