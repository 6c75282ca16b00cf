/** Safety guards with real processes: what is held back, what goes on meanwhile, and both decisions. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../scripts/harness/processes.mjs';
import { arrives, differences, openTwoDevices, settle, treeOf, type Device, type TwoDevices } from '../support/two-devices.js';

const GUARD = 10;
const FILES = 150;
const NOT_A_DECISION = 2;

interface GuardReport {
  readonly guard: {
    readonly id: string;
    readonly cause: string;
    readonly reason: string;
    readonly server: { readonly deleted: number; readonly modified: number; readonly sample: readonly { readonly path: string }[] };
    readonly folder: { readonly deleted: number; readonly modified: number; readonly sample: readonly { readonly path: string }[] };
  } | null;
  readonly decision: string | null;
}

describe('safety guards', () => {
  let world: TwoDevices;
  beforeEach(async () => {
    world = await openTwoDevices();
  });
  afterEach(() => world.close());

  const inA = (...parts: readonly string[]): string => path.join(world.a.root, ...parts);
  const inB = (...parts: readonly string[]): string => path.join(world.b.root, ...parts);
  const names = Array.from({ length: FILES }, (_, i) => `f${String(i).padStart(3, '0')}`);

  async function fill(): Promise<void> {
    mkdirSync(inA('many'));
    for (const name of names) writeFileSync(inA('many', name), `first ${name}\n`);
    writeFileSync(inA('other'), 'other\n');
    await settle(world);
  }

  async function sync(device: Device): Promise<number> {
    return (await device.installation.fsync(['sync', device.root, '--timeout', '60'])).code;
  }

  async function show(device: Device): Promise<GuardReport['guard']> {
    const report = (await device.installation.json(['guard', 'show', device.root], { ok: [0, GUARD] })) as GuardReport;
    return report.guard;
  }

  async function decide(device: Device, decision: 'approve' | 'reject'): Promise<void> {
    const { code, stderr } = await device.installation.fsync(['guard', decision, device.root]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }

  async function guarded(device: Device): Promise<NonNullable<GuardReport['guard']>> {
    expect(await sync(device)).toBe(GUARD);
    const guard = await show(device);
    if (guard === null) throw new Error(`nothing is held back on ${device.installation.name}`);
    const status = await device.installation.json(['status', device.root]);
    expect([status.state, status.reason]).toEqual(['guarded', guard.reason]);
    return guard;
  }

  async function converged(): Promise<void> {
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect([await show(world.a), await show(world.b)]).toEqual([null, null]);
  }

  it('hazard 49: holds a mass deletion back on both sides, lets additions flow, and lets it happen once approved', async () => {
    await fill();
    await world.a.installation.stopDaemon();
    rmSync(inA('many'), { recursive: true });
    writeFileSync(inA('new'), 'from A\n');
    const guard = await guarded(world.a);
    expect(guard).toMatchObject({ cause: 'mass-change', server: { deleted: FILES, modified: 0 }, folder: { deleted: 0 } });
    expect(guard.server.sample[0]?.path).toBe('many/f000');
    expect(guard.reason).toBe(`of ${FILES + 2} files, ${FILES} would be deleted on the server`);
    const { stdout, code } = await world.a.installation.fsync(['guard', 'show', world.a.root]);
    expect(code).toBe(GUARD);
    expect(stdout).toContain('D  many/f019');
    expect(stdout).toContain(`… and ${FILES - 20} more`);
    expect(stdout).toContain(guard.id);

    await arrives(world.b, 'new', 'from A\n');
    writeFileSync(inB('also new'), 'from B\n');
    await arrives(world.a, 'also new', 'from B\n');
    expect(readdirSync(inB('many'))).toHaveLength(FILES);

    expect((await world.a.installation.fsync(['guard', 'approve', world.a.root, '--id', '0123456789ab'])).code).toBe(1);
    expect((await show(world.a))?.id).toBe(guard.id);
    await decide(world.a, 'approve');
    expect(await sync(world.a)).toBe(0);

    const there = await guarded(world.b);
    expect(there).toMatchObject({ cause: 'mass-change', folder: { deleted: FILES }, server: { deleted: 0 } });
    expect(readdirSync(inB('many'))).toHaveLength(FILES);
    await decide(world.b, 'approve');
    await converged();
    expect([...treeOf(world.b).keys()].sort()).toEqual(['also new', 'new', 'other']);
  });

  it('brings back what was deleted here, and forgets nothing over a restart', async () => {
    await fill();
    const before = treeOf(world.a);
    rmSync(inA('many'), { recursive: true });
    const { id } = await guarded(world.a);
    await world.a.installation.stopDaemon();
    expect((await guarded(world.a)).id).toBe(id);
    await decide(world.a, 'reject');
    await converged();
    expect([...treeOf(world.a).keys()]).toEqual([...before.keys()]);
    expect(treeOf(world.a).get('many/f007')?.text).toBe('first f007\n');
  });

  it('keeps an approval over a kill, and lets nothing else through with it', async () => {
    await fill();
    await world.b.installation.stopDaemon();
    world.a.proxy.setMode('refuse');
    rmSync(inA('many'), { recursive: true });
    await until('the deletion is seen', async () => (await show(world.a)) !== null, { timeoutMs: 30_000 });
    await decide(world.a, 'approve');
    await world.a.installation.killDaemon();
    world.a.proxy.setMode('pass');
    expect(await sync(world.a)).toBe(0);
    mkdirSync(inA('many'));
    for (const name of names) writeFileSync(inA('many', name), `second ${name}\n`);
    expect(await sync(world.a)).toBe(0);
    rmSync(inA('many'), { recursive: true });
    expect(await guarded(world.a)).toMatchObject({ server: { deleted: FILES } });
  });

  it('sends again what others deleted, when that is rejected', async () => {
    await fill();
    rmSync(inA('many'), { recursive: true });
    await guarded(world.a);
    await decide(world.a, 'approve');
    expect(await sync(world.a)).toBe(0);
    await guarded(world.b);
    await decide(world.b, 'reject');
    await converged();
    expect(readdirSync(inA('many'))).toHaveLength(FILES);
  });

  it('hazard 84: holds a mass rewrite back on both sides; rejecting here restores, rejecting there sends again', async () => {
    await fill();
    await world.a.installation.stopDaemon();
    for (const name of names) writeFileSync(inA('many', name), `ENCRYPTED ${name}\n`);
    expect(await guarded(world.a)).toMatchObject({ server: { deleted: 0, modified: FILES } });
    await decide(world.a, 'reject');
    await converged();
    expect(treeOf(world.a).get('many/f149')?.text).toBe('first f149\n');

    await world.a.installation.stopDaemon();
    for (const name of names) writeFileSync(inA('many', name), `again ${name}\n`);
    await guarded(world.a);
    await decide(world.a, 'approve');
    expect(await sync(world.a)).toBe(0);
    expect(await guarded(world.b)).toMatchObject({ folder: { deleted: 0, modified: FILES } });
    expect(readFileSync(inB('many', 'f000'), 'utf8')).toBe('first f000\n');
    await decide(world.b, 'reject');
    await world.b.installation.stopDaemon();
    expect(await sync(world.b)).toBe(0);
    expect(await guarded(world.a)).toMatchObject({ folder: { modified: FILES } });
    await decide(world.a, 'approve');
    await converged();
    expect(treeOf(world.a).get('many/f000')?.text).toBe('first f000\n');
  });

  it('counts a deletion that comes slowly as one', async () => {
    await fill();
    for (const [index, name] of names.entries()) {
      rmSync(inA('many', name));
      if (index % 5 === 4) await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const guard = await guarded(world.a);
    expect(guard.server.deleted).toBeGreaterThan(0);
    expect(readdirSync(inB('many')).length).toBeGreaterThanOrEqual(FILES - 101);
    await decide(world.a, 'reject');
    await converged();
    expect(readdirSync(inA('many')).length).toBeGreaterThanOrEqual(FILES - 101);
  });

  it('does not count moves, and obeys the settings', async () => {
    await fill();
    renameSync(inA('many'), inA('moved'));
    await converged();
    expect(readdirSync(inB('moved'))).toHaveLength(FILES);
    for (const device of [world.a, world.b]) await device.installation.must(['config', 'set', 'guard.percent', '100']);
    for (const { installation } of [world.a, world.b]) await installation.stopDaemon();
    rmSync(inA('moved'), { recursive: true });
    await converged();
    expect([...treeOf(world.b).keys()]).toEqual(['other']);
  });

  it('hazard 48: never reads an emptied folder as a deletion, however small it is', async () => {
    writeFileSync(inA('one'), '1');
    writeFileSync(inA('two'), '2');
    await settle(world);
    rmSync(inA('one'));
    rmSync(inA('two'));
    expect(await guarded(world.a)).toMatchObject({ cause: 'emptied-folder', server: { deleted: 2 } });
    writeFileSync(inB('three'), '3');
    await arrives(world.a, 'three', '3');
    expect(await guarded(world.a)).toMatchObject({ cause: 'emptied-folder', server: { deleted: 2 } });
    await decide(world.a, 'reject');
    await converged();
    expect(treeOf(world.a).get('two')?.text).toBe('2');
  });

  it.each(['stopped', 'running'])('is stopped by a folder that was moved away or replaced while the daemon was %s', async (mode) => {
    await fill();
    const before = treeOf(world.b);
    if (mode === 'stopped') await world.a.installation.stopDaemon();
    renameSync(world.a.root, inA('..', 'moved-away'));
    expect((await guarded(world.a)).cause).toBe('lost-folder');
    expect((await world.a.installation.fsync(['guard', 'approve', world.a.root])).code).toBe(4);
    mkdirSync(world.a.root);
    writeFileSync(inA('from the new folder'), 'n\n');
    expect((await guarded(world.a)).cause).toBe('lost-folder');
    expect(treeOf(world.b)).toEqual(before);
    await decide(world.a, 'approve');
    await converged();
    expect([...treeOf(world.b).keys()].sort()).toEqual([...before.keys(), 'from the new folder'].sort());
  });

  it('hazard 48: makes a folder again that is gone, and goes on by itself when it comes back', async () => {
    await fill();
    renameSync(world.a.root, inA('..', 'moved-away'));
    await guarded(world.a);
    renameSync(path.join(world.a.root, '..', 'moved-away'), world.a.root);
    await until('the folder is in sync again', async () => (await sync(world.a)) === 0, { timeoutMs: 60_000 });
    rmSync(world.a.root, { recursive: true });
    await guarded(world.a);
    await decide(world.a, 'reject');
    await converged();
    expect(readdirSync(inA('many'))).toHaveLength(FILES);
  });

  it('says no to a decision that cannot be made, and nothing when nothing is held back', async () => {
    const { installation, root } = world.a;
    expect(await installation.fsync(['guard', 'approve', root])).toMatchObject({ code: 0, stdout: 'Nothing is held back.\n' });
    expect((await installation.fsync(['guard', 'show', root])).code).toBe(0);
    expect((await installation.fsync(['guard', 'show', world.base])).code).toBe(4);
    expect((await installation.fsync(['guard', 'accept', root])).code).toBe(NOT_A_DECISION);
  });
});
