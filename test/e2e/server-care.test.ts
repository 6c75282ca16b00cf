/** The care of a server with the real command line beside real servers and devices: nothing is lost, also when it is killed. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer, type ServerProcess } from '../../scripts/harness/server-process.mjs';
import { until } from '../../scripts/harness/processes.mjs';
import { blobsOnDisk } from '../support/collector-world.js';
import { careOf, type CareOfServer } from '../support/server-care.js';
import { createSchema } from '../support/server-harness.js';
import { arrives, differences, openTwoDevices, settle, treeOf, type Device, type TwoDevices } from '../support/two-devices.js';

const GUARDED = 10;
const DAY = 86_400_000;
const AT_ONCE = ['--gc-grace-days', '0', '--delete-delay-hours', '0'];

/** Makes every commit so far older, as if the server had run for that long. */
function age(dataDir: string, days: number): void {
  const database = new Database(path.join(dataDir, 'server.db'), { timeout: 10_000 });
  database.prepare('UPDATE commits SET created_at = created_at - ?').run(days * DAY);
  database.close();
}

describe.each(['sqlite', 'postgres'])('the care of a server on %s', (engine) => {
  let world: TwoDevices;
  let care: CareOfServer;
  let schema: Awaited<ReturnType<typeof createSchema>> | null;
  const later: ServerProcess[] = [];
  beforeEach(async () => {
    schema = engine === 'postgres' ? await createSchema() : null;
    const serverEnv: NodeJS.ProcessEnv = schema === null ? {} : { FSYNC_DATABASE_URL: schema.url };
    world = await openTwoDevices({ serverEnv });
    care = careOf({ dataDir: world.server.dataDir, home: path.join(world.base, 'operator') }, serverEnv);
  });
  afterEach(async () => {
    for (const server of later.splice(0)) await server.stop();
    await world.close();
    await schema?.drop();
  });

  const inA = (...parts: readonly string[]): string => path.join(world.a.root, ...parts);
  const inB = (...parts: readonly string[]): string => path.join(world.b.root, ...parts);
  const sync = async (device: Device): Promise<number> => (await device.installation.fsync(['sync', device.root, '--timeout', '60'])).code;

  it('finds all well beside devices at work, and says when it is not', async () => {
    for (let round = 0; round < 3; round += 1) {
      writeFileSync(inA('large'), randomBytes(700_000));
      writeFileSync(inB(`note ${String(round)}`), `round ${String(round)}\n`);
      const [collected, checked] = await Promise.all([
        care.json('fsync/server-gc/1', ['gc', ...AT_ONCE]),
        care.json('fsync/server-check/1', ['check', '--read-data']),
      ]);
      expect([collected['damagedPacks'], checked['ok']]).toEqual([0, true]);
      await settle(world);
    }
    expect(differences(world)).toEqual([]);
    const { code, stdout } = await care.run('check');
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'All is right: 1 vault.']);

    const [key = ''] = blobsOnDisk(world.server.dataDir);
    rmSync(path.join(world.server.dataDir, 'blobs', key.slice(0, 2), key));
    const damaged = await care.json('fsync/server-check/1', ['check'], 9);
    expect(JSON.stringify(damaged['vaults'])).toContain(`(${key}): missing`);
    expect(await care.run('check')).toMatchObject({ code: 9 });
  });

  it('shows accounts, and switches them off and limits them while their devices are at work', async () => {
    const { installation, root } = world.a;
    const list = await care.json('fsync/server-user/1', ['user', 'list']);
    expect(list).toMatchObject({ action: 'list', users: [{ user: 'ada', devices: 2, vaults: 1, quotaBytes: null, disabledAt: null }] });

    await care.json('fsync/server-user/1', ['user', 'disable', 'ada']);
    await until('the device says why', async () => {
      const { state, reason } = await installation.json(['status', root]);
      return state === 'error' && reason === 'the account is switched off on this server';
    });
    writeFileSync(inA('while off'), 'kept\n');
    expect(await sync(world.a)).toBe(6);
    await care.json('fsync/server-user/1', ['user', 'enable', 'ada']);
    await arrives(world.b, 'while off', 'kept\n', 120_000);

    await care.json('fsync/server-user/1', ['user', 'quota', 'ada', '1MiB']);
    writeFileSync(inA('too large'), randomBytes(3_000_000));
    expect(await sync(world.a)).toBe(11);
    const full = await installation.json(['status', root]);
    expect([full.state, full.reason]).toEqual(['error', 'the account that owns the vault has no room left']);
    await care.json('fsync/server-user/1', ['user', 'quota', 'ada', 'none']);
    await settle(world);
    expect(differences(world)).toEqual([]);

    expect((await care.run('user', 'delete', 'ada', '--yes', 'ida')).code).toBe(2);
    expect((await care.run('user', 'quota', 'ada', 'much')).code).toBe(2);
    expect((await care.run('user', 'disable', 'nobody')).code).toBe(4);
    await care.json('fsync/server-user/1', ['user', 'delete', 'ada', '--yes', 'ada']);
    expect(await care.json('fsync/server-user/1', ['user', 'list'])).toMatchObject({ users: [] });
    await until('the device is let in no more', async () => (await sync(world.a)) === 6, { timeoutMs: 60_000 });
    // Whether this run purges the vault or the server's own first round did: not before this one do the blobs go.
    expect(blobsOnDisk(world.server.dataDir)).not.toEqual([]);
    expect(await care.json('fsync/server-gc/1', ['gc', ...AT_ONCE])).toMatchObject({ waitingBlobs: 0 });
    expect(blobsOnDisk(world.server.dataDir)).toEqual([]);
    expect(readFileSync(inA('while off'), 'utf8')).toBe('kept\n');
  });

  it('hazard 70: loses nothing when the server comes back from an older backup', async () => {
    writeFileSync(inA('old'), 'in the backup\n');
    writeFileSync(inA('edited'), 'first\n');
    writeFileSync(inA('large'), randomBytes(2_000_000));
    writeFileSync(inA('deleted'), 'deleted after the backup\n');
    await settle(world);
    const backup = path.join(world.base, 'backup');
    const made = await care.json('fsync/server-backup/1', ['backup', backup]);
    expect(made).toMatchObject({ secrets: true, presentPacks: 0, damaged: [] });
    expect(statSync(backup).mode & 0o777).toBe(0o700);

    writeFileSync(inA('edited'), 'second\n');
    mkdirSync(inA('new'));
    writeFileSync(inA('new', 'from A'), randomBytes(1_500_000));
    writeFileSync(inB('new from B'), 'after the backup\n');
    rmSync(inB('deleted'));
    await settle(world);
    const before = treeOf(world.a);

    const { port, logFile } = world.server;
    await world.server.stop();
    const dataDir = path.join(world.base, 'restored');
    const fresh = schema === null ? null : await createSchema();
    const env: NodeJS.ProcessEnv = fresh === null ? {} : { FSYNC_DATABASE_URL: fresh.url };
    const restored = careOf({ dataDir, home: path.join(world.base, 'operator') }, env);
    try {
      expect(await restored.json('fsync/server-restore/1', ['restore', backup])).toMatchObject({ dataDir, createdAt: made['createdAt'] });
      expect(await restored.json('fsync/server-check/1', ['check', '--read-data'])).toMatchObject({ ok: true });
      expect((await restored.run('restore', backup)).code).toBe(1);
      const server = await startServer({ dataDir, port, logFile, env });
      later.push(server);

      for (const device of [world.a, world.b]) {
        expect(await sync(device)).toBe(GUARDED);
        expect((await device.installation.json(['status', device.root])).state).toBe('guarded');
      }
      expect(treeOf(world.a)).toEqual(before);
      for (const device of [world.a, world.b]) await device.installation.must(['guard', 'approve', device.root]);
      await settle(world);
      expect(differences(world)).toEqual([]);
      for (const [name, entry] of before) expect([name, treeOf(world.a).get(name)?.text]).toEqual([name, entry.text]);
      expect(await restored.json('fsync/server-check/1', ['check', '--read-data'])).toMatchObject({ ok: true });
      writeFileSync(inA('afterwards'), 'goes on\n');
      await arrives(world.b, 'afterwards', 'goes on\n');
      for (const open of later.splice(0)) await open.stop();
    } finally {
      for (const open of later.splice(0)) await open.stop();
      await fresh?.drop();
    }
  });

  it('is well again after a kill of a backup, a restore or a collection in the middle', async () => {
    for (let file = 0; file < 6; file += 1) writeFileSync(inA(`large ${String(file)}`), randomBytes(6_000_000));
    writeFileSync(inA('kept'), randomBytes(1_000_000));
    await settle(world);
    const backup = path.join(world.base, 'backup');
    const blobs = (folder: string): number => (existsSync(path.join(folder, 'blobs')) ? blobsOnDisk(folder).length : 0);

    expect(await care.killAt(['backup', backup], () => blobs(backup) >= 2)).toBe(true);
    expect(existsSync(path.join(backup, 'manifest.json'))).toBe(false);
    expect((await care.run('restore', backup, '--data-dir', path.join(world.base, 'none'))).code).toBe(4);
    expect(await care.json('fsync/server-backup/1', ['backup', backup])).toMatchObject({ damaged: [] });

    const dataDir = path.join(world.base, 'restored');
    const fresh = schema === null ? null : await createSchema();
    const into = careOf({ dataDir, home: path.join(world.base, 'operator') }, fresh === null ? {} : { FSYNC_DATABASE_URL: fresh.url });
    try {
      expect(await into.killAt(['restore', backup], () => blobs(dataDir) >= 2)).toBe(true);
      expect((await into.run('start', '--port', '0')).code).toBe(1);
      expect((await into.run('check')).code).toBe(1);
      await into.json('fsync/server-restore/1', ['restore', backup]);
      expect(await into.json('fsync/server-check/1', ['check', '--read-data'])).toMatchObject({ ok: true });
    } finally {
      await fresh?.drop();
    }

    if (engine !== 'sqlite') return;
    for (let file = 0; file < 6; file += 1) rmSync(inA(`large ${String(file)}`));
    await settle(world);
    age(world.server.dataDir, 100);
    const collection = ['gc', ...AT_ONCE, '--retention-days', '30'];
    const full = blobs(world.server.dataDir);
    const database = new Database(path.join(world.server.dataDir, 'server.db'), { readonly: true });
    const count = (table: string): number => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).pluck().get());
    const chunks = count('chunks');
    expect(await care.json('fsync/server-gc/1', [...collection, '--dry-run'])).toMatchObject({ dryRun: true, revisions: 6 });
    const killed: boolean[] = [];
    for (const isTime of [
      () => count('revisions') < count('nodes') + 6,
      () => count('chunks') < chunks,
      () => count('dead_blobs') > 0,
      () => blobs(world.server.dataDir) < full,
    ]) {
      killed.push(await care.killAt(collection, isTime));
      expect(await care.json('fsync/server-check/1', ['check', '--read-data'])).toMatchObject({ ok: true });
    }
    expect(killed).toContain(true);
    await care.json('fsync/server-gc/1', collection);
    expect(blobs(world.server.dataDir)).toBe(count('packs'));
    expect(count('dead_blobs')).toBe(0);
    database.close();
    expect(blobs(world.server.dataDir)).toBeLessThan(full);

    const gone = await world.a.installation.fsync(['restore', 'large 0', '--to', 'back'], { cwd: world.a.root });
    expect(gone.code).toBe(4);
    expect(readdirSync(world.a.root)).not.toContain('back');
    await world.b.installation.must(['detach', world.b.root]);
    const again = path.join(world.base, 'again');
    await world.b.installation.must(['clone', world.vault, again]);
    await world.b.installation.sync(again);
    expect(readFileSync(path.join(again, 'kept')).equals(readFileSync(inA('kept')))).toBe(true);
  });
});
