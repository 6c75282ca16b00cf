/** What was: ls, log, show, diff, restore and undo with the real command line, daemon and server. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences, openTwoDevices, settle, treeOf, type Device, type TwoDevices } from '../support/two-devices.js';

interface Change {
  readonly path: string;
  readonly change: string;
  readonly from?: string;
}

describe('the history of a vault', () => {
  let world: TwoDevices;
  let a: Device;
  let b: Device;
  beforeAll(async () => {
    world = await openTwoDevices();
    ({ a, b } = world);
  });
  afterAll(() => world.close());

  const at = (device: Device, ...names: string[]): string => path.join(device.root, ...names);
  const run = (device: Device, ...args: string[]) => device.installation.fsync(args, { cwd: device.root });
  const json = (device: Device, ...args: string[]) => device.installation.json(args, { cwd: device.root });
  /** Writes, and says which commit it became. */
  const save = async (device: Device, work: () => void): Promise<number> => {
    work();
    await settle(world);
    return (await device.installation.json(['status'], { cwd: device.root })).head.commit as number;
  };
  const brief = (changes: readonly Change[]): string[] => changes.map(({ path: to, change, from }) => `${change} ${from ?? ''}>${to}`);

  const large = `${'line\n'.repeat(1000)}end\n`;
  let first: number;
  let second: number;
  let moved: number;
  let deleted: number;

  it('follows a file through its renames, with author, device and time', async () => {
    mkdirSync(at(a, 'notes'));
    first = await save(a, () => writeFileSync(at(a, 'notes', 'todo.md'), 'milk\n'));
    second = await save(b, () => writeFileSync(at(b, 'notes', 'todo.md'), 'milk\nbread\n'));
    moved = await save(a, () => renameSync(at(a, 'notes', 'todo.md'), at(a, 'done.md')));
    const { entries } = await json(a, 'log', 'done.md');
    expect(entries.map((entry: { changes: Change[]; device: { name: string } }) => [entry.device.name, ...brief(entry.changes)])).toEqual([
      ['laptop', 'moved notes/todo.md>done.md'],
      ['desktop', 'modified >notes/todo.md'],
      ['laptop', 'added >notes/todo.md'],
    ]);
    expect(entries[0].author.user).toBe('ada');
    const text = await run(a, 'log', '--stat', '-n', '1');
    expect(text.stdout).toMatch(
      /ada {2}laptop {2}moved notes\/todo\.md -> done\.md\n {4}R {2}notes\/todo\.md -> done\.md.*\n {4}1 moved\n$/,
    );
  });

  it('shows a version by its number, by a time, and under the name of now', async () => {
    expect((await run(b, 'show', `done.md@${first}`)).stdout).toBe('milk\n');
    expect((await run(b, 'show', 'done.md')).stdout).toBe('milk\nbread\n');
    expect((await run(b, 'show', `notes/todo.md@${second}`)).stdout).toBe('milk\nbread\n');
    expect(await json(b, 'show', `done.md@${first}`)).toMatchObject({
      commit: first,
      encoding: 'utf8',
      content: 'milk\n',
      device: { name: 'laptop' },
    });
    expect((await run(b, 'show', `done.md@${moved + 100}`)).code).toBe(4);
    expect((await run(b, 'show', 'never.md')).code).toBe(4);
    expect((await run(b, 'show', 'notes')).code).toBe(2);
  });

  it('shows a file of many chunks byte by byte, and leaves nothing behind', async () => {
    const bytes = Buffer.alloc(3_000_000, 'abcdefghijklmnopqrstuvwxyz0123456789');
    const commit = await save(a, () => writeFileSync(at(a, 'big.bin'), bytes));
    await save(a, () => writeFileSync(at(a, 'big.bin'), 'small'));
    const { stdout } = await run(b, 'show', `big.bin@${commit}`);
    expect(Buffer.from(stdout).equals(bytes)).toBe(true);
    expect(treeOf(b).get('big.bin')?.text).toBe('small');
    expect(readdirSync(at(b, '.fsync', 'tmp'))).toEqual([]);
  });

  it('lists what is here, on the server, and what was deleted', async () => {
    writeFileSync(at(a, 'gone.txt'), 'I was here\n');
    await save(a, () => symlinkSync('done.md', at(a, 'link')));
    deleted = await save(b, () => rmSync(at(b, 'gone.txt')));
    const here = await json(a, 'ls');
    expect(here.entries.map(({ path: name, kind, state }: Record<string, string>) => `${name} ${kind} ${state}`)).toEqual([
      'big.bin file synced',
      'done.md file synced',
      'link symlink synced',
      'notes directory synced',
    ]);
    expect(here.entries[1]).toMatchObject({ size: 11, commit: moved });
    expect((await json(a, 'ls', '--remote')).entries).toHaveLength(4);
    expect((await json(a, 'ls', 'notes')).entries.map((entry: { path: string }) => entry.path)).toEqual(['notes']);
    const list = await json(a, 'ls', '--deleted');
    expect(list.entries).toMatchObject([{ path: 'gone.txt', state: 'deleted', size: 11, commit: deleted }]);
    expect((await run(a, 'ls', 'nothing')).code).toBe(4);
    expect((await run(a, 'ls')).stdout.split('\n')[0]).toMatch(/^STATE +SIZE +VERSION +CHANGED +PATH$/);
  });

  it('says line by line what is different', async () => {
    await a.installation.must(['pause', a.root]);
    appendFileSync(at(a, 'done.md'), 'eggs\n');
    const { stdout } = await run(a, 'diff', 'done.md', '--version', String(first));
    expect(stdout).toBe('--- a/notes/todo.md\n+++ b/done.md\n@@ -1 +1,3 @@\n milk\n+bread\n+eggs\n');
    expect((await json(a, 'diff', 'done.md', '--version', String(first))).changes).toMatchObject([
      { path: 'done.md', from: 'notes/todo.md', change: 'modified' },
    ]);
    await a.installation.must(['resume', a.root]);
    await settle(world);
    expect((await run(a, 'diff')).stdout).toBe('');
    expect((await run(a, 'diff', '--version', '1', '--at', '1d')).code).toBe(2);
  });

  it('brings back a deleted file, and takes that back', async () => {
    const plan = await json(a, 'restore', 'gone.txt', '--dry-run');
    expect([brief(plan.changes), plan.commit, existsSync(at(a, 'gone.txt'))]).toEqual([['added >gone.txt'], null, false]);
    const done = await json(a, 'restore', 'gone.txt');
    expect(done).toMatchObject({ path: 'gone.txt', from: { commit: deleted - 1 } });
    expect(readFileSync(at(a, 'gone.txt'), 'utf8')).toBe('I was here\n');
    await settle(world);
    expect(readFileSync(at(b, 'gone.txt'), 'utf8')).toBe('I was here\n');
    const undone = await json(a, 'undo');
    expect([undone.undone.kind, brief(undone.changes)]).toEqual(['restore', ['deleted >gone.txt']]);
    expect(existsSync(at(a, 'gone.txt'))).toBe(false);
    await settle(world);
    expect(differences(world)).toEqual([]);
  });

  it('brings an earlier version back in place, or beside the one of now', async () => {
    await a.installation.must(['restore', 'done.md', '--version', String(moved)], { cwd: a.root });
    expect(readFileSync(at(a, 'done.md'), 'utf8')).toBe('milk\nbread\n');
    await b.installation.must(['sync', b.root]);
    await b.installation.must(['restore', 'notes/todo.md', '--version', String(first), '--to', 'old/todo.md'], { cwd: b.root });
    expect(readFileSync(at(b, 'old', 'todo.md'), 'utf8')).toBe('milk\n');
    expect(readFileSync(at(b, 'done.md'), 'utf8')).toBe('milk\nbread\n');
    expect((await run(b, 'restore', 'notes/todo.md', '--version', String(first), '--to', 'done.md')).code).toBe(1);
    expect((await run(b, 'restore', 'done.md')).code).toBe(2);
    await settle(world);
    expect(differences(world)).toEqual([]);
  });

  it('brings a deleted folder back with all that was in it', async () => {
    mkdirSync(at(a, 'docs', 'deep'), { recursive: true });
    writeFileSync(at(a, 'docs', 'a.txt'), 'a\n');
    await save(a, () => writeFileSync(at(a, 'docs', 'deep', 'b.txt'), large));
    const before = treeOf(a);
    await save(b, () => rmSync(at(b, 'docs'), { recursive: true }));
    expect(existsSync(at(a, 'docs'))).toBe(false);
    await b.installation.must(['restore', 'docs'], { cwd: b.root });
    expect(readFileSync(at(b, 'docs', 'deep', 'b.txt'), 'utf8')).toBe(large);
    await settle(world);
    expect(treeOf(a)).toEqual(before);
  });

  it('brings the whole vault back as it was, and that is undone too', async () => {
    const then = treeOf(a);
    const commit = (await json(a, 'status')).head.commit as number;
    rmSync(at(a, 'docs', 'a.txt'));
    renameSync(at(a, 'docs', 'deep'), at(a, 'elsewhere'));
    writeFileSync(at(a, 'new.txt'), 'new\n');
    await save(a, () => writeFileSync(at(a, 'done.md'), 'ruined\n'));
    const ruined = treeOf(a);
    await a.installation.must(['restore', '.', '--version', String(commit)], { cwd: a.root });
    expect(treeOf(a)).toEqual(then);
    await settle(world);
    expect(treeOf(b)).toEqual(then);
    await a.installation.must(['undo'], { cwd: a.root });
    expect(treeOf(a)).toEqual(ruined);
    await settle(world);
    expect(differences(world)).toEqual([]);
  });

  it('takes back what came from the other device, but not what was changed again since', async () => {
    writeFileSync(at(a, 'p.txt'), 'p\n');
    await save(a, () => writeFileSync(at(a, 'q.txt'), 'q\n'));
    await save(b, () => {
      writeFileSync(at(b, 'p.txt'), 'P from B\n');
      writeFileSync(at(b, 'q.txt'), 'Q from B\n');
    });
    await save(a, () => writeFileSync(at(a, 'q.txt'), 'q once more\n'));
    const plan = await json(a, 'undo', '--dry-run');
    expect([plan.undone.kind, brief(plan.changes), plan.kept.map((one: Change) => one.path)]).toEqual([
      'remote',
      ['modified >p.txt'],
      ['q.txt'],
    ]);
    expect((await run(a, 'undo')).stdout).toMatch(/^Took back changes from other devices/);
    expect([readFileSync(at(a, 'p.txt'), 'utf8'), readFileSync(at(a, 'q.txt'), 'utf8')]).toEqual(['p\n', 'q once more\n']);
    await settle(world);
    expect(differences(world)).toEqual([]);
  });

  it('knows all of it on a device that came later, from verified records', async () => {
    await b.installation.must(['detach', b.root]);
    const fresh: Device = { ...b, root: path.join(world.base, 'fresh') };
    await b.installation.must(['clone', world.vault, fresh.root]);
    const { entries } = await json(fresh, 'log', 'done.md', '-n', '100');
    expect(entries.slice(-3).map((entry: { changes: Change[] }) => brief(entry.changes)[0])).toEqual([
      'moved notes/todo.md>done.md',
      'modified >notes/todo.md',
      'added >notes/todo.md',
    ]);
    expect((await json(fresh, 'ls', '--deleted')).entries.map((entry: Change) => entry.path)).toContain('gone.txt');
    expect((await run(fresh, 'show', `gone.txt@${deleted - 1}`)).stdout).toBe('I was here\n');
    expect((await json(fresh, 'undo')).undone).toBeNull();
    await fresh.installation.must(['restore', 'gone.txt'], { cwd: fresh.root });
    expect(readFileSync(at(fresh, 'gone.txt'), 'utf8')).toBe('I was here\n');
  });
});
