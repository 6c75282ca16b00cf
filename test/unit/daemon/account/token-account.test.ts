/** The account as a token sees it: against a real server, and against servers that lie. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildAddLink, buildRevokeLink, headAfter, headOf, proveEnrolment } from '../../../../src/core/account/chain.js';
import { tokenScope } from '../../../../src/core/account/token-scope.js';
import { createToken, parseToken, sealTokenName } from '../../../../src/core/account/token-secret.js';
import { toBase64Url } from '../../../../src/core/base/bytes.js';
import { parseVaultId } from '../../../../src/core/base/ids.js';
import { boxVaultKey } from '../../../../src/core/log/vault-key-box.js';
import { vaultKeyCheck } from '../../../../src/core/log/vault-keys.js';
import type { AccountService } from '../../../../src/daemon/account/account-service.js';
import { createChainCache } from '../../../../src/daemon/account/chain-cache.js';
import { createTokenAccount } from '../../../../src/daemon/account/token-account.js';
import { createTokenCalls } from '../../../../src/daemon/account/tokens.js';
import { createVaultApi } from '../../../../src/daemon/account/vault-api.js';
import { createVaultCache } from '../../../../src/daemon/account/vault-cache.js';
import { currentHomePaths, openHome } from '../../../../src/daemon/home/home.js';
import { openTokenFile } from '../../../../src/daemon/keys/file-key-store.js';
import { connectServer } from '../../../../src/daemon/remote/server-connection.js';
import { accountDevice, callContext, realServer, signIn, type AccountDevice } from '../../../support/account-device.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { scriptedServer, sendJson, sendProblem } from '../../../support/scripted-server.js';
import { random } from '../../../support/server-account.js';
import { tempFolder } from '../../../support/temp-folder.js';
import { foundTestAccount, TEST_TIME } from '../../core/account/account-fixture.js';

const { signal } = new AbortController();
const HOUR_MS = 3_600_000;

/** A home that has nothing but a token. */
async function openHolder(token: string, server: string | null, folder = tempFolder()) {
  const home = openHome(currentHomePaths({ FSYNC_HOME: folder }));
  const logger = recordingLogger();
  const clock = { now: Date.now };
  const account = createTokenAccount({
    env: { token, server, caFile: null },
    home,
    clock,
    logger,
    chains: createChainCache(home.cacheDir),
    connect: (url, caFile) =>
      connectServer(url, caFile === null ? [] : [caFile], {
        logger,
        clock,
        random: Math.random,
        timeoutMs: () => 20_000,
        userAgent: 'fsync/test',
      }),
    openStore: (opened) => openTokenFile({ directory: join(folder, 'keys'), random }, opened),
    vaultName: () => null,
  });
  await account.open();
  onTestFinished(() => account.close());
  const cache = createVaultCache(home.cacheDir);
  const vaultApi = createVaultApi({ client: account.client, account, cache, random, clock, logger });
  return { account, vaultApi, folder, logger };
}

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return String(Object(error)['code']);
  }
};

describe('a token on a real server', () => {
  async function signedInDevice() {
    const { url } = await realServer();
    const device: AccountDevice = await accountDevice();
    await device.account.register(signIn(url), callContext());
    const cache = createVaultCache(device.home.cacheDir);
    const { account, vaultApi, logger } = device;
    const tokens = createTokenCalls({ account, vaultApi, cache, random, clock: { now: Date.now }, logger });
    const info = await vaultApi.create('assets', { signal });
    const make = (name: string, write = false) =>
      tokens.create({ name, vaults: ['assets'], write, lifetimeMs: HOUR_MS }, { signal }).then(({ token }) => token);
    return { url, account, vaultApi, tokens, cache, vault: info.vault, make };
  }

  it('opens the name and the keys of its vault, also without the server later', async () => {
    const { url, make } = await signedInDevice();
    const token = await make('ci', true);
    const { account, vaultApi, folder } = await openHolder(token, url);
    expect(account.whoami()).toMatchObject({ user: 'ada', device: { name: 'ci' }, token: { access: 'write' } });
    expect((await vaultApi.list({ signal })).map(({ name, role }) => [name, role])).toEqual([['assets', 'writer']]);
    expect(account.require().userKeys.size).toBe(0);
    const later = await openHolder(token, 'http://127.0.0.1:9', folder);
    expect(later.account.whoami().device.name).toBe('ci');
    const files = readdirSync(join(folder, 'keys'));
    expect(files).toEqual([`token-${parseToken(token).credential.id.slice(0, 16)}.json`]);
  });

  it('is lent the key of an epoch that begins later by a device of its account', async () => {
    const { url, account, tokens, cache, vault, make } = await signedInDevice();
    const holder = await openHolder(await make('ci'), url);
    await holder.vaultApi.list({ signal });
    // As after a rotate commit: the log names a second key, which is boxed to the members.
    const second = random(32);
    const keyChecks = new Map([[2, vaultKeyCheck(second, 2)]]);
    const keys = account.require();
    const { generation, boxPublicKey } = keys.chain.userKey;
    const box = toBase64Url(boxVaultKey(random, boxPublicKey, { vault, epoch: 2, account: keys.account, generation }, second));
    const entry = cache.load(vault);
    if (entry === null) throw new Error('the vault is not known');
    const keyBoxes = [...entry.reply.keyBoxes, { epoch: 2, generation, box }];
    cache.save({ ...entry, reply: { ...entry.reply, keyBoxes }, keyChecks });
    expect((await holder.vaultApi.acceptKeyChecks(vault, keyChecks, { signal })).byEpoch.has(2)).toBe(false);
    await tokens.lendKeys({ signal });
    await tokens.lendKeys({ signal });
    const keyring = await holder.vaultApi.acceptKeyChecks(vault, keyChecks, { signal });
    expect([...keyring.byEpoch.keys()]).toEqual([1, 2]);
  });

  it('notices that it was revoked', async () => {
    const { url, tokens, make } = await signedInDevice();
    const token = await make('ci');
    const { account } = await openHolder(token, url);
    await tokens.revoke({ token: 'ci' }, { signal });
    await expect(account.client.send({ method: 'GET', path: '/vaults', signal })).rejects.toMatchObject({ code: 'session_expired' });
    const { account: again } = await openHolder(token, url);
    expect(codeOf(() => again.require())).toBe('session_expired');
    expect((await tokens.list({ signal })).tokens).toEqual([]);
  });

  it('is not what a home of a device works with', async () => {
    const { url, make } = await signedInDevice();
    const token = await make('ci');
    const device = await accountDevice();
    await device.account.login(signIn(url, { device: 'desktop' }), callContext());
    const { account } = await openHolder(token, url, device.home.paths.stateDir);
    expect(codeOf(() => account.require())).toBe('usage');
  });
});

describe('a token and a server that lies', () => {
  const alice = foundTestAccount('alice');
  const bob = foundTestAccount('bob');
  const token = createToken(random);
  const scope = tokenScope([parseVaultId('00'.repeat(32))], { write: true, expiresAt: TEST_TIME + HOUR_MS });
  const added = buildAddLink({
    head: headOf(alice.state),
    signer: alice.device,
    at: TEST_TIME,
    enrolment: proveEnrolment(token.credential, alice.state.accountId, scope),
    boxHash: null,
  });
  const revoked = buildRevokeLink({ head: headAfter(added), signer: alice.device, at: TEST_TIME, revoked: token.credential.id });
  const good = [...alice.links, added];

  async function openWith(links: readonly Uint8Array[], changes: Record<string, unknown> = {}) {
    let answer: Record<string, unknown> = {
      accessToken: 'x',
      accessExpiresInMs: 0,
      accountId: alice.state.accountId,
      user: 'ada',
      links: links.map(toBase64Url),
      nameSealed: toBase64Url(sealTokenName(random, token, 'ci')),
      ...changes,
    };
    const server = await scriptedServer((request, response) => {
      if (request.path === '/auth/token') sendJson(response, answer);
      else sendProblem(response, 'not_found', 404);
    });
    const holder = await openHolder(token.text, server.url);
    const say = (more: Record<string, unknown>) => {
      answer = { ...answer, ...more };
    };
    return { ...holder, server, say };
  }
  const codeWith = async (...given: Parameters<typeof openWith>) => {
    const { account } = await openWith(...given);
    return codeOf(() => account.require());
  };
  const ask = (account: AccountService) => account.client.send({ method: 'GET', path: '/vaults', signal });

  it('believes the chain that its own proof stands in', async () => {
    const { account, server } = await openWith(good);
    expect(account.require()).toMatchObject({ account: alice.state.accountId, scope });
    expect(server.requests.map(({ body }) => body.toString()).join('')).not.toContain(token.text.slice(30));
  });

  it('takes no other account for its own', async () => {
    expect(await codeWith(alice.links)).toBe('key_mismatch');
    expect(await codeWith(bob.links, { accountId: bob.state.accountId })).toBe('key_mismatch');
    expect(await codeWith(good, { accountId: bob.state.accountId })).toBe('key_mismatch');
    expect(await codeWith([...good, revoked])).toBe('session_expired');
    expect(await codeWith(good, { nameSealed: toBase64Url(sealTokenName(random, createToken(random), 'x')) })).toBe('integrity');
    expect(await codeWith(good, { links: ['AA'] })).toBe('integrity');
    expect(await codeWith(good, { accessToken: 5 })).toBe('unavailable');
  });

  it('notices a chain that goes back', async () => {
    const longer = [...good, buildRevokeLink({ head: headAfter(added), signer: alice.device, at: TEST_TIME, revoked: alice.password.id })];
    const { account, say } = await openWith(longer);
    expect(account.require().chain.seq).toBe(6);
    say({ links: good.map(toBase64Url) });
    await expect(ask(account)).rejects.toMatchObject({ code: 'rollback' });
  });

  it('says what is missing', async () => {
    const { account } = await openHolder(token.text, null);
    expect(codeOf(() => account.require())).toBe('usage');
    await expect(account.client.send({ method: 'GET', path: '/vaults', signal })).rejects.toMatchObject({ code: 'usage' });
    const { account: wrong } = await openHolder(`${token.text}x`, 'https://sync.example.org');
    expect(codeOf(() => wrong.keyStore())).toBe('usage');
    const { account: plain } = await openHolder(token.text, 'http://sync.example.org');
    expect(codeOf(() => plain.require())).toBe('tls_refused');
  });

  it('is not a device', async () => {
    const { account } = await openWith(good);
    await expect(account.login(signIn('http://127.0.0.1:1'), callContext())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(account.logout(callContext())).rejects.toMatchObject({ code: 'forbidden' });
    expect(codeOf(() => account.rename('x'))).toBe('forbidden');
  });
});
