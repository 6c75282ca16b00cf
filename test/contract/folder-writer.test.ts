/** What every FolderWriter does, checked on real folders: with the system's atomic renames, without them, and through the worker pool. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runApplyJob } from '../../src/daemon/folder/apply-steps.js';
import { inlineFolderTasks, pooledFolderTasks, type FolderTasks } from '../../src/daemon/folder/folder-tasks.js';
import { createFolderWriter } from '../../src/daemon/folder/folder-writer.js';
import { NO_SYSTEM_CALLS } from '../../src/daemon/folder/system-calls.js';
import type { FolderStep, StepResult } from '../../src/daemon/ports.js';
import { createWorkerPool } from '../../src/daemon/workers/pool.js';
import { contentsOf, printOf, vaultRoot } from '../support/vault-root.js';

const pool = createWorkerPool({ size: 1 });
afterAll(() => pool.close());

const adapters: readonly (readonly [string, FolderTasks])[] = [
  ['with atomic renames', inlineFolderTasks],
  [
    'without atomic renames',
    { ...inlineFolderTasks, apply: (job) => new Promise((resolve) => resolve(runApplyJob(job, NO_SYSTEM_CALLS))) },
  ],
  ['through the worker pool', pooledFolderTasks(pool)],
];

const never = new AbortController().signal;
const NOW = Date.now();

function setUp(tasks: FolderTasks) {
  const { root, beside, identity } = vaultRoot();
  let seed = 0;
  const writer = createFolderWriter({
    root,
    identity,
    tasks,
    clock: { now: () => NOW },
    random: (size) => new Uint8Array(size).fill((seed += 1)),
  });
  return {
    root,
    beside,
    writer,
    apply: (...steps: FolderStep[]): Promise<readonly StepResult[]> => writer.apply(steps, { signal: never }),
    write: (path: string, text: string): void => writeFileSync(join(root, path), text),
    stage: (name: string, text: string): void => writeFileSync(join(root, '.fsync/tmp', name), text),
    print: (path: string) => printOf(root, path),
    contents: () => contentsOf(root),
    stashed: () =>
      readdirSync(join(root, '.fsync/stash'))
        .filter((name) => !name.endsWith('.json'))
        .map((name) => readFileSync(join(root, '.fsync/stash', name), 'utf8')),
  };
}

function place(path: string, staged: string, expected: ReturnType<typeof printOf> | null): FolderStep {
  return { op: 'place-file', path, staged, expected, mode: 0o640, mtimeMs: 1_600_000_000_123 };
}

describe.each(adapters)('FolderWriter %s', (_name, tasks) => {
  it('hazards 9, 47: makes directories and places files, links and modes in order', async () => {
    const { root, apply, stage, contents, print } = setUp(tasks);
    stage('a', 'text');
    const results = await apply(
      { op: 'make-directory', path: 'd', mode: 0o750 },
      { op: 'make-directory', path: 'd/e', mode: 0o000 },
      place('d/e/f', 'a', null),
      { op: 'place-symlink', path: 'd/l', target: 'e/f', expected: null },
    );
    expect(results.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
    expect(contents()).toEqual({ d: null, 'd/e': null, 'd/e/f': 'text', 'd/l': '→ e/f' });
    expect([print('d').mode, print('d/e').mode, print('d/e/f').mode]).toEqual([0o750, 0o700, 0o640]);
    expect(lstatSync(join(root, 'd/e/f')).mtimeMs).toBeGreaterThanOrEqual(1_600_000_000_123);
    expect(Math.floor(Number(print('d/e/f').mtimeNs) / 1e6)).toBe(1_600_000_000_123);
    expect(results[2]).toEqual({ status: 'done', fingerprint: print('d/e/f'), displaced: null });
    expect(results[3]).toEqual({ status: 'done', fingerprint: print('d/l'), displaced: null });
    expect(readdirSync(join(root, '.fsync/tmp'))).toEqual([]);
  });

  it('hazard 24: replaces a file and keeps the old one in the stash', async () => {
    const { apply, stage, write, print, contents, stashed } = setUp(tasks);
    write('f', 'old');
    stage('a', 'new');
    const [result] = await apply(place('f', 'a', print('f')));
    expect(result).toEqual({ status: 'done', fingerprint: print('f'), displaced: null });
    expect(contents()).toEqual({ f: 'new' });
    expect(stashed()).toEqual(['old']);
  });

  it('says in the stash where an entry came from', async () => {
    const { root, apply, stage, write, print } = setUp(tasks);
    write('f', 'old');
    write('g', 'gone');
    stage('a', 'new');
    await apply(place('f', 'a', print('f')), { op: 'remove-file', path: 'g', expected: print('g') });
    const names = readdirSync(join(root, '.fsync/stash'));
    const [sidecar, ...more] = names.filter((name) => name.endsWith('.json'));
    expect(more).toEqual([]);
    const { entries } = JSON.parse(readFileSync(join(root, '.fsync/stash', sidecar ?? ''), 'utf8')) as {
      entries: Record<string, { path: string; why: string }>;
    };
    for (const name of names.filter((entry) => !entry.endsWith('.json'))) {
      const text = readFileSync(join(root, '.fsync/stash', name), 'utf8');
      expect(entries[name]).toMatchObject(
        text === 'old' ? { path: 'f', why: 'replaced', at: NOW } : { path: 'g', why: 'removed', at: NOW },
      );
    }
  });

  it('hazard 37: never overwrites what appeared at a free place', async () => {
    const { apply, stage, write, contents } = setUp(tasks);
    stage('a', 'new');
    write('f', 'appeared');
    expect(await apply(place('f', 'a', null))).toEqual([{ status: 'changed' }]);
    expect(await apply({ op: 'place-symlink', path: 'f', target: 'x', expected: null })).toEqual([{ status: 'changed' }]);
    expect(await apply({ op: 'make-directory', path: 'f', mode: 0o700 })).toEqual([{ status: 'changed' }]);
    expect(contents()).toEqual({ f: 'appeared' });
  });

  it.each(['edited', 'same size and mtime', 'replaced', 'gone', 'now a directory', 'now a link'])(
    'hazard 34: leaves a file alone that is %s',
    async (what) => {
      const { root, apply, stage, write, print, contents, stashed } = setUp(tasks);
      write('f', 'old');
      write('other', 'old');
      stage('a', 'new');
      const expected = print('f');
      if (what === 'edited') write('f', 'edited');
      else if (what === 'same size and mtime') {
        const { atimeMs, mtimeMs } = lstatSync(join(root, 'f'));
        write('f', 'odd');
        utimesSync(join(root, 'f'), atimeMs / 1000, mtimeMs / 1000);
      } else rmSync(join(root, 'f'));
      if (what === 'replaced') renameSync(join(root, 'other'), join(root, 'f'));
      if (what === 'now a directory') mkdirSync(join(root, 'f'));
      if (what === 'now a link') symlinkSync('other', join(root, 'f'));
      const before = contents();
      const results = await apply(
        place('f', 'a', expected),
        { op: 'remove-file', path: 'f', expected },
        { op: 'move', from: 'f', to: 'g', expected },
        { op: 'set-mode', path: 'f', mode: 0o600, expected },
      );
      expect(results.map(({ status }) => status)).toEqual(['changed', 'changed', 'changed', 'changed']);
      expect(contents()).toEqual(before);
      expect(stashed()).toEqual([]);
    },
  );

  it('moves files, links and whole directories, and not onto anything', async () => {
    const { root, apply, write, print, contents } = setUp(tasks);
    mkdirSync(join(root, 'd'));
    write('d/f', 'f');
    write('x', 'x');
    symlinkSync('x', join(root, 'l'));
    const [file, directory, link, blocked, intoItself] = await apply(
      { op: 'move', from: 'x', to: 'd/x', expected: print('x') },
      { op: 'move', from: 'd', to: 'e', expected: print('d') },
      { op: 'move', from: 'l', to: 'e/l', expected: print('l') },
      { op: 'move', from: 'e/x', to: 'e/f', expected: print('x') },
      { op: 'move', from: 'e', to: 'e/e', expected: print('d') },
    );
    expect([file?.status, directory?.status, link?.status, blocked?.status, intoItself?.status]).toEqual([
      'done',
      'done',
      'done',
      'changed',
      'changed',
    ]);
    expect(contents()).toEqual({ e: null, 'e/f': 'f', 'e/x': 'x', 'e/l': '→ x' });
    expect(file).toMatchObject({ fingerprint: { ino: print('e/x').ino } });
  });

  it('swaps two names by parking one', async () => {
    const { root, apply, write, print, contents } = setUp(tasks);
    write('a', 'A');
    write('b', 'B');
    const results = await apply(
      { op: 'park', from: 'a', parked: 'p1', expected: print('a') },
      { op: 'move', from: 'b', to: 'a', expected: print('b') },
      { op: 'unpark', parked: 'p1', to: 'b' },
    );
    expect(results.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    expect(contents()).toEqual({ a: 'B', b: 'A' });
    expect(readdirSync(join(root, '.fsync/tmp'))).toEqual([]);
  });

  it('goes by the fingerprint from before the batch for what the batch itself moved', async () => {
    const { apply, write, stage, print, contents } = setUp(tasks);
    write('a', 'old');
    stage('s', 'new');
    const expected = print('a');
    const results = await apply(
      { op: 'move', from: 'a', to: 'b', expected },
      { op: 'set-mode', path: 'b', mode: 0o600, expected },
      place('b', 's', expected),
    );
    expect(results.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    expect(contents()).toEqual({ b: 'new' });
  });

  it('sets the mode of files and directories, never more than permission bits', async () => {
    const { root, apply, write, print } = setUp(tasks);
    write('f', '');
    mkdirSync(join(root, 'd'));
    symlinkSync('f', join(root, 'l'));
    const results = await apply(
      { op: 'set-mode', path: 'f', mode: 0o4755, expected: print('f') },
      { op: 'set-mode', path: 'd', mode: 0o1500, expected: print('d') },
      { op: 'set-mode', path: 'l', mode: 0o777, expected: print('l') },
    );
    expect(results.map(({ status }) => status)).toEqual(['done', 'done', 'changed']);
    expect([print('f').mode, print('d').mode]).toEqual([0o755, 0o700]);
    expect(results[0]).toMatchObject({ fingerprint: print('f') });
  });

  it('hazard 38: removes files into the stash, and directories only when they are empty', async () => {
    const { root, apply, write, print, contents, stashed } = setUp(tasks);
    mkdirSync(join(root, 'd'));
    write('d/f', 'bytes');
    write('d/unseen', 'new');
    const remove: FolderStep[] = [
      { op: 'remove-file', path: 'd/f', expected: print('d/f') },
      { op: 'remove-directory', path: 'd' },
    ];
    expect(await apply(...remove)).toEqual([{ status: 'done', fingerprint: null, displaced: null }, { status: 'changed' }]);
    expect(contents()).toEqual({ d: null, 'd/unseen': 'new' });
    expect(stashed()).toEqual(['bytes']);
    rmSync(join(root, 'd/unseen'));
    expect(await apply({ op: 'remove-directory', path: 'd' })).toEqual([{ status: 'done', fingerprint: null, displaced: null }]);
    expect(await apply({ op: 'remove-directory', path: 'd' })).toEqual([{ status: 'changed' }]);
    write('f', '');
    expect(await apply({ op: 'remove-directory', path: 'f' })).toEqual([{ status: 'changed' }]);
  });

  it('hazard 21: does nothing through a parent that became a link', async () => {
    const { root, beside, apply, stage, write, print, contents } = setUp(tasks);
    mkdirSync(join(beside, 'outside'));
    writeFileSync(join(beside, 'outside/f'), 'do not touch');
    mkdirSync(join(root, 'd'));
    write('d/f', 'f');
    write('x', 'x');
    const expected = print('d/f');
    renameSync(join(root, 'd'), join(root, 'real'));
    symlinkSync('../outside', join(root, 'd'));
    for (const name of ['s1', 's2']) stage(name, 'new');
    const results = await apply(
      place('d/f', 's1', expected),
      place('d/new', 's2', null),
      { op: 'remove-file', path: 'd/f', expected },
      { op: 'make-directory', path: 'd/sub', mode: 0o755 },
      { op: 'move', from: 'x', to: 'd/x', expected: print('x') },
      { op: 'move', from: 'd/f', to: 'y', expected },
      { op: 'place-symlink', path: 'd/l', target: 'f', expected: null },
      { op: 'remove-directory', path: 'd' },
    );
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'changed'));
    expect(readdirSync(join(beside, 'outside'))).toEqual(['f']);
    expect(readFileSync(join(beside, 'outside/f'), 'utf8')).toBe('do not touch');
    expect(contents()).toEqual({ d: '→ ../outside', real: null, 'real/f': 'f', x: 'x' });
  });

  it.each(['../x', '/etc/x', 'a/../../x', '.fsync/vault.json', 'd/.fsync/vault.json', '.FSYNC/x', 'a\nb', 'x\0y', '..\\x', ''])(
    'refuses to write to %j',
    async (path) => {
      const { root, beside, apply, stage, write, print, contents } = setUp(tasks);
      stage('s', 'evil');
      write('f', 'f');
      const marker = readFileSync(join(root, '.fsync/vault.json'), 'utf8');
      const results = await apply(
        place(path, 's', null),
        { op: 'make-directory', path, mode: 0o755 },
        { op: 'place-symlink', path, target: 'x', expected: null },
        { op: 'move', from: 'f', to: path, expected: print('f') },
        { op: 'move', from: path, to: 'g', expected: print('f') },
        { op: 'remove-file', path, expected: print('f') },
        { op: 'remove-directory', path },
      );
      expect(results.map(codeOf)).toEqual(results.map(() => 'invalid_input'));
      expect(contents()).toEqual({ f: 'f' });
      expect(readdirSync(beside)).toEqual(['root']);
      expect(readFileSync(join(root, '.fsync/vault.json'), 'utf8')).toBe(marker);
    },
  );

  it('refuses links that lead outside and temporary names that are paths', async () => {
    const { apply, write, contents, print } = setUp(tasks);
    write('f', 'f');
    const results = await apply(
      { op: 'place-symlink', path: 'l', target: '/etc/passwd', expected: null },
      { op: 'place-symlink', path: 'l', target: '../x', expected: null },
      { op: 'place-symlink', path: 'l', target: '.fsync/state.db', expected: null },
      place('g', '../vault.json', null),
      { op: 'unpark', parked: '../vault.json', to: 'g' },
      { op: 'unstash', stash: '../vault.json', to: 'g' },
      { op: 'park', from: 'f', parked: '../../g', expected: print('f') },
    );
    expect(results.map(codeOf)).toEqual(results.map(() => 'invalid_input'));
    expect(contents()).toEqual({ f: 'f' });
  });

  it('goes on after a step that fails, and says why it failed', async () => {
    const { root, apply, stage, contents } = setUp(tasks);
    stage('good', 'good');
    linkSync(join(root, '.fsync/vault.json'), join(root, '.fsync/tmp/linked'));
    symlinkSync('../vault.json', join(root, '.fsync/tmp/symlinked'));
    execFileSync('mkfifo', [join(root, '.fsync/tmp/fifo')]);
    const results = await apply(
      place('a', 'absent', null),
      place('b', 'linked', null),
      place('c', 'symlinked', null),
      place('d', 'fifo', null),
      place('e', 'good', null),
    );
    expect(results.map(codeOf)).toEqual(['io_error', 'io_error', 'io_error', 'io_error', 'done']);
    expect(results[0]?.status === 'failed' && results[0].message).toContain('for a is gone');
    expect(contents()).toEqual({ e: 'good' });
  });

  it('hazard 10: places files with any time a peer can think of', async () => {
    const { apply, stage, print } = setUp(tasks);
    const times = [0, 1, -1, -86_400_000, 1_999_999_999_999, 4_102_444_800_001, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300];
    for (const [index] of times.entries()) stage(`s${String(index)}`, 'x');
    const results = await apply(
      ...times.map((mtimeMs, index): FolderStep => ({
        op: 'place-file',
        path: `f${String(index)}`,
        staged: `s${String(index)}`,
        expected: null,
        mode: 0o600,
        mtimeMs,
      })),
    );
    expect(results.map(({ status }) => status)).toEqual(times.map(() => 'done'));
    for (const [index, mtimeMs] of times.slice(0, 6).entries())
      expect(Math.floor(Number(print(`f${String(index)}`).mtimeNs) / 1e6)).toBe(mtimeMs);
  });

  it('does large batches, in many directories', async () => {
    const { root, apply, stage } = setUp(tasks);
    const steps: FolderStep[] = [];
    for (let index = 0; index < 90; index += 1) {
      steps.push({ op: 'make-directory', path: `d${String(index)}`, mode: 0o755 });
      for (const name of ['a', 'b']) {
        stage(`${name}${String(index)}`, name);
        steps.push(place(`d${String(index)}/${name}`, `${name}${String(index)}`, null));
      }
    }
    const results = await apply(...steps);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['done']));
    expect(readFileSync(join(root, 'd89/b'), 'utf8')).toBe('b');
    expect(readdirSync(join(root, '.fsync/tmp'))).toEqual([]);
  });

  it('hazard 48: does nothing in a root that was replaced', async () => {
    const { root, beside, apply, stage } = setUp(tasks);
    stage('s', 'x');
    renameSync(root, join(beside, 'away'));
    mkdirSync(join(root, '.fsync/tmp'), { recursive: true });
    stage('s', 'x');
    await expect(apply(place('f', 's', null))).rejects.toMatchObject({ code: 'guarded' });
    expect(readdirSync(root)).toEqual(['.fsync']);
  });

  it('starts nothing after its signal', async () => {
    const { root, writer } = setUp(tasks);
    const controller = new AbortController();
    controller.abort();
    const results = await writer.apply([{ op: 'make-directory', path: 'd', mode: 0o755 }], { signal: controller.signal });
    expect(results).toEqual([expect.objectContaining({ status: 'failed', code: 'aborted' })]);
    expect(existsSync(join(root, 'd'))).toBe(false);
  });

  it('hazard 40: puts back what a crash left parked, where nobody is in the way', async () => {
    const { root, apply, write, print, contents, writer } = setUp(tasks);
    mkdirSync(join(root, 'd'));
    write('d/a', 'A');
    write('b', 'B');
    await apply(
      { op: 'park', from: 'd/a', parked: 'p1', expected: print('d/a') },
      { op: 'park', from: 'b', parked: 'p2', expected: print('b') },
    );
    await writer.sweep({ signal: never });
    expect(contents()).toEqual({ d: null });
    write('b', 'taken');
    const afterCrash = setUpAgain(root, tasks);
    await afterCrash.sweep({ signal: never });
    const { b, d, 'd/a': a, ...recovered } = contents();
    expect([a, b, d]).toEqual(['A', 'taken', null]);
    expect(Object.entries(recovered)).toEqual([[expect.stringMatching(/^b \(conflict recovered /), 'B']]);
    expect(readdirSync(join(root, '.fsync/tmp'))).toEqual([]);
  });

  it('hazard 45: deletes staged files and stash entries only when their time is over', async () => {
    const { root, apply, stage, write, print, stashed, writer } = setUp(tasks);
    write('f', 'removed');
    await apply({ op: 'remove-file', path: 'f', expected: print('f') });
    stage('fresh', '');
    stage('fresh.part', '');
    await writer.sweep({ signal: never });
    expect(stashed()).toEqual(['removed']);
    await setUpAgain(root, tasks, NOW + 23 * 3_600_000).sweep({ signal: never });
    expect(stashed()).toEqual(['removed']);
    await setUpAgain(root, tasks, NOW + 25 * 3_600_000).sweep({ signal: never });
    expect(readdirSync(join(root, '.fsync/stash'))).toEqual([]);
    await setUpAgain(root, tasks, NOW + 6 * 86_400_000).sweep({ signal: never });
    expect(readdirSync(join(root, '.fsync/tmp')).sort((a, b) => (a < b ? -1 : 1))).toEqual(['fresh', 'fresh.part']);
    await setUpAgain(root, tasks, NOW + 8 * 86_400_000).sweep({ signal: never });
    expect(readdirSync(join(root, '.fsync/tmp'))).toEqual(['fresh.part']);
  });

  it('hazard 36: gives back bytes that a program wrote to a removed file it had open', async () => {
    const { root, apply, write, print, contents } = setUp(tasks);
    write('f', 'removed');
    await apply({ op: 'remove-file', path: 'f', expected: print('f') });
    const entry = readdirSync(join(root, '.fsync/stash')).find((name) => !name.endsWith('.json')) ?? '';
    writeFileSync(join(root, '.fsync/stash', entry), 'written later');
    await setUpAgain(root, tasks, NOW + 25 * 3_600_000).sweep({ signal: never });
    expect(contents()).toEqual({ f: 'written later' });
  });

  it('gives a stash entry a free name on request', async () => {
    const { root, apply, write, print, contents } = setUp(tasks);
    write('f', 'bytes');
    write('taken', '');
    await apply({ op: 'remove-file', path: 'f', expected: print('f') });
    const stash = readdirSync(join(root, '.fsync/stash')).find((name) => !name.endsWith('.json')) ?? '';
    const results = await apply(
      { op: 'unstash', stash, to: 'taken' },
      { op: 'unstash', stash, to: 'copy' },
      { op: 'unstash', stash, to: 'again' },
    );
    expect(results.map(({ status }) => status)).toEqual(['changed', 'done', 'changed']);
    expect(contents()).toEqual({ copy: 'bytes', taken: '' });
  });

  it('replaces a link without touching what it points to', async () => {
    const { root, apply, write, stage, print, contents } = setUp(tasks);
    write('f', 'f');
    symlinkSync('f', join(root, 'l'));
    symlinkSync('f', join(root, 'm'));
    stage('s', 'now a file');
    const results = await apply(place('l', 's', print('l')), { op: 'place-symlink', path: 'm', target: 'l', expected: print('m') });
    expect(results.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(contents()).toEqual({ f: 'f', l: 'now a file', m: '→ l' });
    expect(readlinkSync(join(root, 'm'))).toBe('l');
  });

  it('hazard 41: replaces a file that may not be written', async () => {
    const { root, apply, write, stage, print, contents } = setUp(tasks);
    write('f', 'f');
    chmodSync(join(root, 'f'), 0o400);
    stage('s', 'new');
    expect(await apply(place('f', 's', print('f')))).toMatchObject([{ status: 'done' }]);
    expect(contents()).toEqual({ f: 'new' });
  });
});

function codeOf(result: StepResult): string {
  return result.status === 'failed' ? result.code : result.status;
}

/** The writer of a daemon that was started after another one. */
function setUpAgain(root: string, tasks: FolderTasks, now = NOW) {
  const { dev, ino } = lstatSync(root, { bigint: true });
  return createFolderWriter({
    root,
    identity: { dev: String(dev), ino: String(ino) },
    tasks,
    clock: { now: () => now },
    random: (size) => new Uint8Array(size).fill(0xee),
  });
}
