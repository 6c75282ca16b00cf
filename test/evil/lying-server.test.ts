/** A server that goes back in time, forks the log, or hands out other bytes than it was given. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../scripts/harness/processes.mjs';
import { contentBytes } from '../scenario/generated-content.js';
import { arrives, differences, openTwoDevices, settle, treeOf, type Device, type TwoDevices } from '../support/two-devices.js';

const INTEGRITY = 9;
const GUARD = 10;

describe('a server that lies', () => {
  let world: TwoDevices;
  beforeEach(async () => {
    world = await openTwoDevices();
    writeFileSync(path.join(world.a.root, 'old.txt'), 'old');
    await settle(world);
  });
  afterEach(() => world.close());

  const saved = (): string => path.join(world.base, 'saved');

  async function rememberServer(): Promise<void> {
    await world.server.stop();
    cpSync(world.server.dataDir, saved(), { recursive: true });
    await world.server.start();
  }

  async function takeServerBack(): Promise<void> {
    await world.server.stop();
    for (const name of readdirSync(world.server.dataDir)) rmSync(path.join(world.server.dataDir, name), { recursive: true });
    cpSync(saved(), world.server.dataDir, { recursive: true });
    await world.server.start();
  }

  async function refused(device: Device, codes: readonly number[]): Promise<void> {
    await until(
      `${device.installation.name} notices`,
      async () => codes.includes((await device.installation.fsync(['sync', device.root, '--timeout', '5'])).code),
      { timeoutMs: 60_000 },
    );
  }

  it('hazard 70: is stopped when its log goes back, and no file is touched', async () => {
    await rememberServer();
    writeFileSync(path.join(world.a.root, 'new.txt'), 'new');
    await settle(world);
    const before = [...treeOf(world.a).keys()];
    await takeServerBack();
    await refused(world.a, [GUARD]);
    await refused(world.b, [GUARD]);
    expect([...treeOf(world.a).keys()]).toEqual(before);
    expect([...treeOf(world.b).keys()]).toEqual(before);
  });

  it('is caught when it shows two devices two histories', async () => {
    await rememberServer();
    await world.b.installation.stopDaemon();
    writeFileSync(path.join(world.a.root, 'only-a-saw-this.txt'), 'a');
    await world.a.installation.sync(world.a.root);
    await world.a.installation.stopDaemon();
    await takeServerBack();
    writeFileSync(path.join(world.b.root, 'the-other-history.txt'), 'b');
    await world.b.installation.sync(world.b.root);
    await refused(world.a, [INTEGRITY, GUARD]);
    expect(treeOf(world.a).get('only-a-saw-this.txt')?.text).toBe('a');
    expect(treeOf(world.a).has('the-other-history.txt')).toBe(false);
  });

  it('cannot make a device place other bytes than were stored', async () => {
    await world.b.installation.stopDaemon();
    writeFileSync(path.join(world.a.root, 'big.bin'), contentBytes({ gen: 'evil', bytes: 3 * 2 ** 20 }));
    await world.a.installation.sync(world.a.root);
    const damaged = damageBlobs(world.server.dataDir);
    expect(damaged.length).toBeGreaterThan(0);
    const { code } = await world.b.installation.fsync(['sync', world.b.root, '--timeout', '8']);
    expect([1, 8, INTEGRITY]).toContain(code);
    expect(treeOf(world.b).has('big.bin')).toBe(false);
    for (const { file, bytes } of damaged) writeFileSync(file, bytes);
    await until(
      'the repaired file arrives',
      async () => {
        await world.b.installation.fsync(['sync', world.b.root, '--timeout', '5']);
        return treeOf(world.b).has('big.bin');
      },
      { timeoutMs: 90_000 },
    );
    await settle(world);
    expect(differences(world)).toEqual([]);
    await arrives(world.b, 'old.txt', 'old');
  });
});

/** Flips a bit in the middle of every large stored object; returns what they were. */
function damageBlobs(dataDir: string): readonly { readonly file: string; readonly bytes: Buffer }[] {
  const blobs = path.join(dataDir, 'blobs');
  expect(existsSync(blobs), `${dataDir} holds ${readdirSync(dataDir).join(', ')}`).toBe(true);
  const damaged = [];
  for (const name of readdirSync(blobs, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(blobs, name);
    if (!statSync(file).isFile() || statSync(file).size < 100_000) continue;
    const bytes = readFileSync(file);
    damaged.push({ file, bytes });
    const changed = Buffer.from(bytes);
    for (let at = 5_000; at < changed.length - 5_000; at += 50_000) changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(file, changed);
  }
  return damaged;
}
