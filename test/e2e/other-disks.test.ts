/** One folder on a usual disk, the other on one that ignores case and keeps no modes, no lasting inodes and no birth times. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogDocument } from '../../src/core/protocol/ipc.js';
import { isConflictCopy } from '../scenario/conflict-names.js';
import { canMountExfat, mountExfat, type Disk } from '../support/exfat-disk.js';
import { differences, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

describe.skipIf(!canMountExfat)('a disk that ignores case (needs root, exfatprogs and exfat-fuse)', () => {
  let base: string;
  let disk: Disk;
  let world: TwoDevices;

  beforeEach(async () => {
    base = mkdtempSync(path.join(tmpdir(), 'fsync-exfat-'));
    disk = mountExfat(base);
    world = await openTwoDevices({ folderOfB: path.join(disk.root, 'vault') });
  });
  afterEach(async () => {
    await world.close();
    await disk.close();
    rmSync(base, { recursive: true });
  });

  const inA = (...parts: readonly string[]): string => path.join(world.a.root, ...parts);
  const inB = (...parts: readonly string[]): string => path.join(world.b.root, ...parts);
  const listedOnB = (): string[] => readdirSync(inB()).filter((name) => name !== '.fsync');
  const unsyncableOnB = async (): Promise<unknown> => {
    const { unsyncable } = (await world.b.installation.json(['status', world.b.root])) as { unsyncable: unknown };
    return unsyncable;
  };

  it('hazard 26: takes one of two names, says so of the other, and deletes neither for the other', async () => {
    writeFileSync(inA('README'), 'upper\n');
    await settle(world);
    writeFileSync(inA('readme'), 'lower\n');
    writeFileSync(inA('next'), 'goes on\n');
    await settle(world);
    expect(listedOnB().sort()).toEqual(['README', 'next']);
    expect(readFileSync(inB('README'), 'utf8')).toBe('upper\n');
    expect(await unsyncableOnB()).toEqual([{ path: 'readme', reason: 'same-name-but-for-case' }]);

    writeFileSync(inB('README'), 'edited\n');
    await settle(world);
    expect(readFileSync(inA('README'), 'utf8')).toBe('edited\n');
    expect(readFileSync(inA('readme'), 'utf8')).toBe('lower\n');

    rmSync(inB('README'));
    await settle(world);
    expect(treeOf(world.a).has('README')).toBe(false);
    expect(readFileSync(inA('readme'), 'utf8')).toBe('lower\n');
    expect(listedOnB().sort()).toEqual(['next', 'readme']);
    expect(readFileSync(inB('readme'), 'utf8')).toBe('lower\n');
    expect(await unsyncableOnB()).toEqual([]);
  });

  it('hazard 25: a rename that changes only case is a rename, both ways', async () => {
    mkdirSync(inA('docs'));
    writeFileSync(inA('docs', 'notes.txt'), 'notes\n');
    await settle(world);
    renameSync(inA('docs'), inA('Docs'));
    renameSync(inA('Docs', 'notes.txt'), inA('Docs', 'NOTES.txt'));
    await settle(world);
    expect(listedOnB()).toEqual(['Docs']);
    expect(readdirSync(inB('Docs'))).toEqual(['NOTES.txt']);

    renameSync(inB('Docs', 'NOTES.txt'), inB('Docs', 'Notes.txt'));
    await settle(world);
    expect(readdirSync(inA('Docs'))).toEqual(['Notes.txt']);
    const { entries } = (await world.a.installation.json(['log', inA('Docs', 'Notes.txt')])) as LogDocument;
    const changes = entries.flatMap(({ changes: all }) => all.filter(({ path: at }) => /notes\.txt$/i.test(at)));
    expect(changes.map(({ change }) => change).filter((change) => change !== 'moved')).toEqual(['added']);
  });

  it('hazards 9, 14: a disk that shows every file with one mode and forgets its inodes changes nothing by that', async () => {
    mkdirSync(inA('bin'));
    writeFileSync(inA('bin', 'tool'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(inA('bin', 'data'), 'data\n', { mode: 0o644 });
    await settle(world);
    const modes = (): number[] => ['tool', 'data'].map((name) => statSync(inA('bin', name)).mode & 0o777);
    writeFileSync(inB('bin', 'data'), 'data of B\n');
    writeFileSync(inB('bin', 'new'), 'new on B\n');
    await settle(world);
    expect(modes()).toEqual([0o755, 0o644]);
    expect(statSync(inA('bin', 'new')).mode & 0o111).toBe(0);
    chmodSync(inA('bin', 'data'), 0o755);
    await settle(world);

    await world.b.installation.stopDaemon();
    await disk.remount();
    writeFileSync(inA('bin', 'tool'), '#!/bin/sh\nexit\n');
    writeFileSync(inB('bin', 'new'), 'newer on B\n');
    await world.b.installation.must(['guard', 'approve', world.b.root], { ok: [0, 1] });
    await settle(world);
    expect(modes()).toEqual([0o755, 0o755]);
    // There every file is executable.
    expect(differences(world).filter((line) => !line.includes('executable'))).toEqual([]);
    expect(readFileSync(inA('bin', 'new'), 'utf8')).toBe('newer on B\n');
    expect([...treeOf(world.a).keys()].filter(isConflictCopy)).toEqual([]);
  });
});
