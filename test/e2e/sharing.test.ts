/** A vault of two accounts, with the real command line, a daemon each and a real server. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../scripts/harness/processes.mjs';
import { arrives } from '../support/two-devices.js';
import { openTwoAccounts, type TwoAccounts } from '../support/two-accounts.js';

const NOT_ALLOWED = 6;
const INTEGRITY = 9;

/** One story: each test goes on where the one before it ended. */
describe('a shared vault', () => {
  let world: TwoAccounts;
  beforeAll(async () => {
    world = await openTwoAccounts();
    writeFileSync(path.join(world.ada.root, 'plan.md'), 'draft\n');
    await world.ada.installation.sync(world.ada.root);
  });
  afterAll(() => world.close());

  const ada = (...args: string[]) => world.ada.installation.fsync(['-C', world.ada.root, ...args]);
  const grace = (...args: string[]) => world.grace.installation.fsync(['-C', world.grace.root, ...args]);
  const adaJson = (...args: string[]) => world.ada.installation.json(['-C', world.ada.root, ...args]);
  const graceJson = (...args: string[]) => world.grace.installation.json(['-C', world.grace.root, ...args]);
  const wordsOf = async (who: 'ada' | 'grace'): Promise<string> => (await world[who].installation.json(['whoami'])).safetyWords;
  const text = (who: 'ada' | 'grace', file: string): string => readFileSync(path.join(world[who].root, file), 'utf8');
  const write = (who: 'ada' | 'grace', file: string, content: string): void => {
    writeFileSync(path.join(world[who].root, file), content);
  };

  it('is not shared by guessing', async () => {
    const run = async (...args: string[]) => {
      const { code, stderr } = await ada('share', ...args);
      return { code, says: stderr.split('\n')[0] };
    };
    expect(await run('nobody', '--role', 'reader', '--yes')).toEqual({ code: 4, says: 'fsync: nobody on this server is called nobody' });
    expect(await run('grace', '--yes')).toMatchObject({ code: 2, says: 'fsync: what may the account do?' });
    expect((await run('grace', '--role', 'boss', '--yes')).code).toBe(2);
    expect((await run('ada', '--role', 'reader', '--yes')).code).toBe(2);
    const asked = await ada('share', 'grace', '--role', 'writer');
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/no terminal to ask on\n.*--words.*--yes/);
    expect(await run('grace', '--role', 'writer', '--words', await wordsOf('ada'))).toMatchObject({ code: INTEGRITY });
    expect((await adaJson('members')).members).toHaveLength(1);
    expect((await world.grace.installation.json(['vaults'])).vaults).toEqual([]);
  });

  it('is shared with the words of the other side, and found and cloned by its name', async () => {
    const shared = await adaJson('share', 'grace', '--role', 'writer', '--words', (await wordsOf('grace')).toUpperCase());
    expect(shared).toMatchObject({ role: 'writer', before: null, member: { user: 'grace', verified: true } });
    expect((await world.grace.installation.json(['vaults'])).vaults).toMatchObject([
      { name: 'notes', role: 'writer', members: 2, root: null },
    ]);
    expect(readdirSync(world.grace.root)).toEqual([]);
    const cloned = await world.grace.installation.json(['clone', 'notes', world.grace.root]);
    expect(cloned.vault).toMatchObject({ name: 'notes', role: 'writer', rotationPending: false });
    expect(text('grace', 'plan.md')).toBe('draft\n');
  });

  it('has members, whose names are sure where words were compared', async () => {
    expect((await adaJson('members')).members).toMatchObject([
      { user: 'ada', role: 'owner', current: true, verified: true, words: await wordsOf('ada') },
      { user: 'grace', role: 'writer', current: false, verified: true, words: await wordsOf('grace') },
    ]);
    expect((await graceJson('members')).members).toMatchObject([
      { user: 'grace', role: 'writer', current: true, verified: true },
      { user: 'ada', role: 'owner', current: false, verified: false, words: await wordsOf('ada') },
    ]);
    expect((await grace('members')).stdout).toMatch(/\nada +owner .* not compared\n/);
  });

  it('goes both ways', async () => {
    write('grace', 'from-grace.md', 'hello\n');
    await arrives(world.ada, 'from-grace.md', 'hello\n');
    write('ada', 'plan.md', 'second draft\n');
    await arrives(world.grace, 'plan.md', 'second draft\n');
  });

  it('keeps both versions of what both changed', async () => {
    await world.grace.installation.must(['pause', world.grace.root]);
    write('ada', 'plan.md', "ada's\n");
    write('grace', 'plan.md', "grace's\n");
    await world.ada.installation.sync(world.ada.root);
    await world.grace.installation.must(['resume', world.grace.root]);
    await world.grace.installation.sync(world.grace.root);
    await world.ada.installation.sync(world.ada.root);
    for (const who of ['ada', 'grace'] as const) {
      const plans = readdirSync(world[who].root).filter((name) => name.startsWith('plan'));
      expect(plans).toHaveLength(2);
      expect(plans.map((name) => text(who, name)).sort()).toEqual(["ada's\n", "grace's\n"]);
    }
    expect((await ada('resolve', '--theirs')).code).toBe(0);
    await world.grace.installation.sync(world.grace.root);
    expect(readdirSync(world.grace.root).filter((name) => name.startsWith('plan'))).toEqual(['plan.md']);
  });

  it('may be changed by owners only', async () => {
    for (const args of [
      ['share', 'ada', '--role', 'reader', '--yes'],
      ['unshare', 'ada'],
    ]) {
      expect((await grace(...args)).code).toBe(NOT_ALLOWED);
    }
    const last = await ada('unshare', 'ada');
    expect([last.code, last.stderr.split('\n')[0]]).toEqual([NOT_ALLOWED, 'fsync: a vault keeps at least one owner']);
    expect((await ada('unshare', 'nobody')).code).toBe(4);
    expect((await adaJson('members')).members).toHaveLength(2);
  });

  it('with a reader: who gets everything, and whose own changes stay where they are', async () => {
    const shared = await adaJson('share', 'grace', '--role', 'reader');
    expect(shared).toMatchObject({ role: 'reader', before: 'writer', member: { user: 'grace', verified: true } });
    await until('grace hears of it', async () => (await graceJson('status')).vault.role === 'reader');
    write('grace', 'plan.md', 'not for others\n');
    write('grace', 'mine.md', 'mine\n');
    await until('both are noticed', async () => (await graceJson('status')).pending.uploadCount === 2);
    const status = await graceJson('status');
    expect(status).toMatchObject({ state: 'error', vault: { role: 'reader' }, reason: expect.stringContaining('may only read') });
    expect(status.pending.upload.map((change: { path: string }) => change.path).sort()).toEqual(['mine.md', 'plan.md']);
    const said = (await grace('status')).stdout;
    expect(said).toMatch(/^Read only: 2 changes here not sent \(notes\)\n/);
    expect(said).toContain('M  plan.md');
    expect((await grace('status', '--exit-code')).code).toBe(NOT_ALLOWED);
    expect((await grace('push')).code).toBe(NOT_ALLOWED);
    expect((await grace('sync')).code).toBe(NOT_ALLOWED);
    expect((await grace('pull')).code).toBe(0);

    write('ada', 'plan.md', 'third draft\n');
    await arrives(world.grace, 'plan.md', 'third draft\n');
    const copies = readdirSync(world.grace.root).filter((name) => name.startsWith('plan (conflict'));
    expect(copies.map((name) => text('grace', name))).toEqual(['not for others\n']);
    expect(text('grace', 'mine.md')).toBe('mine\n');
    await world.ada.installation.sync(world.ada.root);
    expect(readdirSync(world.ada.root).sort()).toEqual(['.fsync', 'from-grace.md', 'plan.md']);
    expect((await grace('restore', '.', '--version', '1')).code).toBe(NOT_ALLOWED);
  });

  it('with a writer again: what was kept back is sent', async () => {
    await ada('share', 'grace', '--role', 'writer');
    await arrives(world.ada, 'mine.md', 'mine\n');
    await world.grace.installation.sync(world.grace.root);
    expect((await graceJson('status')).state).toBe('synced');
  });

  it('is taken away at once; the files stay', async () => {
    const removed = await adaJson('unshare', 'grace');
    expect(removed).toMatchObject({ before: 'writer', member: { user: 'grace' }, rotationPending: true });
    await until('grace is told', async () => (await graceJson('status')).state === 'error');
    expect((await graceJson('status')).reason).toContain('cannot reach the vault notes any more');
    expect((await grace('sync', '--timeout', '20')).code).toBe(NOT_ALLOWED);
    expect((await grace('members')).code).toBe(NOT_ALLOWED);
    expect((await world.grace.installation.json(['vaults'])).vaults).toEqual([]);
    expect(text('grace', 'mine.md')).toBe('mine\n');
    write('ada', 'secret.md', 'not for grace\n');
    await world.ada.installation.sync(world.ada.root);
    expect(existsSync(path.join(world.grace.root, 'secret.md'))).toBe(false);
    await world.grace.installation.must(['daemon', 'restart']);
    expect((await grace('sync', '--timeout', '20')).code).toBe(NOT_ALLOWED);
  });

  it('says that its key is still the one that was shared', async () => {
    expect(await adaJson('members')).toMatchObject({ rotationPending: true, members: [{ user: 'ada' }] });
    expect((await adaJson('status')).vault.rotationPending).toBe(true);
    expect((await ada('status')).stdout).toContain('key rotation is pending');
  });

  it('remembers in its history who was given what, and who wrote what', async () => {
    const lines = (await ada('log')).stdout.split('\n').filter((line) => line !== '');
    const said = lines.map((line) => line.replace(/^\d+ +\S+ (\S+ )? */, '').replaceAll(/ {2,}/g, ' '));
    expect(said).toContainEqual(expect.stringMatching(/ada laptop removed grace \(was writer\)$/));
    expect(said).toContainEqual(expect.stringMatching(/ada laptop gave grace the role reader \(was writer\)$/));
    expect(said).toContainEqual(expect.stringMatching(/ada laptop gave grace the role writer$/));
    expect(said).toContainEqual(expect.stringMatching(/grace desktop added from-grace\.md$/));
    expect(said.at(-1)).toMatch(/ada laptop made the vault$/);
    const { entries } = await adaJson('log');
    expect(entries[1]).toMatchObject({ member: { user: 'grace', verified: true, role: null, before: 'writer' }, author: { user: 'ada' } });
  });

  it('can be read from its beginning by a device that comes later, although one of its authors is gone', async () => {
    const later = world.later;
    await later.must(['login', '--server', world.server.url, '--user', 'ada', '--device', 'tablet']);
    const root = path.join(world.base, 'later');
    mkdirSync(root);
    await later.must(['clone', 'notes', root]);
    expect(readFileSync(path.join(root, 'from-grace.md'), 'utf8')).toBe('hello\n');
    const log = await later.must(['-C', root, 'log']);
    expect(log).not.toContain(' grace  ');
    rmSync(root, { recursive: true });
  });

  it('may be shared once more', async () => {
    await adaJson('share', 'grace', '--role', 'reader');
    await until('grace goes on', async () => (await grace('pull', '--timeout', '20')).code === 0, { timeoutMs: 60_000 });
    expect(text('grace', 'secret.md')).toBe('not for grace\n');
  });
});
