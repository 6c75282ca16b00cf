import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runApplyJob } from '../../../../src/daemon/folder/apply-steps.js';
import { runSweepJob } from '../../../../src/daemon/folder/sweep.js';
import { loadSystemCalls, NO_SYSTEM_CALLS, SystemCallError, type SystemCalls } from '../../../../src/daemon/folder/system-calls.js';
import type { FolderStep, StepResult } from '../../../../src/daemon/ports.js';
import { asNobody, contentsOf, giveToNobody, printOf, vaultRoot } from '../../../support/vault-root.js';

const real = loadSystemCalls(process.platform);
const ENOSPC = 28;
const NOW = 1_700_000_000_000;
const NONCE = '00112233aabbccdd';

function setUp() {
  const { root, identity, beside } = vaultRoot();
  return {
    root,
    beside,
    path: (name: string) => join(root, name),
    stage: (name: string, text: string): void => writeFileSync(join(root, '.fsync/tmp', name), text),
    write: (name: string, text: string): void => writeFileSync(join(root, name), text),
    print: (name: string) => printOf(root, name),
    contents: () => contentsOf(root),
    stash: () => readdirSync(join(root, '.fsync/stash')).filter((name) => !name.endsWith('.json')),
    stashText: (name: string) => readFileSync(join(root, '.fsync/stash', name), 'utf8'),
    apply: (calls: SystemCalls, ...steps: FolderStep[]): readonly StepResult[] =>
      runApplyJob({ root, identity, steps, now: NOW, nonce: NONCE }, calls),
    sweep: (now: number) => runSweepJob({ root, identity, now, nonce: NONCE, keep: [] }),
  };
}

function place(path: string, expected: ReturnType<typeof printOf> | null): FolderStep {
  return { op: 'place-file', path, staged: 's', expected, mode: 0o600, mtimeMs: 1_600_000_000_000 };
}

/** Something happens right before the system swaps two names: after every check, before the act. */
function beforeExchange(happens: (target: string) => void): SystemCalls {
  return {
    ...real,
    exchange: (a, b) => {
      happens(b);
      real.exchange?.(a, b);
    },
  };
}

function beforeRename(happens: (from: string, to: string) => void): SystemCalls {
  return {
    ...real,
    renameNoReplace: (from, to) => {
      happens(from, to);
      real.renameNoReplace?.(from, to);
    },
  };
}

describe.runIf(real.exchange !== null)('a save in the last moment', () => {
  it('hazard 35: comes out of the exchange and is kept for a conflict copy', () => {
    const { apply, path, stage, write, print, contents, stash, stashText } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    const calls = beforeExchange(() => writeFileSync(path('f'), 'saved in the last moment'));
    const [result] = apply(calls, place('f', print('f')));
    expect(contents()).toEqual({ f: 'theirs' });
    const [entry = ''] = stash();
    expect(result).toEqual({ status: 'done', fingerprint: print('f'), displaced: entry });
    expect(stashText(entry)).toBe('saved in the last moment');
    expect(apply(real, { op: 'unstash', stash: entry, to: 'copy' })).toMatchObject([{ status: 'done' }]);
    expect(contents()).toEqual({ f: 'theirs', copy: 'saved in the last moment' });
    expect(readdirSync(path('.fsync/stash')).filter((name) => name.startsWith(entry))).toEqual([]);
  });

  it('hazard 51: is given back by a sweep when a crash came before its conflict copy was made', () => {
    const { apply, path, stage, write, print, contents, sweep } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    apply(
      beforeExchange(() => writeFileSync(path('f'), 'saved in the last moment')),
      place('f', print('f')),
    );
    sweep(NOW + 1);
    const { f, ...recovered } = contents();
    expect(f).toBe('theirs');
    expect(Object.entries(recovered)).toEqual([['f (conflict recovered 2023-11-14 221320 0011)', 'saved in the last moment']]);
  });

  /** The stash refuses, as a full or failing disk does, right after `happens`. */
  function refusingStash(happens: () => void): SystemCalls {
    return beforeRename((_, to) => {
      if (!to.includes('/stash/') && !/\/\d+-[0-9a-f]+-\d+$/.test(to)) return;
      happens();
      throw new SystemCallError('renameat2', ENOSPC);
    });
  }

  it('to what was just placed stays, when that has to be taken back', () => {
    const { apply, path, stage, write, print, contents, stash, sweep } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    const calls = refusingStash(() => writeFileSync(path('f'), 'saved over theirs'));
    expect(apply(calls, place('f', print('f')))).toMatchObject([{ status: 'failed', code: 'disk_full' }]);
    expect([contents(), stash()]).toEqual([{ f: 'saved over theirs' }, []]);
    sweep(NOW + 1);
    expect(contents()).toEqual({ f: 'saved over theirs' });
  });

  it('before and after the placing are both kept, when that has to be taken back', () => {
    const { apply, path, stage, write, print, contents, sweep } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    const calls = {
      ...refusingStash(() => {
        rmSync(path('f'));
        writeFileSync(path('f'), 'saved after');
      }),
      exchange: beforeExchange((target) => {
        if (readFileSync(path('f'), 'utf8') === 'old') writeFileSync(target, 'saved before');
      }).exchange,
    };
    expect(apply(calls, place('f', print('f')))).toMatchObject([{ status: 'failed' }]);
    expect(contents()).toEqual({ f: 'saved after' });
    sweep(NOW + 1);
    expect(new Set(Object.values(contents()))).toEqual(new Set(['saved after', 'saved before']));
    expect(readdirSync(path('.fsync/tmp'))).toEqual([]);
  });

  it('that replaced the file by a directory undoes the exchange', () => {
    const { apply, path, stage, write, print, contents, stash } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    let first = true;
    const calls = beforeExchange(() => {
      if (!first) return;
      first = false;
      rmSync(path('f'));
      mkdirSync(path('f'));
      writeFileSync(path('f/inside'), 'mine');
    });
    expect(apply(calls, place('f', print('f')))).toEqual([{ status: 'changed' }]);
    expect(contents()).toEqual({ f: null, 'f/inside': 'mine' });
    expect(stash()).toEqual([]);
    expect(readFileSync(path('.fsync/tmp/s'), 'utf8')).toBe('theirs');
  });

  it('that removed the file leaves it removed', () => {
    const { apply, path, stage, write, print, contents } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    const calls = beforeExchange(() => rmSync(path('f')));
    expect(apply(calls, place('f', print('f')))).toEqual([{ status: 'changed' }]);
    expect(contents()).toEqual({});
  });

  it('hazard 35: to a file that is about to be removed brings it back', () => {
    const { apply, path, write, print, contents, stash } = setUp();
    write('f', 'old');
    const calls = beforeRename((from) => {
      if (from.endsWith('/f')) writeFileSync(path('f'), 'saved');
    });
    expect(apply(calls, { op: 'remove-file', path: 'f', expected: print('f') })).toEqual([{ status: 'changed' }]);
    expect(contents()).toEqual({ f: 'saved' });
    expect(stash()).toEqual([]);
  });

  it('to a file that is being removed, while a new one takes its name, is kept beside it', () => {
    const { apply, path, write, print, contents, stash, stashText } = setUp();
    write('f', 'old');
    const calls = beforeRename((from, to) => {
      if (from.endsWith('/f')) writeFileSync(path('f'), 'saved');
      else if (to.endsWith('/f')) writeFileSync(path('f'), 'another');
    });
    const [entry] = [apply(calls, { op: 'remove-file', path: 'f', expected: print('f') })[0]];
    expect(entry).toEqual({ status: 'changed', displaced: stash()[0] });
    expect(contents()).toEqual({ f: 'another' });
    expect(stashText(stash()[0] ?? '')).toBe('saved');
  });

  it('to what is being moved undoes the move', () => {
    const { apply, path, write, print, contents } = setUp();
    write('f', 'old');
    const calls = beforeRename((from) => {
      if (!from.endsWith('/f')) return;
      rmSync(path('f'));
      writeFileSync(path('f'), 'another');
    });
    expect(apply(calls, { op: 'move', from: 'f', to: 'g', expected: print('f') })).toEqual([{ status: 'changed' }]);
    expect(contents()).toEqual({ f: 'another' });
  });

  it('hazard 37: at a free place wins over what was to be created there', () => {
    const { apply, path, stage, contents } = setUp();
    stage('s', 'theirs');
    const calls = beforeRename((_from, to) => {
      if (to.endsWith('/f')) writeFileSync(path('f'), 'mine');
    });
    expect(apply(calls, place('f', null))).toEqual([{ status: 'changed' }]);
    expect(contents()).toEqual({ f: 'mine' });
  });

  it('hazard 21: does not lead the writer through a parent that becomes a link', () => {
    const { apply, beside, path, stage, write, print } = setUp();
    mkdirSync(join(beside, 'outside'));
    writeFileSync(join(beside, 'outside/f'), 'do not touch');
    mkdirSync(path('d'));
    write('d/f', 'old');
    stage('s', 'theirs');
    const calls = beforeExchange(() => {
      if (existsSync(path('away'))) return;
      renameSync(path('d'), path('away'));
      symlinkSync('../outside', path('d'));
    });
    apply(calls, place('d/f', print('d/f')));
    expect(readFileSync(join(beside, 'outside/f'), 'utf8')).toBe('do not touch');
    expect(readdirSync(join(beside, 'outside'))).toEqual(['f']);
  });
});

describe('a disk that fails', () => {
  it('that is full changes nothing and says so', () => {
    const { apply, stage, write, print, contents } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    const full = (): never => {
      throw new SystemCallError('renameat2', ENOSPC);
    };
    const results = apply({ ...real, renameNoReplace: full, exchange: full }, place('f', print('f')), {
      op: 'remove-file',
      path: 'f',
      expected: print('f'),
    });
    expect(results).toMatchObject([
      { status: 'failed', code: 'disk_full' },
      { status: 'failed', code: 'disk_full' },
    ]);
    expect(contents()).toEqual({ f: 'old' });
  });

  it.runIf(real.exchange !== null)('hazard 42: while the old file goes to the stash gets it back to its place', () => {
    const { apply, stage, write, print, contents } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    const calls: SystemCalls = {
      ...real,
      renameNoReplace: () => {
        throw new SystemCallError('renameat2', ENOSPC);
      },
    };
    expect(apply(calls, place('f', print('f')))).toMatchObject([{ status: 'failed', code: 'disk_full' }]);
    expect(contents()).toEqual({ f: 'old' });
  });

  it('puts nothing into a directory that is not the one it was to make or to move there', () => {
    const { apply, path, write, print, contents } = setUp();
    mkdirSync(path('d'));
    write('d/kept', 'theirs');
    mkdirSync(path('e'));
    const steps: FolderStep[] = [
      { op: 'remove-directory', path: 'd' },
      { op: 'make-directory', path: 'd', mode: 0o755 },
      { op: 'make-directory', path: 'd/s', mode: 0o755 },
      { op: 'place-symlink', path: 'd/s/l', target: 'x', expected: null },
      { op: 'move', from: 'e', to: 'd', expected: print('e') },
      { op: 'make-directory', path: 'd/t', mode: 0o755 },
      { op: 'make-directory', path: 'f', mode: 0o755 },
    ];
    expect(apply(real, ...steps).map(({ status }) => status)).toEqual([...Array<string>(6).fill('changed'), 'done']);
    expect(contents()).toEqual({ d: null, 'd/kept': 'theirs', e: null, f: null });
  });

  it('hazard 77: says what was done and could not be synced', () => {
    const { apply } = setUp();
    const calls: SystemCalls = {
      ...real,
      syncFileSystem: () => {
        throw new SystemCallError('syncfs', 5);
      },
    };
    const steps = Array.from({ length: 40 }, (_, index): FolderStep => ({ op: 'make-directory', path: `d${String(index)}`, mode: 0o755 }));
    const results = apply(calls, ...steps);
    expect(results).toHaveLength(40);
    for (const result of results) expect(result).toMatchObject({ status: 'done', isUnsynced: true });
    expect(apply(real, { op: 'make-directory', path: 'e', mode: 0o755 })).not.toHaveProperty([0, 'isUnsynced']);
  });

  it('counts as placed what is in its place, even if nobody can look at it any more', () => {
    const { apply, root, path, beside, stage, print } = setUp();
    stage('s', 'new');
    mkdirSync(path('d'));
    for (const name of [beside, root]) chmodSync(name, 0o755);
    for (const name of ['.fsync', '.fsync/tmp', '.fsync/stash']) chmodSync(path(name), 0o777);
    for (const name of ['.fsync/tmp/s', 'd']) giveToNobody(path(name));
    const calls: SystemCalls = {
      ...real,
      renameNoReplace: (from, to) => {
        real.renameNoReplace?.(from, to);
        chmodSync(path('d'), 0o000);
      },
    };
    const results = asNobody(() => apply(calls, place('d/f', null)));
    chmodSync(path('d'), 0o755);
    expect(results).toMatchObject([{ status: 'done', fingerprint: { ino: print('d/f').ino, size: 3 } }]);
  });

  it('hazard 41: says which path may not be written', () => {
    const { apply, root, path, beside, stage } = setUp();
    stage('s', 'x');
    mkdirSync(path('closed'));
    for (const name of [beside, root]) chmodSync(name, 0o755);
    for (const name of ['.fsync', '.fsync/tmp', '.fsync/stash', '.fsync/tmp/s']) chmodSync(path(name), 0o777);
    chmodSync(path('closed'), 0o555);
    const results = asNobody(() =>
      apply(real, { op: 'make-directory', path: 'closed/d', mode: 0o755 }, { op: 'make-directory', path: 'e', mode: 0o755 }),
    );
    expect(results).toEqual([
      { status: 'failed', code: 'io_error', message: 'closed/d: permission denied' },
      { status: 'failed', code: 'io_error', message: 'e: permission denied' },
    ]);
  });

  it('cannot be fooled by a private folder that became a link', () => {
    const { apply, path, beside, write, print, contents } = setUp();
    write('f', 'old');
    const expected = print('f');
    renameSync(path('.fsync/stash'), join(beside, 'stash'));
    symlinkSync(join(beside, 'stash'), path('.fsync/stash'));
    expect(apply(real, { op: 'remove-file', path: 'f', expected })).toEqual([{ status: 'changed' }]);
    expect(contents()).toEqual({ f: 'old' });
    expect(readdirSync(join(beside, 'stash'))).toEqual([]);
  });
});

describe('without system calls', () => {
  it('hazard 35: a name that is taken while the old file is in the stash stays taken, and nothing is lost', () => {
    const { apply, path, stage, write, print, contents, stash, stashText } = setUp();
    write('f', 'old');
    stage('s', 'theirs');
    const calls: SystemCalls = {
      ...NO_SYSTEM_CALLS,
      renameNoReplace: (from, to) => {
        if (from.endsWith('/s')) writeFileSync(path('f'), 'mine');
        if (existsSync(to)) throw new SystemCallError('rename', 17);
        renameSync(from, to);
      },
    };
    expect(apply(calls, place('f', print('f')))).toEqual([{ status: 'changed' }]);
    expect(contents()).toEqual({ f: 'mine' });
    expect(stash().map(stashText)).toEqual(['old']);
  });
});
