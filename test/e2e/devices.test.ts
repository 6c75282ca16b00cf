/** The devices of an account with the real command line, daemons and server: listed, renamed, revoked. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { until } from '../../scripts/harness/processes.mjs';
import { openTwoDevices, settle, type Device, type TwoDevices } from '../support/two-devices.js';

describe('devices', () => {
  let world: TwoDevices;
  let a: Device;
  let b: Device;
  let third: Installation;
  beforeAll(async () => {
    world = await openTwoDevices();
    ({ a, b } = world);
    third = createInstallation({ name: 'tablet', home: path.join(world.base, 'home-c'), password: world.password });
  });
  afterAll(async () => {
    await third.dispose();
    await world.close();
  });

  const signIn = (installation: Installation, name: string) =>
    installation.must(['login', '--server', world.server.url, '--user', world.user, '--device', name]);
  const newVault = async (name: string): Promise<void> => {
    const root = path.join(world.base, name);
    mkdirSync(root);
    writeFileSync(path.join(root, 'new.md'), `in ${name}\n`);
    await a.installation.must(['init', root, '--name', name]);
  };

  it('are listed, this one first', async () => {
    const { devices } = await a.installation.json(['device', 'list']);
    expect(devices).toMatchObject([
      { name: 'laptop', current: true },
      { name: 'desktop', current: false },
    ]);
    expect(await a.installation.must(['device', 'list'])).toMatch(
      /^NAME +ID +ENROLLED +LAST SEEN\nlaptop +[0-9a-f]{12} .* this device\ndesktop /,
    );
  });

  it('get another name, from themselves and from each other', async () => {
    expect(await a.installation.must(['device', 'rename', 'laptop', 'notebook'])).toBe('laptop is called notebook now.\n');
    expect((await a.installation.json(['whoami'])).device.name).toBe('notebook');
    expect((await b.installation.json(['device', 'rename', 'notebook', 'slate'])).before).toBe('notebook');
    expect(await b.installation.must(['device', 'list'])).toContain('slate');
    await a.installation.must(['device', 'rename', 'slate', 'laptop']);
    writeFileSync(path.join(a.root, 'note.md'), 'one\n');
    await settle(world);
    expect((await b.installation.json(['log', b.root])).entries[0].device.name).toBe('laptop');
  });

  it('are asked for, not guessed', async () => {
    const run = async (...args: string[]) => {
      const { code, stderr } = await a.installation.fsync(['device', ...args]);
      return { code, says: stderr.split('\n')[0] };
    };
    expect(await run('revoke', 'phone', '--yes')).toEqual({ code: 4, says: 'fsync: no device is called "phone"' });
    expect(await run('revoke', 'desktop')).toMatchObject({ code: 2, says: expect.stringContaining('no terminal to ask on') });
    expect(await run('revoke', 'laptop', '--yes')).toEqual({ code: 2, says: 'fsync: this is the device you are working on' });
    expect((await run('rename', 'laptop', 'x'.repeat(64))).code).toBe(2);
    expect((await a.installation.json(['device', 'list'])).devices).toHaveLength(2);
  });

  it('that are revoked get nothing any more; the others go on, and so do new ones', async () => {
    await signIn(third, 'tablet');
    const revoked = await a.installation.json(['device', 'revoke', 'desktop', '--yes']);
    expect(revoked).toMatchObject({ name: 'desktop', revoked: true });
    expect(await a.installation.must(['device', 'list'])).not.toContain('desktop');

    writeFileSync(path.join(a.root, 'secret.md'), 'not for the desktop\n');
    await a.installation.must(['push', a.root]);
    const refused = await b.installation.fsync(['sync', b.root, '--timeout', '30']);
    expect(refused.code).toBe(6);
    expect(await b.installation.must(['whoami'])).toContain('Session:  ended by the server. Sign in again: fsync login');
    const status = await b.installation.json(['status', b.root]);
    expect(status).toMatchObject({ state: 'error', hint: expect.stringContaining('Sign in again: fsync login') as string });
    expect((await b.installation.must(['status', b.root])).trimEnd().split('\n').at(-1)).toContain('Sign in again: fsync login');
    expect(() => readFileSync(path.join(b.root, 'secret.md'))).toThrow('ENOENT');

    await newVault('after');
    const clone = path.join(world.base, 'clone-of-after');
    await third.must(['clone', 'after', clone]);
    expect(readFileSync(path.join(clone, 'new.md'), 'utf8')).toBe('in after\n');
    const old = path.join(world.base, 'clone-of-notes');
    await third.must(['clone', world.vault, old]);
    expect(readFileSync(path.join(old, 'secret.md'), 'utf8')).toBe('not for the desktop\n');
  });

  it('come back with the password, as a device of their own', async () => {
    await b.installation.fsync(['logout']);
    await signIn(b.installation, 'desktop');
    await until(
      'the folder goes on',
      async () => (await b.installation.fsync(['sync', b.root, '--timeout', '20'], { timeoutMs: 60_000 })).code === 0,
      { timeoutMs: 60_000 },
    );
    expect(readFileSync(path.join(b.root, 'secret.md'), 'utf8')).toBe('not for the desktop\n');
  });
});
