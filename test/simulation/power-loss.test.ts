/**
 * What the folder's writer calls done is on the disk: a power loss right after its answer takes nothing
 * of it back, however many steps it were and whether or not a whole file system can be synced at once.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { runApplyJob } from '../../src/daemon/folder/apply-steps.js';
import { fingerprintOf } from '../../src/daemon/folder/fingerprint.js';
import type { SystemCalls } from '../../src/daemon/folder/system-calls.js';
import { createVaultFolder } from '../../src/daemon/folder/vault-folder.js';
import type { FolderStep, FoundChanges } from '../../src/daemon/ports.js';
import { DESCRIPTION } from '../support/vault-root.js';
import { FileError } from './file-error.js';
import { stashedTexts, treeOf } from './folder-tree.js';
import { lstatSync, mkdirSync, mountDisk, renameSync, unlinkSync, unmountAll, virtualSystemCalls, writeFileSync } from './node-fs.js';
import { VirtualDisk } from './virtual-disk.js';

vi.mock('node:fs', () => import('./node-fs.js'));

const ROOT = '/sim/A/notes';

let disk: VirtualDisk;
let identity: ReturnType<typeof createVaultFolder>['identity'];

beforeEach(() => {
  unmountAll();
  let now = 1_700_000_000_000;
  disk = new VirtualDisk(() => (now += 1000));
  mountDisk('A', disk);
  ({ identity } = createVaultFolder(ROOT, DESCRIPTION));
});

function apply(calls: SystemCalls, steps: readonly FolderStep[]): readonly string[] {
  const job = { root: ROOT, identity, steps, now: 1_700_000_500_000, nonce: '00112233aabbccdd' };
  return runApplyJob(job, calls).map(({ status }) => status);
}

function syncFound(calls: SystemCalls, found: FoundChanges): void {
  runApplyJob({ root: ROOT, identity, steps: [], now: 1_700_000_500_000, nonce: '00112233aabbccdd', found }, calls);
}

const print = (path: string) => fingerprintOf(lstatSync(`${ROOT}/${path}`, { bigint: true }) as never);

function place(path: string, staged: string, over: string | null): FolderStep {
  writeFileSync(`${ROOT}/.fsync/tmp/${staged}`, `new ${path}`);
  return { op: 'place-file', path, staged, expected: over === null ? null : print(over), mode: 0o644, mtimeMs: 1 };
}

/** The folder after the power went, all that was not brought to the disk being gone. */
function afterPowerLoss(): ReadonlyMap<string, string> {
  disk.losePower(() => false);
  const folder = disk.root.children.get('notes');
  return folder === undefined ? new Map() : treeOf(folder);
}

function oldFolder(): void {
  for (const name of ['edited', 'moved', 'removed']) writeFileSync(`${ROOT}/${name}`, `old ${name}`);
  mkdirSync(`${ROOT}/empty`);
  disk.syncAll();
}

describe.each([
  ['with syncfs', virtualSystemCalls],
  ['without syncfs', { ...virtualSystemCalls, syncFileSystem: null }],
  ['without renameat2', { ...virtualSystemCalls, renameNoReplace: null, exchange: null }],
] as const)('hazard 77: a power loss after the answer, %s', (_, calls) => {
  it.each([1, 40])('keeps every kind of change, with %i new files', (files) => {
    oldFolder();
    const fresh = Array.from({ length: files }, (__, index) => `d/f${String(index)}`);
    const steps: readonly FolderStep[] = [
      { op: 'make-directory', path: 'd', mode: 0o755 },
      ...fresh.map((path, index) => place(path, `s${String(index)}`, null)),
      place('edited', 'e', 'edited'),
      { op: 'move', from: 'moved', to: 'd/moved', expected: print('moved') },
      { op: 'remove-file', path: 'removed', expected: print('removed') },
      { op: 'remove-directory', path: 'empty' },
      { op: 'place-symlink', path: 'link', target: 'd', expected: null },
    ];
    expect(apply(calls, steps)).toEqual(steps.map(() => 'done'));
    const there = afterPowerLoss();
    const wanted = [...fresh, 'edited'].map((path): [string, string] => [path, `file new ${path}`]);
    expect(Object.fromEntries(there)).toEqual({
      d: 'directory',
      ...Object.fromEntries(wanted),
      'd/moved': 'file old moved',
      link: 'link d',
    });
    expect(stashedTexts(disk.root.children.get('notes') ?? disk.root)).toEqual(expect.arrayContaining(['old edited', 'old removed']));
  });

  it.each([1, 40])('keeps what a scan found of the work of programs that sync nothing, with %i new files', (files) => {
    oldFolder();
    const fresh = Array.from({ length: files }, (__, index) => `d/f${String(index)}`);
    mkdirSync(`${ROOT}/d`);
    for (const path of [...fresh, 'edited']) writeFileSync(`${ROOT}/${path}`, `new ${path}`);
    renameSync(`${ROOT}/moved`, `${ROOT}/d/moved`);
    unlinkSync(`${ROOT}/removed`);
    syncFound(calls, { directories: ['', 'd', 'gone'], files: [...fresh, 'edited', 'gone/too'] });
    expect(Object.fromEntries(afterPowerLoss())).toEqual({
      d: 'directory',
      empty: 'directory',
      ...Object.fromEntries([...fresh, 'edited'].map((path): [string, string] => [path, `file new ${path}`])),
      'd/moved': 'file old moved',
    });
  });

  it.runIf(calls.syncFileSystem !== null)('keeps what a scan found and what was moved away before it could be synced', () => {
    oldFolder();
    mkdirSync(`${ROOT}/d`);
    for (const path of ['edited', 'd/f']) writeFileSync(`${ROOT}/${path}`, `new ${path}`);
    renameSync(`${ROOT}/edited`, `${ROOT}/e`);
    renameSync(`${ROOT}/d`, `${ROOT}/g`);
    syncFound(calls, { directories: ['d'], files: ['edited', 'd/f'] });
    expect(Object.fromEntries(afterPowerLoss())).toMatchObject({ e: 'file new edited', g: 'directory', 'g/f': 'file new d/f' });
  });

  /** The file that a scan found is synced, but cannot be opened. */
  function syncEdited(code: string): void {
    oldFolder();
    writeFileSync(`${ROOT}/edited`, 'new edited');
    disk.events.beforeCall = (call, path) => {
      if (call === 'openSync' && path.endsWith('/edited')) throw new FileError(code, call, path);
    };
    syncFound(calls, { directories: [], files: ['edited'] });
  }

  it('does not answer as if all were on the disk where one file cannot be synced', () => {
    if (calls.syncFileSystem === null) expect(() => syncEdited('EIO')).toThrow('the disk reports an error');
    else {
      syncEdited('EIO');
      expect(afterPowerLoss().get('edited')).toBe('file new edited');
    }
  });

  it('goes on without what may not be opened any more: it is found again, and nothing to commit then', () => {
    expect(() => syncEdited('EACCES')).not.toThrow();
  });
});
