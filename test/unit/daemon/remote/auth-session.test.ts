import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCredential, verifySignature } from '../../../../src/core/account/credential.js';
import { fromBase64Url, utf8 } from '../../../../src/core/base/bytes.js';
import { encodeCbor } from '../../../../src/core/base/cbor.js';
import { sha256 } from '../../../../src/core/crypto/hash.js';
import { refreshRequest } from '../../../../src/core/protocol/http.js';
import { openInsecureFile } from '../../../../src/daemon/keys/file-key-store.js';
import { createAuthSession, storeSession, type AuthSession } from '../../../../src/daemon/remote/auth-session.js';
import { createHttpClient } from '../../../../src/daemon/remote/http-client.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { scriptedServer, sendJson, sendProblem, type ScriptedServer, type SeenRequest } from '../../../support/scripted-server.js';
import { tempFolder } from '../../../support/temp-folder.js';

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const credential = createCredential('device', random(32));
const signal = new AbortController().signal;

interface World {
  readonly server: ScriptedServer;
  readonly session: AuthSession;
  /** A session of the next process, over the same key store. */
  readonly reopen: () => AuthSession;
  readonly setNow: (ms: number) => void;
  readonly refreshes: () => SeenRequest[];
}

const NOW = 1_800_000_000_000;

/** Hands out access-1, access-2 …; `accepts` says which tokens the rest of the server takes. */
async function world(accepts: (token: string) => boolean, answerRefresh?: (count: number) => 'refuse' | 'give'): Promise<World> {
  let count = 0;
  const server = await scriptedServer((request, response) => {
    if (request.path === '/auth/refresh') {
      count += 1;
      if (answerRefresh?.(count) === 'refuse') sendProblem(response, 'session_expired', 401);
      else
        sendJson(response, {
          session: { accessToken: `access-${String(count)}`, accessExpiresInMs: 1_800_000, refreshToken: `refresh-${String(count)}` },
        });
      return;
    }
    if (accepts(request.headers.authorization?.replace('Bearer ', '') ?? '')) sendJson(response, { ok: true });
    else sendProblem(response, 'session_expired', 401);
  });
  let now = NOW;
  const clock = { now: () => now };
  const logger = recordingLogger();
  const http = createHttpClient(
    { server: server.url, caPem: null, timeoutMs: () => 5_000, userAgent: 'fsync/test' },
    { logger, clock, random: () => 0 },
  );
  onTestFinished(() => {
    http.close();
  });
  const directory = tempFolder();
  const keys = openInsecureFile({ directory, random });
  await storeSession(keys, { accessToken: 'access-0', accessExpiresInMs: 1_800_000, refreshToken: 'refresh-0' }, now);
  const open = (): AuthSession =>
    createAuthSession({
      http,
      keys: openInsecureFile({ directory, random }),
      credential,
      clock,
      logger,
      random: () => 0,
      serverOffsetMs: () => 0,
    });
  const setNow = (ms: number): void => {
    now = ms;
  };
  return { server, session: open(), reopen: open, setNow, refreshes: () => server.requests.filter(({ path }) => path === '/auth/refresh') };
}

const ping = (session: AuthSession) => session.send({ method: 'GET', path: '/account', signal });

describe('createAuthSession', () => {
  it('uses the stored access token without asking, also after a restart', async () => {
    const { session, reopen, refreshes } = await world((token) => token === 'access-0');
    await ping(session);
    await ping(reopen());
    expect(refreshes()).toHaveLength(0);
  });

  it('replaces a token shortly before it ends, with a proof by the device key', async () => {
    const { session, setNow, refreshes, server } = await world((token) => token === 'access-1');
    setNow(NOW + 1_800_000 - 30_000);
    await ping(session);
    const body = refreshRequest.parse(JSON.parse(refreshes()[0]?.body.toString() ?? ''));
    expect(body).toMatchObject({ refreshToken: 'refresh-0', device: credential.id, time: NOW + 1_770_000 });
    const signed = encodeCbor([sha256(utf8('refresh-0')), body.time]);
    expect(verifySignature(credential.signPublicKey, 'refresh', signed, fromBase64Url(body.signature))).toBe(true);
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer access-1');
  });

  it('asks once for many callers at the same time', async () => {
    const { session, refreshes } = await world((token) => token === 'access-1');
    await Promise.all(Array.from({ length: 20 }, () => ping(session)));
    expect(refreshes()).toHaveLength(1);
  });

  it('keeps the new refresh token for the next process', async () => {
    const { session, reopen, setNow, refreshes } = await world((token) => token !== 'access-0');
    await ping(session);
    setNow(NOW + 3_600_000);
    await ping(reopen());
    expect(refreshes().map(({ body }) => refreshRequest.parse(JSON.parse(body.toString())).refreshToken)).toEqual([
      'refresh-0',
      'refresh-1',
    ]);
  });

  it('says that the session expired when the new token is refused as well, after one try', async () => {
    const { session, refreshes, server } = await world(() => false);
    await expect(ping(session)).rejects.toMatchObject({ code: 'session_expired' });
    expect(refreshes()).toHaveLength(1);
    expect(server.requests).toHaveLength(3);
  });

  it('says that the session expired when the refresh is refused, and how to go on', async () => {
    const { session } = await world(
      () => false,
      () => 'refuse',
    );
    expect(session.hasEnded).toBe(false);
    await expect(ping(session)).rejects.toMatchObject({ code: 'session_expired', hints: [expect.stringContaining('fsync login')] });
    expect(session.hasEnded).toBe(true);
  });

  it('lets one caller leave without harming the others', async () => {
    const { session } = await world((token) => token === 'access-1');
    session.reject('access-0');
    const leaving = new AbortController();
    const left = session.accessToken(leaving.signal);
    const stayed = session.accessToken(signal);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: 'aborted' });
    await expect(stayed).resolves.toBe('access-1');
  });

  it('forgets its tokens at the end, whether or not the server hears of it', async () => {
    const { session, reopen, server } = await world(() => false);
    await session.end(signal);
    expect(server.requests.map(({ path }) => path)).toEqual(['/auth/logout']);
    await expect(ping(reopen())).rejects.toMatchObject({ code: 'session_expired' });
    expect(server.requests).toHaveLength(1);
  });
});
