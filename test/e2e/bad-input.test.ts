/** What people and machines get wrong: one clear line, the exit status of the contract, and nothing lost. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { freePort, until, type RunResult } from '../../scripts/harness/processes.mjs';
import { contentBytes } from '../scenario/generated-content.js';
import { arrives, differences, openTwoDevices, settle, type TwoDevices } from '../support/two-devices.js';

const isRoot = process.getuid?.() === 0;

/** Warnings, then `fsync: what went wrong`, then what to do; no stack trace, nothing on stdout. */
function expectFailure(result: RunResult, code: number): void {
  expect({ code: result.code, stderr: result.stderr }).toEqual({
    code,
    stderr: expect.stringMatching(/^(warning: .*\n)*fsync: \S.*\n/) as string,
  });
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(result.stdout).toBe('');
}

describe('bad input', () => {
  let world: TwoDevices;
  let stranger: Installation;
  beforeAll(async () => {
    world = await openTwoDevices();
    stranger = createInstallation({ name: 'stranger', home: path.join(world.base, 'home-stranger'), password: 'not the password' });
  });
  afterAll(async () => {
    await stranger.dispose();
    await world.close();
  });

  it('refuses a wrong password with 6', async () => {
    expectFailure(await stranger.fsync(['login', '--server', world.server.url, '--user', world.user, '--device', 'x']), 6);
  });

  it('answers an unknown user like a wrong password', async () => {
    const known = await stranger.fsync(['login', '--server', world.server.url, '--user', world.user, '--device', 'x']);
    const unknown = await stranger.fsync(['login', '--server', world.server.url, '--user', 'nobody-of-that-name', '--device', 'x']);
    expectFailure(unknown, 6);
    expect(unknown.stderr.replace('nobody-of-that-name', world.user)).toBe(known.stderr);
  });

  it('asks for a sign-in with 6 where one is needed', async () => {
    expectFailure(await stranger.fsync(['vaults']), 6);
  });

  it('names a server that is not there with 7', async () => {
    const port = await freePort();
    expectFailure(await stranger.fsync(['login', '--server', `http://127.0.0.1:${port}`, '--user', 'ada', '--device', 'x']), 7);
  });

  it('refuses plain http to another machine with 2 or 7', async () => {
    const result = await stranger.fsync(['login', '--server', 'http://192.0.2.1:8000', '--user', 'ada', '--device', 'x']);
    expect([2, 7]).toContain(result.code);
    expect(result.stderr).toMatch(/https/);
  });

  it('refuses a folder that is no vault with 4', async () => {
    const folder = path.join(world.base, 'plain');
    mkdirSync(folder);
    for (const command of ['status', 'sync', 'detach']) expectFailure(await world.a.installation.fsync([command, folder]), 4);
  });

  it('refuses a vault inside a vault or where no folder can be, and leaves none on the server', async () => {
    const { installation, root } = world.a;
    const inside = path.join(root, 'inside');
    mkdirSync(inside);
    for (const folder of [inside, '/proc/nowhere']) expectFailure(await installation.fsync(['init', folder, '--name', 'matryoshka']), 1);
    expect((await installation.json(['vaults'])).vaults).toMatchObject([{ name: world.vault }]);
    rmSync(inside, { recursive: true });
  });

  it('refuses a vault that does not exist with 4', async () => {
    expectFailure(await world.a.installation.fsync(['clone', 'no-such-vault', path.join(world.base, 'clone')]), 4);
  });

  it('refuses unknown commands, options and values with 2', async () => {
    for (const args of [['frobnicate'], ['status', '--frobnicate'], ['sync', world.a.root, '--timeout', 'soon']]) {
      const { code, stderr } = await world.a.installation.fsync(args);
      expect({ args, code, stderr: stderr.split('\n')[0] }).toEqual({
        args,
        code: 2,
        stderr: expect.stringMatching(/^fsync: |^error: /) as string,
      });
    }
  });

  it('never prompts without a terminal: 2, and the name of the variable that would have answered', async () => {
    const home = path.join(world.base, 'home-silent');
    const silent = createInstallation({ name: 'silent', home, password: '' });
    const result = await silent.fsync(['login', '--server', world.server.url, '--user', 'ada', '--device', 'x']);
    await silent.dispose();
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/FSYNC_PASSWORD|--password-stdin/);
  });

  it('times out with 8 while the server is gone, keeps the edit, and sends it when the server is back', async () => {
    await world.server.stop();
    writeFileSync(path.join(world.a.root, 'while-gone.txt'), 'kept');
    const { code } = await world.a.installation.fsync(['sync', world.a.root, '--timeout', '3']);
    expect([7, 8]).toContain(code);
    await world.server.start();
    await arrives(world.b, 'while-gone.txt', 'kept');
  });

  it('hazard 46: detects content that was changed on its way, and gets it right once the line is clean', async () => {
    world.b.proxy.setMode('corrupt-bulk');
    writeFileSync(path.join(world.a.root, 'big.bin'), contentBytes({ gen: 'corrupt', bytes: 4 * 2 ** 20 }));
    await world.a.installation.sync(world.a.root);
    const { code } = await world.b.installation.fsync(['sync', world.b.root, '--timeout', '5']);
    expect([1, 7, 8, 9]).toContain(code);
    expect(differences(world)).toEqual(['big.bin is on A only']);
    world.b.proxy.setMode('pass');
    await settle(world);
    expect(differences(world)).toEqual([]);
  });

  it('hazard 50: refuses a second daemon for the same home', async () => {
    const result = await world.a.installation.fsync(['daemon', 'run'], { timeoutMs: 20_000 });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/^fsync: /);
  });
});

describe('a file that the daemon may not read', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    world = await openTwoDevices(isRoot ? { owner: { uid: 65_534, gid: 65_534 } } : {});
  });
  afterAll(() => world.close());

  it('hazard 17: is listed with the reason, deletes nothing, and holds up nothing else', async () => {
    const file = path.join(world.a.root, 'secret.txt');
    writeFileSync(file, 'secret');
    if (isRoot) chownSync(file, 65_534, 65_534);
    await arrives(world.b, 'secret.txt', 'secret');
    writeFileSync(file, 'secret, edited');
    chmodSync(file, 0);
    writeFileSync(path.join(world.a.root, 'beside.txt'), 'beside');
    await arrives(world.b, 'beside.txt', 'beside');
    await arrives(world.b, 'secret.txt', 'secret');
    const status = await world.a.installation.json(['status', world.a.root], { ok: [0, 11] });
    expect(unsyncableIn(status)).toContainEqual(expect.objectContaining({ path: 'secret.txt' }));
    chmodSync(file, 0o644);
    await arrives(world.b, 'secret.txt', 'secret, edited');
    await settle(world);
    expect(differences(world)).toEqual([]);
  });
});

describe('tokens that are not good any more', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    world = await openTwoDevices();
  });
  afterAll(() => world.close());

  it('are replaced without a word when only the access token is over', async () => {
    await world.server.stop();
    replaceSigningKey(path.join(world.server.dataDir, 'secrets.json'));
    await world.server.start();
    writeFileSync(path.join(world.a.root, 'after.txt'), 'still signed in');
    await arrives(world.b, 'after.txt', 'still signed in');
  });

  it('hazard 68: ask for a sign-in with 6 when the session is over; nothing is lost and work goes on after it', async () => {
    const { installation, root } = world.a;
    await world.server.stop();
    const database = new Database(path.join(world.server.dataDir, 'server.db'));
    database.exec('DELETE FROM sessions');
    database.close();
    replaceSigningKey(path.join(world.server.dataDir, 'secrets.json'));
    await world.server.start();
    writeFileSync(path.join(root, 'signed-out.txt'), 'kept');
    expectFailure(await installation.fsync(['sync', root, '--timeout', '20']), 6);
    for (const device of [world.a, world.b])
      await device.installation.must(['login', '--server', device.proxy.url, '--user', world.user, '--device', device.installation.name]);
    await arrives(world.b, 'signed-out.txt', 'kept');
  });
});

/** What a server does when its key was retired: no access token that it gave before is good any more. */
function replaceSigningKey(file: string): void {
  const secrets = readFileSync(file, 'utf8').replace(/"jwtKeys":\s*"[^"]*"/, `"jwtKeys": "new:${randomBytes(32).toString('base64url')}"`);
  writeFileSync(file, secrets);
}

function unsyncableIn(document: unknown): unknown {
  if (typeof document !== 'object' || document === null || !('unsyncable' in document)) throw new Error('no status document');
  return document.unsyncable;
}

describe.skipIf(!isRoot || spawnSync('mount', ['--version']).status !== 0)(
  'a disk that is full (needs root, for a small file system)',
  () => {
    let world: TwoDevices;
    let mountPoint: string;
    beforeAll(async () => {
      world = await openTwoDevices();
      mountPoint = path.join(world.base, 'small-disk');
      mkdirSync(mountPoint);
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mountPoint]).status).toBe(0);
    });
    afterAll(async () => {
      await world.b.installation.fsync(['daemon', 'stop']);
      spawnSync('umount', ['-l', mountPoint]);
      await world.close();
    });

    it('says so with 11, keeps what is there, and goes on when there is room', async () => {
      const root = path.join(mountPoint, 'vault');
      mkdirSync(root);
      await world.b.installation.must(['detach', world.b.root]);
      await world.b.installation.must(['clone', world.vault, root]);
      writeFileSync(path.join(root, 'mine.txt'), 'written on the small disk');
      await arrives(world.a, 'mine.txt', 'written on the small disk');
      writeFileSync(path.join(world.a.root, 'too-big.bin'), contentBytes({ gen: 'big', bytes: 12 * 2 ** 20 }));
      await world.a.installation.sync(world.a.root);
      const full = await world.b.installation.fsync(['sync', root, '--timeout', '10']);
      expect({ code: full.code, stderr: full.stderr }).toEqual({ code: 11, stderr: expect.stringMatching(/^fsync: /) as string });
      rmSync(path.join(world.a.root, 'too-big.bin'));
      writeFileSync(path.join(world.a.root, 'small.txt'), 'fits');
      await until('the small file arrives', async () => {
        const { code } = await world.b.installation.fsync(['sync', root, '--timeout', '10']);
        return code === 0;
      });
      await arrives({ ...world.b, root }, 'small.txt', 'fits');
      await arrives({ ...world.b, root }, 'mine.txt', 'written on the small disk');
    });
  },
);
