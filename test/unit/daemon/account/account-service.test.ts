import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seedOfPhrase } from '../../../../src/core/account/recovery-phrase.js';
import { accountReply, deviceList } from '../../../../src/core/protocol/http.js';
import { readReply } from '../../../../src/daemon/remote/http-client.js';
import { accountDevice, callContext, realServer, signIn, type AccountDevice } from '../../../support/account-device.js';
import { tempFolder } from '../../../support/temp-folder.js';

const signal = new AbortController().signal;

async function devicesOf({ account }: AccountDevice) {
  return readReply(deviceList, await account.client.send({ method: 'GET', path: '/devices', signal })).devices;
}

describe('register', () => {
  it('founds an account with device, password and paper, and shows the phrase once', async () => {
    const { url } = await realServer();
    const device = await accountDevice();
    const document = await device.account.register(signIn(url), callContext());
    expect(document).toMatchObject({
      schema: 'fsync/register/1',
      user: 'ada',
      server: url,
      device: { name: 'laptop' },
      keyStore: 'insecure-file',
    });
    expect(seedOfPhrase(document.recoveryPhrase)).toHaveLength(32);
    const { chain } = device.account.require();
    expect([...chain.credentials.values()].map(({ kind }) => kind).sort()).toEqual(['device', 'paper', 'password']);
    expect([...chain.userKey.boxHashes.keys()].sort()).toEqual([...chain.credentials.keys()].sort());
    expect(device.account.whoami()).toEqual({ ...withoutPhrase(document), schema: 'fsync/whoami/1', sessionEnded: false });
  });

  it('refuses a short password before anything is sent, and warns of a weak one', async () => {
    const { url } = await realServer();
    const device = await accountDevice();
    await expect(device.account.register(signIn(url, { password: 'seven77' }), callContext())).rejects.toMatchObject({
      code: 'invalid_input',
    });
    const context = callContext();
    await device.account.register(signIn(url, { password: 'password1' }), context);
    expect(context.events).toEqual([{ kind: 'warning', text: expect.stringContaining('five random words') }]);
    expect(JSON.stringify([context.events, device.logger.lines])).not.toContain('password1');
  });

  it('refuses a user name that is taken, and leaves the home as it was', async () => {
    const { url } = await realServer();
    const [first, second] = [await accountDevice(), await accountDevice()];
    await first.account.register(signIn(url), callContext());
    await expect(second.account.register(signIn(url), callContext())).rejects.toMatchObject({ code: 'already_exists' });
    expect(second.account.current()).toBeNull();
    expect(second.home.account()).toBeNull();
  });

  it('refuses a second account in one home', async () => {
    const { url } = await realServer();
    const device = await accountDevice();
    await device.account.register(signIn(url), callContext());
    await expect(device.account.register(signIn(url, { user: 'bob' }), callContext())).rejects.toMatchObject({ code: 'already_exists' });
    await expect(device.account.login(signIn(url, { user: 'bob' }), callContext())).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('sends neither the password nor any key to the server', async () => {
    const { url, database } = await realServer();
    const device = await accountDevice();
    const { recoveryPhrase } = await device.account.register(signIn(url), callContext());
    const [userKey] = device.account.require().userKeys.values();
    const secrets = [utf8('correct horse battery staple'), seedOfPhrase(recoveryPhrase), userKey?.secret ?? new Uint8Array()];
    const tables: { name: string }[] = await database('sqlite_master').select('name').where({ type: 'table' });
    const dump: Buffer[] = [];
    for (const { name } of tables) for (const row of await database(name).select('*')) dump.push(...Object.values(row).map(bytesOf));
    const stored = Buffer.concat(dump);
    expect(stored.length).toBeGreaterThan(1_000);
    for (const secret of secrets) {
      for (const form of ['latin1', 'hex', 'base64', 'base64url'] as const) {
        const text = Buffer.from(secret).toString(form);
        expect(stored.includes(Buffer.from(text, form === 'latin1' ? 'latin1' : 'ascii'))).toBe(false);
      }
    }
  });
});

describe('login', () => {
  it('enrols a new device with the password alone', async () => {
    const { url } = await realServer();
    const [laptop, desktop] = [await accountDevice(), await accountDevice()];
    await laptop.account.register(signIn(url), callContext());
    const document = await desktop.account.login(signIn(url, { device: 'desktop' }), callContext());
    const [a, b] = [laptop.account.require(), desktop.account.require()];
    expect(document).toMatchObject({ schema: 'fsync/whoami/1', account: a.account, device: { id: b.device.id, name: 'desktop' } });
    expect(b.device.id).not.toBe(a.device.id);
    expect(b.chain.seq).toBe(a.chain.seq + 1);
    expect(b.userKeys).toEqual(a.userKeys);
    expect((await devicesOf(desktop)).map(({ id }) => id).sort()).toEqual([a.device.id, b.device.id].sort());
  });

  it('says the same for a wrong password and for an unknown user', async () => {
    const { url } = await realServer();
    const [laptop, desktop] = [await accountDevice(), await accountDevice()];
    await laptop.account.register(signIn(url), callContext());
    const wrong = await desktop.account
      .login(signIn(url, { password: 'another password' }), callContext())
      .catch((error: unknown) => error);
    const unknown = await desktop.account.login(signIn(url, { user: 'nobody' }), callContext()).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: 'wrong_password' });
    expect(unknown).toMatchObject({ code: 'wrong_password', message: wrong instanceof Error ? wrong.message : '' });
    expect(desktop.home.account()).toBeNull();
  });

  it('takes the same password in another Unicode form', async () => {
    const { url } = await realServer();
    const [laptop, desktop] = [await accountDevice(), await accountDevice()];
    await laptop.account.register(signIn(url, { password: 'crème brûlée ist süß'.normalize('NFC') }), callContext());
    await expect(
      desktop.account.login(signIn(url, { password: 'crème brûlée ist süß'.normalize('NFD') }), callContext()),
    ).resolves.toBeDefined();
  });

  it('keeps the device when it signs in again', async () => {
    const { url } = await realServer();
    const device = await accountDevice();
    await device.account.register(signIn(url), callContext());
    const before = device.account.require();
    await device.account.login(signIn(url), callContext());
    expect(device.account.require().device).toEqual(before.device);
    expect(await devicesOf(device)).toHaveLength(1);
  });
});

describe('the next process', () => {
  it('has the keys without the network', async () => {
    const server = await realServer();
    const device = await accountDevice();
    await device.account.register(signIn(server.url), callContext());
    await server.stop();
    const again = await device.restart();
    expect(withoutFunctions(again.account.require())).toEqual(withoutFunctions(device.account.require()));
    await expect(again.account.client.send({ method: 'GET', path: '/account', signal })).rejects.toMatchObject({
      code: 'server_unreachable',
    });
  });

  it('goes on in the same session', async () => {
    const { url } = await realServer();
    const device = await accountDevice();
    await device.account.register(signIn(url), callContext());
    const again = await device.restart();
    const reply = readReply(accountReply, await again.account.client.send({ method: 'GET', path: '/account', signal }));
    expect(reply).toMatchObject({ accountId: again.account.require().account, user: 'ada' });
  });

  it('is told of a chain on disk that was cut back', async () => {
    const { url } = await realServer();
    const device = await accountDevice();
    await device.account.register(signIn(url), callContext());
    const file = join(device.home.cacheDir, 'chains', `${device.account.require().account}.json`);
    const document: { links: string[] } = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...document, links: document.links.slice(0, -1) }));
    const again = await device.restart();
    expect(() => again.account.require()).toThrow(expect.objectContaining({ code: 'rollback' }));
    expect(again.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});

describe('the session', () => {
  it('is renewed with the device key when the server refuses the token', async () => {
    const { url } = await realServer();
    const device = await accountDevice();
    await device.account.register(signIn(url), callContext());
    for (let round = 0; round < 3; round += 1) {
      const target = device.account.socketTarget();
      target?.reject(await target.accessToken(signal));
      expect(await devicesOf(device)).toHaveLength(1);
    }
    const again = await device.restart();
    const target = again.account.socketTarget();
    target?.reject(await target.accessToken(signal));
    expect(await devicesOf(again)).toHaveLength(1);
  });

  it('ends when a copy of the home renews it too', async () => {
    const { url } = await realServer();
    const folder = tempFolder();
    const device = await accountDevice(undefined, folder);
    await device.account.register(signIn(url), callContext());
    const copied = join(tempFolder(), 'copy');
    cpSync(folder, copied, { recursive: true });
    const copy = await accountDevice(undefined, copied);
    const renew = async ({ account }: AccountDevice): Promise<void> => {
      const target = account.socketTarget();
      target?.reject(await target.accessToken(signal));
      await target?.accessToken(signal);
    };
    for (let round = 0; round < 2; round += 1) await renew(device);
    await expect(renew(copy)).rejects.toMatchObject({ code: 'session_expired' });
    await expect(renew(device)).rejects.toMatchObject({ code: 'session_expired', hints: [expect.stringContaining('fsync login')] });
    await device.account.login(signIn(url), callContext());
    expect(await devicesOf(device)).toHaveLength(1);
  });
});

describe('logout', () => {
  it('forgets keys and session and ends the session at the server', async () => {
    const { url } = await realServer();
    const device = await accountDevice();
    await device.account.register(signIn(url), callContext());
    const target = device.account.socketTarget();
    const token = await target?.accessToken(signal);
    await device.account.logout(callContext());
    expect(() => device.account.whoami()).toThrow(expect.objectContaining({ code: 'not_signed_in' }));
    const left = readdirSync(device.home.paths.stateDir, { recursive: true }).map(String);
    expect(left).not.toContain('account.json');
    const again = await device.restart();
    expect(again.account.current()).toBeNull();
    const reply = await fetch(`${url}/account`, { headers: { authorization: `Bearer ${String(token)}` } });
    expect(reply.status).toBe(401);
  });

  it('works without the server', async () => {
    const server = await realServer();
    const device = await accountDevice();
    await device.account.register(signIn(server.url), callContext());
    await server.stop();
    await device.account.logout(callContext());
    expect(device.home.account()).toBeNull();
  });

  it('refuses when nobody is signed in', async () => {
    await expect((await accountDevice()).account.logout(callContext())).rejects.toMatchObject({ code: 'not_signed_in' });
  });
});

describe('the home', () => {
  it('holds no secret outside keys/, and nothing that others may read', async () => {
    const { url } = await realServer();
    const folder = tempFolder();
    const device = await accountDevice(undefined, folder);
    await device.account.register(signIn(url), callContext());
    await device.vaultApi.create('notes', callContext());
    const keys = device.account.require();
    const secrets = [...keys.userKeys.values()].map(({ secret }) => Buffer.from(secret).toString('base64url'));
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      expect(statSync(path).mode & 0o077).toBe(0);
      if (entry.isFile()) for (const secret of secrets) expect(readFileSync(path, 'latin1')).not.toContain(secret);
    }
  });
});

function withoutPhrase<T extends { recoveryPhrase: string }>({ recoveryPhrase: _, ...rest }: T): Omit<T, 'recoveryPhrase'> {
  return rest;
}

function withoutFunctions(keys: object): unknown {
  return JSON.parse(JSON.stringify(keys, (_, value: unknown) => (value instanceof Map ? [...value] : value)));
}

function bytesOf(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(String(value));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
