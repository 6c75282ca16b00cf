/** Hints over WebSockets: on one process, and between two replicas over Redis. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { toBase64Url, toHex } from '../../src/core/base/bytes.js';
import type { VaultId } from '../../src/core/base/ids.js';
import { socketMessage, type SocketMessage } from '../../src/core/protocol/http.js';
import { call, enrolDevice, random, registerAccount, revokeLink, type TestAccount } from '../support/server-account.js';
import { startServer, type ServerHarness } from '../support/server-harness.js';
import { commitChanges, createVault, draftCommit, newFile, readChanges, sendCommit } from '../support/server-vault.js';

interface TestSocket {
  readonly messages: SocketMessage[];
  subscribe(...vaults: readonly VaultId[]): void;
  /** Waits until a message fits. */
  until(fits: (message: SocketMessage) => boolean): Promise<SocketMessage>;
  readonly closed: Promise<number>;
  send(text: string): void;
}

function openSocket(url: string, token: string, headers: Readonly<Record<string, string>> = {}): Promise<TestSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/sync/ws`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  onTestFinished(() => socket.terminate());
  const messages: SocketMessage[] = [];
  const waiting = new Set<() => void>();
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data: Buffer) => {
    messages.push(socketMessage.parse(JSON.parse(data.toString('utf8'))));
    for (const look of waiting) look();
  });
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))));
    socket.on('error', reject);
    socket.on('open', () =>
      resolve({
        messages,
        closed,
        send: (text) => socket.send(text),
        subscribe: (...vaults) => socket.send(JSON.stringify({ type: 'subscribe', vaults })),
        until: (fits) =>
          new Promise((found) => {
            const look = (): void => {
              const message = messages.find(fits);
              if (message === undefined) return;
              waiting.delete(look);
              found(message);
            };
            waiting.add(look);
            look();
          }),
      }),
    );
  });
}

const isHead = (vault: VaultId, seq: number) => (message: SocketMessage) =>
  message.type === 'head' && message.vault === vault && message.seq >= seq;

describe('sockets on one process', () => {
  let server: ServerHarness;
  let ada: TestAccount;
  beforeAll(async () => {
    server = await startServer({ engine: 'sqlite' });
    ada = await registerAccount(server.url, 'ada');
  });
  afterAll(() => server.stop());

  it('tells the head at once, and again with each commit', async () => {
    const vault = await createVault(ada);
    const socket = await openSocket(server.url, ada.session.accessToken);
    socket.subscribe(vault.vault);
    expect(await socket.until(isHead(vault.vault, 1))).toEqual({ type: 'head', vault: vault.vault, seq: 1 });
    await commitChanges(ada, vault, newFile());
    expect(await socket.until(isHead(vault.vault, 2))).toEqual({ type: 'head', vault: vault.vault, seq: 2 });
  });

  it('carries nothing but the vault and the seq', async () => {
    const vault = await createVault(ada);
    const socket = await openSocket(server.url, ada.session.accessToken);
    socket.subscribe(vault.vault);
    await commitChanges(ada, vault, newFile());
    await socket.until(isHead(vault.vault, 2));
    for (const message of socket.messages) expect(Object.keys(message).sort()).toEqual(['seq', 'type', 'vault']);
  });

  it('stays silent about vaults of others', async () => {
    const eve = await registerAccount(server.url, 'eve');
    const [hers, mine] = [await createVault(eve), await createVault(ada)];
    const socket = await openSocket(server.url, eve.session.accessToken);
    socket.subscribe(hers.vault, mine.vault);
    await socket.until(isHead(hers.vault, 1));
    await commitChanges(ada, mine, newFile());
    await commitChanges(eve, hers, newFile());
    await socket.until(isHead(hers.vault, 2));
    expect(socket.messages.filter((message) => message.type === 'head' && message.vault === mine.vault)).toEqual([]);
  });

  it('refuses an upgrade without a token, with a wrong one, and from a web page', async () => {
    await expect(openSocket(server.url, '')).rejects.toThrow('401');
    await expect(openSocket(server.url, 'a.b.c')).rejects.toThrow('401');
    await expect(openSocket(server.url, ada.session.accessToken, { origin: 'https://evil.example' })).rejects.toThrow('403');
  });

  it('closes a socket that says what it does not understand', async () => {
    for (const text of ['{', '{"type":"subscribe"}', `{"type":"subscribe","vaults":[],"more":1}`]) {
      const socket = await openSocket(server.url, ada.session.accessToken);
      socket.send(text);
      expect(await socket.closed).toBe(1008);
    }
  });

  it('closes the sockets of a session that ends', async () => {
    const bob = await registerAccount(server.url, 'bob');
    const socket = await openSocket(server.url, bob.session.accessToken);
    await call(server.url, 'POST', '/auth/logout', { body: { refreshToken: bob.session.refreshToken } });
    expect(await socket.closed).toBe(4401);
  });

  it('closes the sockets of a revoked device', async () => {
    const cleo = await registerAccount(server.url, 'cleo');
    const lost = await enrolDevice(cleo);
    const socket = await openSocket(server.url, lost.session.accessToken);
    const body = { links: [toBase64Url(revokeLink(cleo, lost))] };
    await call(server.url, 'DELETE', `/devices/${lost.device.id}`, { token: cleo.session.accessToken, body });
    expect(await socket.closed).toBe(4401);
  });

  it('closes the socket of a member that is removed', async () => {
    const dan = await registerAccount(server.url, 'dan');
    const vault = await createVault(ada);
    const { accountId } = dan.state;
    const member = (role: 'reader' | null) => ({ kind: { type: 'member', body: { account: accountId, role, boxHash: null } } }) as const;
    await sendCommit(ada, vault, draftCommit(ada, vault, member('reader')));
    const socket = await openSocket(server.url, dan.session.accessToken);
    socket.subscribe(vault.vault);
    await socket.until(isHead(vault.vault, 2));
    await sendCommit(ada, vault, draftCommit(ada, vault, member(null)));
    expect(await socket.closed).toBe(4403);
    expect((await call(server.url, 'GET', `/vaults/${vault.vault}`, { token: dan.session.accessToken })).status).toBe(404);
  });

  it('keeps five sockets of a device and lets the oldest go', async () => {
    const finn = await registerAccount(server.url, 'finn');
    const sockets = [];
    for (let opened = 0; opened < 6; opened += 1) sockets.push(await openSocket(server.url, finn.session.accessToken));
    expect(await sockets[0]?.closed).toBe(1013);
  });

  it('says goodbye with a time to come back, and answers those who wait', async () => {
    const other = await startServer({ engine: 'sqlite' });
    const gil = await registerAccount(other.url, 'gil');
    const vault = await createVault(gil);
    const socket = await openSocket(other.url, gil.session.accessToken);
    socket.subscribe(vault.vault);
    await socket.until(isHead(vault.vault, 1));
    const waiting = readChanges(gil, vault.vault, 1, '&wait=50000');
    // The long-poll is waiting when the gauge says so.
    await expect.poll(async () => (await (await fetch(`${other.url}/metrics`)).text()).includes('fsync_longpoll_waiting 1')).toBe(true);
    await other.stop();
    expect(await socket.closed).toBe(1012);
    expect(socket.messages.at(-1)).toMatchObject({ type: 'bye' });
    expect((await waiting).commits).toEqual([]);
  });
});

const redisUrl = process.env['FSYNC_TEST_REDIS_URL'];

describe.skipIf(redisUrl === undefined)('sockets on two replicas', () => {
  let one: ServerHarness;
  let two: ServerHarness;
  beforeAll(async () => {
    const env = { FSYNC_REDIS_URL: redisUrl ?? '', FSYNC_REDIS_PREFIX: `t${randomBytes(6).toString('hex')}:` };
    one = await startServer({ engine: 'postgres', env });
    two = await startServer({ engine: 'postgres', env, replicaOf: one });
  });
  afterAll(async () => {
    await two.stop();
    await one.stop();
  });

  it('tells a commit on one replica to the sockets and long-polls of the other', async () => {
    const ada = await registerAccount(one.url, 'ada');
    const vault = await createVault(ada);
    const socket = await openSocket(two.url, ada.session.accessToken);
    socket.subscribe(vault.vault);
    await socket.until(isHead(vault.vault, 1));
    const waiting = readChanges({ ...ada, url: two.url }, vault.vault, 1, '&wait=30000');
    await commitChanges(ada, vault, newFile());
    await socket.until(isHead(vault.vault, 2));
    expect((await waiting).commits).toHaveLength(1);
  });

  it('ends a session on both replicas', async () => {
    const bob = await registerAccount(one.url, 'bob');
    const socket = await openSocket(two.url, bob.session.accessToken);
    expect((await call(two.url, 'GET', '/account', { token: bob.session.accessToken })).status).toBe(200);
    await call(one.url, 'POST', '/auth/logout', { body: { refreshToken: bob.session.refreshToken } });
    expect(await socket.closed).toBe(4401);
    expect((await call(two.url, 'GET', '/account', { token: bob.session.accessToken })).status).toBe(401);
  });

  it('shares the limits of logins', async () => {
    const env = {
      FSYNC_REDIS_URL: redisUrl ?? '',
      FSYNC_REDIS_PREFIX: `t${toHex(random(6))}:`,
      FSYNC_RATE_LOOPBACK_FACTOR: '1',
    };
    const left = await startServer({ engine: 'postgres', env });
    const right = await startServer({ engine: 'postgres', env, replicaOf: left });
    const request = Buffer.alloc(96, 7).toString('base64url');
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const { url } = attempt % 2 === 0 ? left : right;
      statuses.push((await call(url, 'POST', '/auth/login/start', { body: { user: 'ada', request } })).status);
    }
    await right.stop();
    await left.stop();
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  });
});
