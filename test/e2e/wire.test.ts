/**
 * Transfers of some size: bytes on the wire are counted, not timed. The sizes are what a test run
 * can afford; `npm run bench` does the same with 10,000 files and 1 GiB.
 */
import { closeSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peakRssBytes } from '../../bench/lib/measure.mjs';
import { until } from '../../scripts/harness/processes.mjs';
import { contentBytes } from '../scenario/generated-content.js';
import { differences, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

const MIB = 2 ** 20;
const LARGE = 64 * MIB;
const FILES = 2_000;

describe('bytes on the wire', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    world = await openTwoDevices();
  });
  afterAll(() => world.close());

  const reset = (): void => [world.a, world.b].forEach(({ proxy }) => proxy.reset());
  const up = (): number => world.a.proxy.bytes.up;
  const down = (): number => world.b.proxy.bytes.down;

  it('sends a large file once each way, byte for byte', async () => {
    reset();
    writeFileSync(path.join(world.a.root, 'large.bin'), contentBytes({ gen: 'large', bytes: LARGE }));
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect(up()).toBeGreaterThan(LARGE);
    expect(up()).toBeLessThan(LARGE * 1.1);
    expect(down()).toBeLessThan(LARGE * 1.1);
  });

  it('sends little when one byte is inserted near the start', async () => {
    reset();
    insertByte(path.join(world.a.root, 'large.bin'), path.join(world.a.root, '..', 'shifted'));
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect(up()).toBeLessThan(3 * MIB);
    expect(down()).toBeLessThan(3 * MIB);
  });

  it('sends no content for a copy', async () => {
    reset();
    writeFileSync(path.join(world.a.root, 'copy.bin'), readFileSync(path.join(world.a.root, 'large.bin')));
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect(up()).toBeLessThan(MIB);
    expect(down()).toBeLessThan(MIB);
  });

  it('brings thousands of small files over', async () => {
    const staged = path.join(world.a.root, '..', 'many');
    for (let i = 0; i < FILES; i++) {
      const folder = path.join(staged, `d${i % 40}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, `f${i}.bin`), contentBytes({ gen: `small-${i}`, bytes: 200 + ((i * 37) % 16_000) }));
    }
    renameSync(staged, path.join(world.a.root, 'many'));
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect([...treeOf(world.b).values()].filter(({ kind }) => kind === 'file').length).toBeGreaterThanOrEqual(FILES);
  });

  it('sends next to nothing when their folder is renamed', async () => {
    reset();
    renameSync(path.join(world.a.root, 'many'), path.join(world.a.root, 'renamed'));
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect(up()).toBeLessThan(64 * 1024);
    expect(down()).toBeLessThan(64 * 1024);
  });

  it('goes on where an interrupted upload stopped', async () => {
    reset();
    writeFileSync(path.join(world.a.root, 'interrupted.bin'), contentBytes({ gen: 'interrupted', bytes: LARGE }));
    await until('half of it is sent', () => up() > LARGE / 2, { timeoutMs: 60_000, everyMs: 5 });
    await world.a.installation.killDaemon();
    const before = up();
    await world.a.installation.startDaemon();
    await settle(world);
    expect(differences(world)).toEqual([]);
    // Packs under way when the daemon died are sent again; what was stored is not.
    expect(up()).toBeLessThan(LARGE + 40 * MIB);
    expect(up() - before).toBeLessThan(LARGE);
  });

  it('needs bounded memory', async () => {
    for (const { installation } of [world.a, world.b]) {
      const pid = await installation.daemonPid();
      const peak = pid === null ? null : peakRssBytes(pid);
      if (peak !== null) expect(peak).toBeLessThan(400 * MIB);
    }
  });
});

function insertByte(file: string, scratch: string): void {
  const [source, target] = [openSync(file, 'r'), openSync(scratch, 'w')];
  const buffer = Buffer.alloc(4 * MIB);
  writeSync(target, buffer, 0, readSync(source, buffer, 0, 4_096, null));
  writeSync(target, 'x');
  for (let read; (read = readSync(source, buffer, 0, buffer.length, null)) > 0;) writeSync(target, buffer, 0, read);
  closeSync(source);
  closeSync(target);
  renameSync(scratch, file);
}
