/**
 * Who may do what, for every route of the server. The routes come from the server itself: one that
 * is not named here fails the test, so a new route cannot be forgotten.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64Url, toHex } from '../../src/core/base/bytes.js';
import type { TokenScope } from '../../src/core/account/token-scope.js';
import { parseCommitHash, type ChunkId } from '../../src/core/base/ids.js';
import { createApiRoutes } from '../../src/server/routes/api-routes.js';
import { createUnlimitedRateLimiter } from '../../src/server/limits/rate-limiter.js';
import { attemptLogin, call, random, registerAccount, type TestAccount } from '../support/server-account.js';
import { actAs, makeToken, revokeToken } from '../support/server-token.js';
import { startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';
import {
  commitChanges,
  createVault,
  draftCommit,
  genesisBody,
  makePack,
  newFile,
  positionBody,
  sendCommit,
  uploadPack,
  type Change,
  type TestPack,
  type TestVault,
} from '../support/server-vault.js';

/** `removed` was a writer, `demoted` was one before it became a reader: what they were gives them nothing. Tokens are the owner's. */
const TOKENS = ['read token', 'write token', 'token of another vault', 'expired token', 'revoked token'] as const;
const ACTORS = ['anonymous', 'expired', 'stranger', 'removed', 'reader', 'demoted', 'writer', 'owner', ...TOKENS] as const;
type Actor = (typeof ACTORS)[number];
type Expected = Readonly<Record<Actor, number>>;

interface Probe {
  readonly path: string;
  readonly body?: unknown;
  /** Sent as it is, with its digest. */
  readonly pack?: TestPack;
}

interface World {
  readonly vault: TestVault;
  readonly file: Change;
  readonly chunk: ChunkId;
  readonly owner: TestAccount;
  /** Id of a token of the owner. */
  readonly token: string;
}

interface Case {
  readonly route: string;
  readonly expected: Expected;
  readonly probe: (world: World, actor: TestAccount) => Probe;
}

const everyone = (status: number): Expected => ({
  anonymous: status,
  expired: status,
  stranger: status,
  removed: status,
  reader: status,
  demoted: status,
  writer: status,
  owner: status,
  'read token': status,
  'write token': status,
  'token of another vault': status,
  'expired token': status,
  'revoked token': status,
});
/** Needs the session of a device, whichever. */
const signedIn = (status: number): Expected => ({
  ...everyone(status),
  anonymous: 401,
  expired: 401,
  'read token': 403,
  'write token': 403,
  'token of another vault': 403,
  'expired token': 401,
  'revoked token': 401,
});
/** Needs a role in the vault; those outside see nothing. */
const members = (reader: number, writer: number, owner: number): Expected => ({
  ...signedIn(404),
  reader,
  demoted: reader,
  writer,
  owner,
});
/** As members, and tokens of the vault are let in as what they may do. */
const syncing = (reader: number, writer: number, owner: number): Expected => ({
  ...members(reader, writer, owner),
  'read token': reader,
  'write token': writer,
  'token of another vault': 404,
});
/** Not a session but the token of a login is what counts. */
const enrolling = everyone(401);

const nameSealed = toBase64Url(random(64));
const commitOf = (world: World, actor: TestAccount): Probe => {
  const commit = draftCommit(actor, world.vault, { changes: [newFile()], head: { seq: 1, hash: world.vault.head.hash } });
  return { path: '/sync/event', body: commit.body };
};

/** A bad body is refused after the session was checked, so a 422 says: let in. */
const CASES: readonly Case[] = [
  { route: 'POST /auth/register/start', expected: everyone(422), probe: () => ({ path: '/auth/register/start', body: {} }) },
  { route: 'POST /auth/register', expected: everyone(422), probe: () => ({ path: '/auth/register', body: {} }) },
  { route: 'POST /auth/login/start', expected: everyone(422), probe: () => ({ path: '/auth/login/start', body: {} }) },
  {
    route: 'POST /auth/login',
    expected: everyone(401),
    probe: () => ({ path: '/auth/login', body: { loginId: 'x', finish: nameSealed } }),
  },
  { route: 'POST /auth/refresh', expected: everyone(422), probe: () => ({ path: '/auth/refresh', body: {} }) },
  { route: 'POST /auth/logout', expected: everyone(401), probe: () => ({ path: '/auth/logout', body: { refreshToken: 'x' } }) },
  { route: 'GET /account', expected: signedIn(200), probe: () => ({ path: '/account' }) },
  {
    route: 'GET /accounts/:account/chain',
    // Of its own account: whoever reads commits verifies them.
    expected: { ...syncing(200, 200, 200), 'token of another vault': 200 },
    probe: ({ owner }) => ({ path: `/accounts/${owner.state.accountId}/chain` }),
  },
  {
    route: 'POST /accounts/lookup',
    expected: signedIn(200),
    probe: ({ owner }) => ({ path: '/accounts/lookup', body: { user: owner.user } }),
  },
  { route: 'POST /devices', expected: enrolling, probe: () => ({ path: '/devices', body: {} }) },
  { route: 'GET /devices', expected: signedIn(200), probe: () => ({ path: '/devices' }) },
  {
    route: 'PATCH /devices/:device',
    expected: { ...signedIn(404), owner: 204 },
    probe: ({ owner }) => ({ path: `/devices/${owner.device.id}`, body: { nameSealed } }),
  },
  {
    route: 'DELETE /devices/:device',
    expected: { ...signedIn(404), owner: 422 },
    probe: ({ owner }) => ({ path: `/devices/${owner.device.id}`, body: { links: [] } }),
  },
  { route: 'POST /auth/token', expected: everyone(422), probe: () => ({ path: '/auth/token', body: {} }) },
  { route: 'POST /tokens', expected: signedIn(422), probe: () => ({ path: '/tokens', body: {} }) },
  { route: 'GET /tokens', expected: signedIn(200), probe: () => ({ path: '/tokens' }) },
  {
    route: 'DELETE /tokens/:token',
    expected: { ...signedIn(404), owner: 422 },
    probe: ({ token }) => ({ path: `/tokens/${token}`, body: { links: [] } }),
  },
  {
    route: 'PUT /tokens/:token/keys',
    expected: { ...signedIn(404), owner: 204 },
    probe: ({ token }) => ({ path: `/tokens/${token}/keys`, body: { keyBoxes: [] } }),
  },
  { route: 'POST /vaults', expected: signedIn(201), probe: (_world, actor) => ({ path: '/vaults', body: genesisBody(actor) }) },
  {
    route: 'GET /vaults',
    expected: { ...signedIn(200), 'read token': 200, 'write token': 200, 'token of another vault': 200 },
    probe: () => ({ path: '/vaults' }),
  },
  { route: 'GET /vaults/:vault', expected: syncing(200, 200, 200), probe: ({ vault }) => ({ path: `/vaults/${vault.vault}` }) },
  {
    route: 'GET /vaults/:vault/members',
    expected: members(200, 200, 200),
    probe: ({ vault }) => ({ path: `/vaults/${vault.vault}/members` }),
  },
  {
    route: 'PUT /vaults/:vault/position',
    expected: members(204, 204, 204),
    probe: ({ vault }, actor) => ({
      path: `/vaults/${vault.vault}/position`,
      body: positionBody(actor, vault, { seq: 1, hash: parseCommitHash(vault.vault) }),
    }),
  },
  {
    route: 'GET /vaults/:vault/positions',
    expected: syncing(200, 200, 200),
    probe: ({ vault }) => ({ path: `/vaults/${vault.vault}/positions` }),
  },
  {
    route: 'DELETE /vaults/:vault/position',
    expected: members(204, 204, 204),
    probe: ({ vault }) => ({ path: `/vaults/${vault.vault}/position` }),
  },
  {
    route: 'PATCH /vaults/:vault',
    expected: members(403, 403, 204),
    probe: ({ vault }) => ({ path: `/vaults/${vault.vault}`, body: { nameSealed } }),
  },
  {
    route: 'POST /files/check',
    expected: syncing(200, 200, 200),
    probe: ({ vault, chunk }) => ({ path: '/files/check', body: { vault: vault.vault, chunks: [chunk] } }),
  },
  {
    route: 'PUT /files/upload/:upload',
    expected: syncing(403, 201, 201),
    probe({ vault }) {
      const pack = makePack(10);
      return { path: `/files/upload/${pack.upload}?vault=${vault.vault}`, pack };
    },
  },
  {
    route: 'POST /files/download',
    expected: syncing(200, 200, 200),
    probe: ({ vault, chunk }) => ({ path: '/files/download', body: { vault: vault.vault, chunks: [chunk] } }),
  },
  { route: 'GET /files/list', expected: syncing(200, 200, 200), probe: ({ vault }) => ({ path: `/files/list?vault=${vault.vault}` }) },
  {
    route: 'POST /files/records',
    expected: syncing(200, 200, 200),
    probe: ({ vault, file }) => ({ path: '/files/records', body: { vault: vault.vault, revisions: [{ node: file.node, rev: 1 }] } }),
  },
  {
    route: 'GET /files/:node/revisions',
    expected: syncing(200, 200, 200),
    probe: ({ vault, file }) => ({ path: `/files/${file.node}/revisions?vault=${vault.vault}` }),
  },
  {
    // 409: on an old head, so that every actor can be asked; the role is checked before.
    route: 'POST /sync/event',
    expected: syncing(403, 409, 409),
    probe: commitOf,
  },
  {
    route: 'GET /sync/changes',
    expected: syncing(200, 200, 200),
    probe: ({ vault }) => ({ path: `/sync/changes?vault=${vault.vault}&since=0` }),
  },
  { route: 'DELETE /vaults/:vault', expected: members(403, 403, 204), probe: ({ vault }) => ({ path: `/vaults/${vault.vault}` }) },
];

async function send(url: string, method: string, token: string | undefined, probe: Probe): Promise<Response> {
  const { path, body, pack } = probe;
  const digest = pack === undefined ? '' : createHash('sha256').update(pack.bytes).digest('base64');
  const payload = pack === undefined ? (body === undefined ? undefined : JSON.stringify(body)) : new Uint8Array(pack.bytes);
  return fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined ? {} : { 'content-type': pack === undefined ? 'application/json' : 'application/octet-stream' }),
      ...(pack === undefined ? {} : { 'repr-digest': `sha-256=:${digest}:` }),
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
}

const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];

describe.each(engines)('access on %s', (engine) => {
  let server: ServerHarness;
  let world: World;
  const accounts = new Map<Actor, TestAccount>();
  let pack = makePack(100);
  let aheadMs = 0;

  async function setRole(actor: Actor, role: 'reader' | 'writer' | null): Promise<void> {
    const account = accounts.get(actor);
    const owner = accounts.get('owner');
    if (account === undefined || owner === undefined) throw new Error('no such actor');
    const { accountId } = account.state;
    const commit = draftCommit(owner, world.vault, {
      kind: { type: 'member', body: { account: accountId, role, boxHash: null } },
      ...(role === null ? {} : { keyBoxes: [{ epoch: 1, account: accountId, generation: 1, box: toBase64Url(random(80)) }] }),
    });
    const answer = await sendCommit(owner, world.vault, commit);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.json));
  }

  /** A token that was right an hour ago, signed with the server's own key. */
  function expiredToken(owner: TestAccount): string {
    const secrets: unknown = JSON.parse(readFileSync(join(server.dataDir, 'secrets.json'), 'utf8'));
    const [kid = '', secret = ''] = String(Object(secrets)['jwtKeys']).split(':');
    const claims = Object(jwt.decode(owner.session.accessToken));
    const then = Math.floor(Date.now() / 1000) - 7200;
    return jwt.sign({ ...claims, iat: then, exp: then + 1800 }, Buffer.from(secret, 'base64url'), {
      header: { alg: 'HS256', typ: 'at+jwt', kid },
    });
  }

  beforeAll(async () => {
    server = await startServer({ engine, clock: { now: () => Date.now() + aheadMs } });
    for (const actor of ['stranger', 'removed', 'reader', 'demoted', 'writer', 'owner'] as const) {
      accounts.set(actor, await registerAccount(server.url, actor));
    }
    const owner = accounts.get('owner');
    if (owner === undefined) throw new Error('no owner');
    pack = makePack(100);
    const [chunk] = pack.chunks;
    if (chunk === undefined) throw new Error('no chunk');
    const vault = await createVault(owner);
    const other = await createVault(owner);
    const token = async (of: TestVault, scope: Partial<TokenScope>) => {
      const made = await makeToken(owner, [of.vault], scope);
      return { made, acting: await actAs(owner, made) };
    };
    const read = await token(vault, {});
    const write = await token(vault, { write: true });
    const elsewhere = await token(other, { write: true });
    const short = await token(vault, { write: true, expiresAt: Date.now() + 60_000 });
    const revoked = await token(vault, { write: true });
    await revokeToken(owner, revoked.made);
    for (const [index, { acting }] of [read, write, elsewhere, short, revoked].entries()) accounts.set(TOKENS[index] ?? 'owner', acting);
    world = { vault, file: newFile([chunk.id]), chunk: chunk.id, owner, token: read.made.credential.id };
    await uploadPack(owner, vault.vault, pack);
    await commitChanges(owner, vault, world.file);
    await setRole('reader', 'reader');
    await setRole('writer', 'writer');
    await setRole('demoted', 'writer');
    await setRole('demoted', 'reader');
    await setRole('removed', 'writer');
    await setRole('removed', null);
    aheadMs = 61_000;
  });
  afterAll(() => server.stop());

  it('names every route of the server', () => {
    const routes = createApiRoutes(server.server.services, createUnlimitedRateLimiter());
    const mounted = routes.map((route) => `${route.method} ${route.path}`);
    expect(CASES.map((one) => one.route).sort()).toEqual(mounted.sort());
  });

  it.each(CASES)('$route', async ({ route, expected, probe }) => {
    const [method = ''] = route.split(' ');
    const statuses: Record<string, number> = {};
    const missing = new Set<string>();
    for (const actor of ACTORS) {
      const account = accounts.get(actor) ?? world.owner;
      const token = actor === 'anonymous' ? undefined : actor === 'expired' ? expiredToken(account) : account.session.accessToken;
      const response = await send(server.url, method, token, probe(world, account));
      const text = await response.text();
      statuses[actor] = response.status;
      if (response.status === 404) missing.add(text.replace(/urn:fsync:request:[0-9a-f-]+/, ''));
    }
    expect(statuses).toEqual(expected);
    expect(missing.size).toBeLessThanOrEqual(1);
  });

  it('does not tell a vault of others from one that is not there', async () => {
    const token = accounts.get('stranger')?.session.accessToken ?? '';
    const bodies = await Promise.all(
      [(await createVault(world.owner)).vault, toHex(random(32))].map(async (vault) =>
        call(server.url, 'GET', `/vaults/${vault}`, { token }),
      ),
    );
    const [real, made] = bodies.map((answer) => ({ ...Object(answer.json), instance: '' }));
    expect(real).toEqual(made);
  });

  it('takes no access token for an enrolment, and no enrolment token for access', async () => {
    const { answer } = await attemptLogin(server.url, world.owner.user, world.owner.password);
    const enrolToken = String(Object(answer.json)['enrolToken']);
    expect((await call(server.url, 'GET', '/account', { token: enrolToken })).status).toBe(401);
    const body = { links: [], boxes: [], device: { id: world.owner.device.id, nameSealed } };
    expect((await call(server.url, 'POST', '/devices', { token: world.owner.session.accessToken, body })).status).toBe(401);
  });
});
