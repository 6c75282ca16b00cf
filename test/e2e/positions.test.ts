/** Which devices have what: wait --until all-devices and why, with two real devices, also when their server lies. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../scripts/harness/processes.mjs';
import { openTwoDevices, settle, type Device, type TwoDevices } from '../support/two-devices.js';

/** The key "seq" in CBOR; its value is the byte after it. */
const SEQ_KEY = Buffer.from('63736571', 'hex');

describe('positions of devices', () => {
  let world: TwoDevices;
  let a: Device;
  let b: Device;
  beforeEach(async () => {
    world = await openTwoDevices();
    ({ a, b } = world);
    writeFileSync(at(a, 'note.md'), 'one\n');
    await settle(world);
  });
  afterEach(() => world.close());

  const at = (device: Device, name: string): string => path.join(device.root, name);
  const run = (device: Device, ...args: string[]) => device.installation.fsync(args, { cwd: device.root });
  const json = (device: Device, ...args: string[]) => device.installation.json(args, { cwd: device.root });
  const waitForAll = (seconds: number) => run(a, 'wait', '--until', 'all-devices', '--timeout', String(seconds));
  const holders = (document: { readonly devices?: unknown }): readonly (readonly [unknown, unknown])[] =>
    (document.devices as readonly Record<string, unknown>[]).map(({ name, hasIt }) => [name, hasIt]);
  async function whyShows(file: string, expected: readonly (readonly [string, boolean])[]): Promise<void> {
    let shown: unknown;
    await until(
      `why ${file} shows ${JSON.stringify(expected)}`,
      async () => {
        shown = holders(await json(a, 'why', file));
        return JSON.stringify(shown) === JSON.stringify(expected);
      },
      { timeoutMs: 30_000 },
    );
  }

  it('waits for a device that is away, names it, and is done when it came', async () => {
    expect((await waitForAll(60)).code).toBe(0);
    await b.installation.stopDaemon();
    writeFileSync(at(a, 'note.md'), 'two\n');
    const late = await waitForAll(3);
    expect(late.code).toBe(8);
    expect(late.stderr).toMatch(/fsync: not true after 3 s; still waiting until all devices have commit \d+: desktop is at \d+\n/);
    await whyShows('note.md', [
      ['laptop', true],
      ['desktop', false],
    ]);
    expect((await run(a, 'why', 'note.md')).stdout).toMatch(
      /\n {2}on: laptop; not yet on: desktop \(at commit \d+, (now|\d+ (s|min) ago)\)\n/,
    );
    const patient = json(a, 'wait', '--until', 'all-devices', '--timeout', '60');
    await b.installation.must(['sync', b.root]);
    const done = await patient;
    expect(done.schema).toBe('fsync/status/1');
    expect(holders(done)).toEqual([
      ['laptop', true],
      ['desktop', true],
    ]);
    const { stdout } = await waitForAll(60);
    expect(stdout).toMatch(/\nAll devices have it: laptop, desktop\n$/);
    expect((await run(a, 'why', 'note.md')).stdout).toContain('\n  on: laptop, desktop\n');
  });

  it('does not wait for a folder that was detached, nor for a device that was revoked', async () => {
    await b.installation.must(['detach', b.root]);
    writeFileSync(at(a, 'note.md'), 'two\n');
    expect(holders(await json(a, 'wait', '--until', 'all-devices', '--timeout', '60'))).toEqual([['laptop', true]]);
    await b.installation.must(['clone', world.vault, b.root]);
    await whyShows('note.md', [
      ['laptop', true],
      ['desktop', true],
    ]);
    await b.installation.stopDaemon();
    await a.installation.must(['device', 'revoke', 'desktop', '--yes']);
    writeFileSync(at(a, 'note.md'), 'three\n');
    expect(holders(await json(a, 'wait', '--until', 'all-devices', '--timeout', '60'))).toEqual([['laptop', true]]);
  });

  it('says why without a server, and then not which devices have it', async () => {
    await world.server.stop();
    expect((await json(a, 'why', 'note.md')).devices).toBe(null);
    const { code, stdout } = await run(a, 'why', 'note.md');
    expect([code, stdout.includes('on: ')]).toEqual([0, false]);
  });

  it('counts a job with sync --once as what it is, a device', async () => {
    await b.installation.stopDaemon();
    writeFileSync(at(a, 'note.md'), 'two\n');
    await a.installation.must(['push', a.root]);
    await b.installation.must(['sync', b.root, '--once']);
    expect((await waitForAll(30)).code).toBe(0);
  });

  it('believes no server that shows an older position, a forged one, or one of a revoked device', async () => {
    expect((await waitForAll(60)).code).toBe(0);
    const device = Buffer.from((await json(b, 'whoami')).device.id, 'hex');
    const database = new Sqlite(path.join(world.server.dataDir, 'server.db'));
    try {
      const row = (): { seq: number; signed: Buffer } =>
        database.prepare('SELECT seq, signed FROM positions WHERE device_id = ?').get(device) as { seq: number; signed: Buffer };
      const serve = (seq: number, signed: Buffer): void => {
        database.prepare('UPDATE positions SET seq = ?, signed = ? WHERE device_id = ?').run(seq, signed, device);
      };
      const old = row();
      writeFileSync(at(a, 'note.md'), 'two\n');
      expect((await waitForAll(60)).code).toBe(0);
      await b.installation.stopDaemon();
      const now = row();
      expect(now.seq).toBeGreaterThan(old.seq);

      serve(now.seq, old.signed);
      expect((await waitForAll(2)).stderr).toContain(`desktop is at ${String(old.seq)}`);

      writeFileSync(at(a, 'note.md'), 'three\n');
      await a.installation.must(['push', a.root]);
      const own = database.prepare('SELECT signed FROM positions WHERE device_id <> ?').get(device) as { signed: Buffer };
      const claims = now.signed.indexOf(SEQ_KEY);
      const bent = Buffer.from(now.signed);
      bent[claims + 4] = (bent[claims + 4] ?? 0) + 1;
      for (const forged of [bent, own.signed, Buffer.from('nothing')]) {
        serve(now.seq + 1, forged);
        expect(holders(await json(a, 'why', 'note.md'))).not.toContainEqual(['desktop', true]);
      }

      await a.installation.must(['device', 'revoke', 'desktop', '--yes']);
      database.prepare('UPDATE devices SET revoked_at = NULL WHERE id = ?').run(device);
      const [vault] = database.prepare('SELECT vault_no, account_id FROM positions').all() as { vault_no: number; account_id: Buffer }[];
      database
        .prepare('INSERT INTO positions (vault_no, account_id, device_id, seq, signed) VALUES (?, ?, ?, ?, ?)')
        .run(vault?.vault_no, vault?.account_id, device, now.seq, now.signed);
      expect(holders(await json(a, 'why', 'note.md'))).toEqual([['laptop', true]]);
    } finally {
      database.close();
    }
  });
});
