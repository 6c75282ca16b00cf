/** Devices and servers that lose what they knew, or know only what they knew once: all come together again, and nothing is lost. */
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstallation } from '../../scripts/harness/installation.mjs';
import { isConflictCopy } from '../scenario/conflict-names.js';
import { arrives, differences, openTwoDevices, settle, treeOf, type Device, type TwoDevices } from '../support/two-devices.js';

const GUARD = 10;

describe('lost state', () => {
  let world: TwoDevices;
  beforeEach(async () => {
    world = await openTwoDevices();
  });
  afterEach(() => world.close());

  const inA = (...parts: readonly string[]): string => path.join(world.a.root, ...parts);
  const inB = (...parts: readonly string[]): string => path.join(world.b.root, ...parts);
  const kept = (): string => path.join(world.base, 'kept');
  const names = (device: Device): readonly string[] => [...treeOf(device).keys()].sort();
  const texts = (device: Device): readonly (string | null)[] => [...treeOf(device).values()].map(({ text }) => text);

  async function converged(): Promise<void> {
    await settle(world);
    expect(differences(world)).toEqual([]);
  }

  function stateFiles(): readonly string[] {
    return readdirSync(inA('.fsync')).filter((name) => name.startsWith('state.db'));
  }

  function saveState(): void {
    mkdirSync(kept());
    for (const name of stateFiles()) cpSync(inA('.fsync', name), path.join(kept(), name));
  }

  function restoreState(): void {
    for (const name of stateFiles()) rmSync(inA('.fsync', name));
    for (const name of readdirSync(kept())) cpSync(path.join(kept(), name), inA('.fsync', name));
  }

  async function history(): Promise<void> {
    mkdirSync(inA('d'));
    for (const name of ['edited', 'edited-there', 'deleted', 'deleted-there', 'd/moved']) writeFileSync(inA(name), `first ${name}\n`);
    await settle(world);
  }

  /** Goes on from there, on both devices. */
  async function later(): Promise<void> {
    appendFileSync(inA('edited'), 'second\n');
    rmSync(inA('deleted'));
    renameSync(inA('d'), inA('e'));
    await settle(world);
    appendFileSync(inB('edited-there'), 'second\n');
    rmSync(inB('deleted-there'));
    writeFileSync(inB('new'), 'new\n');
    await settle(world);
  }

  const AFTER = ['e', 'e/moved', 'edited', 'edited-there', 'new'];

  it('hazard 81: joins a folder whose database is gone with the server: what differs becomes a copy, nothing is deleted', async () => {
    await history();
    await world.a.installation.stopDaemon();
    for (const name of stateFiles()) rmSync(inA('.fsync', name));
    appendFileSync(inA('edited'), 'here\n');
    rmSync(inA('deleted'));
    writeFileSync(inA('new here'), 'n\n');
    appendFileSync(inB('edited-there'), 'there\n');
    await converged();
    expect(names(world.a).filter((name) => !isConflictCopy(name))).toEqual(
      ['d', 'd/moved', 'deleted', 'deleted-there', 'edited', 'edited-there', 'new here'].sort(),
    );
    expect(texts(world.a)).toEqual(
      expect.arrayContaining(['first edited\nhere\n', 'first edited\n', 'first edited-there\nthere\n', 'first deleted\n']),
    );
  });

  it('hazard 82: is simply behind with a database from a backup, and signs nothing twice', async () => {
    await history();
    await world.a.installation.stopDaemon();
    saveState();
    await later();
    await world.a.installation.stopDaemon();
    restoreState();
    appendFileSync(inA('edited'), 'third, offline\n');
    await converged();
    // The old database cannot know that the edit was made on top of the second version, so that one stays as a copy.
    expect(names(world.b).filter((name) => !isConflictCopy(name))).toEqual(AFTER);
    expect(names(world.b)).toHaveLength(AFTER.length + 1);
    expect(treeOf(world.b).get('edited')?.text).toBe('first edited\nsecond\nthird, offline\n');
    for (let round = 0; round < 3; round += 1) {
      appendFileSync(inA('edited'), `${round}\n`);
      await converged();
    }
  });

  it('hazard 83: is simply behind with folder and database from one backup', async () => {
    await history();
    await world.a.installation.stopDaemon();
    cpSync(world.a.root, kept(), { recursive: true, preserveTimestamps: true });
    await later();
    await world.a.installation.stopDaemon();
    for (const name of readdirSync(world.a.root)) rmSync(inA(name), { recursive: true });
    for (const name of readdirSync(kept())) cpSync(path.join(kept(), name), inA(name), { recursive: true, preserveTimestamps: true });
    await converged();
    expect(names(world.a)).toEqual(AFTER);
    expect(treeOf(world.a).get('edited')?.text).toBe('first edited\nsecond\n');
  });

  it('is taken over from another installation with its folder, and both go on', async () => {
    await history();
    const home = path.join(world.base, 'home-c');
    const root = path.join(world.base, 'c');
    cpSync(world.a.root, root, { recursive: true, preserveTimestamps: true });
    appendFileSync(path.join(root, 'edited'), 'in the copy\n');
    const installation = createInstallation({ name: 'tablet', home, password: world.password });
    try {
      await installation.must(['login', '--server', world.server.url, '--user', world.user, '--device', 'tablet']);
      const before = await head(world.a);
      await installation.must(['clone', world.vault, root], { ok: [0, 3] });
      await installation.sync(root);
      const copy: Device = { ...world.a, installation, root };
      expect(texts(copy)).toEqual(expect.arrayContaining(['first edited\n', 'first edited\nin the copy\n']));
      expect((await head(copy)) - before).toBeLessThanOrEqual(2);
      await converged();
      writeFileSync(inA('from A'), 'a\n');
      await arrives(copy, 'from A', 'a\n');
      writeFileSync(path.join(root, 'from C'), 'c\n');
      await arrives(world.a, 'from C', 'c\n');
    } finally {
      await installation.dispose();
    }
  });

  it('hazard 82: joins again when home and folder were cloned to another place, and both go on', async () => {
    await history();
    await world.a.installation.stopDaemon();
    const home = path.join(world.base, 'home-c');
    const root = path.join(world.base, 'c');
    // The daemon that just stopped may still be taking these away.
    const filter = (file: string): boolean => !/\.(pid|sock|lock)$/.test(file);
    cpSync(world.a.installation.home, home, { recursive: true, preserveTimestamps: true, filter });
    cpSync(world.a.root, root, { recursive: true, preserveTimestamps: true });
    for (const name of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('vaults.json')) continue;
      const file = path.join(home, name);
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(world.a.root, root));
    }
    writeFileSync(path.join(root, 'from C'), 'c\n');
    const installation = createInstallation({ name: 'clone', home, password: world.password });
    try {
      expect((await installation.fsync(['sync', root])).code).toBe(GUARD);
      await installation.must(['guard', 'approve', root]);
      const copy: Device = { ...world.a, installation, root };
      await installation.sync(root);
      writeFileSync(inA('from A'), 'a\n');
      await converged();
      await installation.sync(root);
      for (let round = 0; round < 3; round += 1) {
        appendFileSync(inA('edited'), `A ${round}\n`);
        await world.a.installation.sync(world.a.root);
        await installation.sync(root);
        appendFileSync(path.join(root, 'edited-there'), `C ${round}\n`);
        await installation.sync(root);
        await world.a.installation.sync(world.a.root);
      }
      expect(names(copy)).toEqual(names(world.a));
      expect(texts(copy)).toEqual(texts(world.a));
    } finally {
      await installation.dispose();
    }
  });

  describe('of the server', () => {
    async function takeServerBack(): Promise<void> {
      await world.server.stop();
      rmSync(world.server.dataDir, { recursive: true });
      cpSync(kept(), world.server.dataDir, { recursive: true });
      await world.server.start();
    }

    async function rememberServer(): Promise<void> {
      await world.server.stop();
      cpSync(world.server.dataDir, kept(), { recursive: true });
      await world.server.start();
    }

    async function heldBack(device: Device): Promise<void> {
      const { installation, root } = device;
      expect((await installation.fsync(['sync', root, '--timeout', '60'])).code).toBe(GUARD);
      const { guard } = await installation.json(['guard', 'show', root], { ok: [GUARD] });
      expect(guard.cause).toBe('other-history');
      expect((await installation.json(['status', root])).state).toBe('guarded');
    }

    it('hazard 70: is found out by both devices; approved, they send what it lost', async () => {
      await history();
      await rememberServer();
      await later();
      const large = 'x'.repeat(300_000);
      writeFileSync(inA('large'), large);
      await settle(world);
      const before = names(world.a);
      await takeServerBack();
      await heldBack(world.a);
      await heldBack(world.b);
      const shown = await world.a.installation.fsync(['guard', 'show', world.a.root]);
      expect(shown.stdout).toContain('large');
      expect((await world.a.installation.fsync(['guard', 'reject', world.a.root])).code).toBe(2);
      await world.a.installation.must(['guard', 'approve', world.a.root]);
      appendFileSync(inA('edited'), 'after\n');
      expect((await world.a.installation.fsync(['sync', world.a.root])).code).toBe(0);
      await heldBack(world.b);
      await world.b.installation.must(['guard', 'approve', world.b.root]);
      await converged();
      // What was deleted since the backup comes back: the server does not know that it was.
      expect(names(world.a)).toEqual([...before, 'deleted', 'deleted-there'].sort());
      expect(treeOf(world.b).get('edited')?.text).toBe('first edited\nsecond\nafter\n');
      expect(readFileSync(inB('large'), 'utf8') === large).toBe(true);
      for (const device of [world.a, world.b]) {
        writeFileSync(path.join(device.root, `later from ${device.installation.name}`), 'l\n');
        await converged();
      }
    });
  });
});

async function head({ installation, root }: Device): Promise<number> {
  const status = await installation.json(['status', root]);
  return status.head.commit as number;
}
