/**
 * Power cuts on real file systems: `npm run crash -- --power ext4,xfs --rounds N --seed S`; a few on
 * ext4 in every run of the tests.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountPowerDisk, powerDiskKinds } from '../support/power-disk.js';
import { openTwoDevices } from '../support/two-devices.js';
import type { FolderTree, TreeEntry } from '../../scripts/harness/folder-tree.mjs';
import { playPowerCut, undone, type PoweredWorld, type Sightings } from './power-cut.js';

const file = (text: string): TreeEntry => ({ kind: 'file', digest: text, text, target: null, executable: false, mode: 0o644 });
const tree = (texts: Readonly<Record<string, string>>): FolderTree =>
  new Map(Object.entries(texts).map(([name, text]) => [name, file(text)]));

describe('what a power cut must not do', () => {
  const seen: Sightings = {
    before: tree({ a: '1', d: 'x' }),
    live: tree({ a: '2', n: 'new' }),
    received: tree({ a: '2' }),
    recovered: tree({ a: '2' }),
  };

  it('takes no offence at the loss of what was not synced', () => {
    expect(undone(seen, tree({ a: '2' }))).toEqual([]);
  });

  it('sees a synced file that is cut short, a deletion that is undone and a file that nobody made', () => {
    expect(undone({ ...seen, recovered: tree({ a: '' }) }, tree({ a: '' }))).toEqual(['synced before the cut, lost after it: a']);
    expect(undone(seen, tree({ a: '2', d: 'x' }))).toEqual(['deleted and synced before the cut, back after it: d']);
    expect(undone(seen, tree({ a: '2', z: '?' }))).toEqual(['neither made by the user nor left by the cut: z']);
  });
});

const seed = process.env['FSYNC_TEST_SEED'] ?? String(Date.now());
const rounds = Number(process.env['FSYNC_CRASH_ROUNDS'] ?? '4');
const first = Number(process.env['FSYNC_CRASH_FIRST'] ?? '0');
const wanted = (process.env['FSYNC_POWER_DISKS'] ?? 'ext4,ext4-lazy').split(',');

describe.each(wanted)(`hazard 77: power cuts on %s (FSYNC_TEST_SEED=${seed})`, (name) => {
  const kind = powerDiskKinds.find((known) => known === name);
  describe.skipIf(kind === undefined)(`needs root, loop devices and the program that makes ${name}`, () => {
    let base: string;
    let world: PoweredWorld;
    const tally = new Map<string, number>();
    let taken = 0;
    beforeAll(async () => {
      if (kind === undefined) return;
      base = mkdtempSync(path.join(tmpdir(), 'fsync-power-'));
      const place = (machine: string): string => {
        mkdirSync(path.join(base, machine));
        return path.join(base, machine);
      };
      const disks = { a: mountPowerDisk(place('a'), kind), server: mountPowerDisk(place('server'), kind) };
      world = { disks, devices: await openTwoDevices({ places: { a: disks.a.root, server: disks.server.root } }) };
    });
    afterAll(async () => {
      await world.devices.close();
      await world.disks.a.close();
      await world.disks.server.close();
      rmSync(base, { recursive: true });
      const lines = [...tally].map(([what, times]) => `${what} ${String(times)}`).sort((one, other) => (one < other ? -1 : 1));
      process.stdout.write(`${name}: the cuts took ${String(taken)} files that were not synced; ${lines.join(', ')}\n`);
    });

    for (let round = first; round < first + rounds; round++)
      it(`round ${String(round)}`, async () => {
        const report = await playPowerCut(world, `${seed}:${name}`, round);
        const { cut, isReached, problems, log } = report;
        taken += report.taken;
        const where = `${cut.victim} ${cut.point?.split(':').slice(0, 2).join(' ') ?? 'at a moment'}${isReached ? '' : ' (not reached)'}`;
        tally.set(where, (tally.get(where) ?? 0) + 1);
        if (problems.length > 0) expect.fail([JSON.stringify(cut), ...problems, ...log].join('\n  '));
      });
  });
});
