import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../../../src/core/base/bytes.js';
import { boxVaultKey, sealVaultName } from '../../../../src/core/log/vault-key-box.js';
import { deriveVaultKeys } from '../../../../src/core/log/vault-keys.js';
import { createVaultApi } from '../../../../src/daemon/account/vault-api.js';
import { createVaultCache } from '../../../../src/daemon/account/vault-cache.js';
import { accountDevice, callContext, realServer, signIn } from '../../../support/account-device.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { tempFolder } from '../../../support/temp-folder.js';

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

async function twoDevices() {
  const { url } = await realServer();
  const [laptop, desktop] = [await accountDevice(), await accountDevice()];
  await laptop.account.register(signIn(url), callContext());
  await desktop.account.login(signIn(url, { device: 'desktop' }), callContext());
  return { url, laptop, desktop };
}

describe('createVaultApi', () => {
  it('makes a vault that another device of the account opens with the same keys', async () => {
    const { laptop, desktop } = await twoDevices();
    const made = await laptop.vaultApi.create('Notizen ü', callContext());
    const [found] = await desktop.vaultApi.list(callContext());
    expect(found).toEqual(made);
    expect(found).toMatchObject({ name: 'Notizen ü', role: 'owner', members: 1, head: { seq: 1 } });
    expect(await desktop.vaultApi.get(made.vault, callContext())).toEqual(made);
  });

  it('refuses a name that this account uses already, in any Unicode form', async () => {
    const { laptop } = await twoDevices();
    await laptop.vaultApi.create('é', callContext());
    await expect(laptop.vaultApi.create('e\u0301', callContext())).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('opens a known vault without the server', async () => {
    const server = await realServer();
    const laptop = await accountDevice();
    await laptop.account.register(signIn(server.url), callContext());
    const made = await laptop.vaultApi.create('notes', callContext());
    await server.stop();
    const again = await laptop.restart();
    expect(await again.vaultApi.cached(made.vault)).toEqual(made);
  });

  it('hazard 68: knows nothing of a vault that was deleted', async () => {
    const { laptop } = await twoDevices();
    const { vault } = await laptop.vaultApi.create('notes', callContext());
    await laptop.vaultApi.delete(vault, callContext());
    expect(await laptop.vaultApi.list(callContext())).toEqual([]);
    expect(await laptop.vaultApi.cached(vault)).toBeNull();
    await expect(laptop.vaultApi.get(vault, callContext())).rejects.toMatchObject({ code: 'not_found' });
  });

  it('does not show the name of a vault to the server', async () => {
    const { url } = await realServer();
    const laptop = await accountDevice();
    await laptop.account.register(signIn(url), callContext());
    const { vault } = await laptop.vaultApi.create('canary-name', callContext());
    const reply = await laptop.account.client.send({ method: 'GET', path: `/vaults/${vault}`, signal: callContext().signal });
    const text = reply.body.toString();
    const { nameSealed } = JSON.parse(text);
    expect(text + Buffer.from(String(nameSealed), 'base64url').toString('latin1')).not.toContain('canary-name');
  });

  it('refuses a key of the server, with a fitting name, for a vault whose log names another key', async () => {
    const { laptop, desktop } = await twoDevices();
    const made = await laptop.vaultApi.create('notes', callContext());
    const account = desktop.account.require();
    const serversKey = random(32);
    const context = { vault: made.vault, epoch: 1, account: account.account, generation: 1 };
    const keyBoxes = [
      { epoch: 1, generation: 1, box: toBase64Url(boxVaultKey(random, account.chain.userKey.boxPublicKey, context, serversKey)) },
    ];
    const nameSealed = toBase64Url(sealVaultName(random, deriveVaultKeys(made.vault, 1, serversKey), 'notes'));
    const evil = createVaultApi({
      account: desktop.account,
      client: {
        async send(call) {
          const reply = await desktop.account.client.send(call);
          if (!call.path.startsWith('/vaults')) return reply;
          const swap = (vault: object): object => ({ ...vault, keyBoxes, nameSealed });
          const body = JSON.parse(reply.body.toString());
          const changed = Array.isArray(body.vaults) ? { vaults: body.vaults.map(swap) } : swap(body);
          return { ...reply, body: Buffer.from(JSON.stringify(changed)) };
        },
      },
      cache: createVaultCache(tempFolder()),
      random,
      clock: { now: Date.now },
      logger: recordingLogger(),
    });
    await expect(evil.get(made.vault, callContext())).rejects.toMatchObject({ code: 'key_mismatch' });
    expect(await evil.list(callContext())).toEqual([]);
    expect(await evil.cached(made.vault)).toBeNull();
  });
});

describe('verifyAuthor', () => {
  it('learns of a device that joined after the own sign-in', async () => {
    const { laptop, desktop } = await twoDevices();
    const known = laptop.account.require();
    const joined = desktop.account.require();
    expect(joined.chain.seq).toBeGreaterThan(known.chain.seq);
    const state = await laptop.verifyAuthor(known.account, joined.chain.seq, callContext());
    expect(state.credentials.has(joined.device.id)).toBe(true);
    expect(laptop.account.require().chain.seq).toBe(joined.chain.seq);
    expect((await laptop.restart()).account.require().chain.seq).toBe(joined.chain.seq);
  });

  it('answers without the server when it knows enough', async () => {
    const server = await realServer();
    const laptop = await accountDevice();
    await laptop.account.register(signIn(server.url), callContext());
    await server.stop();
    const { account, chain } = laptop.account.require();
    expect(await laptop.verifyAuthor(account, chain.seq, callContext())).toBe(chain);
  });

  it('does not accept that links are held back', async () => {
    const { laptop } = await twoDevices();
    const { account } = laptop.account.require();
    await expect(laptop.verifyAuthor(account, 99, callContext())).rejects.toMatchObject({ code: 'broken_chain' });
  });
});
