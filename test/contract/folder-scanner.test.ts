/** What every FolderScanner does, checked on real folders: on the calling thread, and through the worker pool. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { inlineFolderTasks, pooledFolderTasks, type FolderTasks } from '../../src/daemon/folder/folder-tasks.js';
import { createFolderScanner } from '../../src/daemon/folder/folder-scanner.js';
import type { DirectoryListing, FolderScanner, ScanRequest } from '../../src/daemon/ports.js';
import { createWorkerPool } from '../../src/daemon/workers/pool.js';
import { canMount } from '../support/can-mount.js';
import { printOf, VAULT, vaultRoot } from '../support/vault-root.js';

const pool = createWorkerPool({ size: 1 });
afterAll(() => pool.close());

const never = new AbortController().signal;

const adapters: readonly (readonly [string, FolderTasks])[] = [
  ['on the calling thread', inlineFolderTasks],
  ['through the worker pool', pooledFolderTasks(pool)],
];

/** 'directory/' , 'file', 'link@', and what is wrong or hidden behind it. */
function shape(listings: readonly DirectoryListing[]): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    listings.map(({ path, status, entries }) => [
      path,
      status === 'listed'
        ? entries
            .map(
              ({ name, kind, ignored, problem }) => `${name} ${kind}${ignored ? ' ignored' : ''}${problem === null ? '' : ` ${problem}`}`,
            )
            .sort((a, b) => (a < b ? -1 : 1))
        : status,
    ]),
  );
}

describe.each(adapters)('FolderScanner %s', (_name, tasks) => {
  function setUp(): {
    root: string;
    beside: string;
    scanner: FolderScanner;
    scan: (request: Partial<ScanRequest>) => Promise<readonly DirectoryListing[]>;
  } {
    const { root, beside, identity } = vaultRoot();
    const scanner = createFolderScanner({ root, vault: VAULT, identity, tasks });
    return { root, beside, scanner, scan: (request) => scanner.scan({ directories: [], recursive: [], ...request }, { signal: never }) };
  }

  it('hazard 45: walks the whole folder, parents first, without its private part', async () => {
    const { root, scan } = setUp();
    mkdirSync(join(root, 'd/e'), { recursive: true });
    writeFileSync(join(root, 'd/e/f'), 'x');
    writeFileSync(join(root, 'top'), 'x');
    symlinkSync('d/e', join(root, 'link'));
    const listings = await scan({ recursive: [''] });
    expect(shape(listings)).toEqual({ '': ['d directory', 'link symlink', 'top file'], d: ['e directory'], 'd/e': ['f file'] });
    expect(listings.map(({ path }) => path)).toEqual(['', 'd', 'd/e']);
  });

  it('tells exactly what lstat tells', async () => {
    const { root, scan } = setUp();
    writeFileSync(join(root, 'f'), 'four');
    utimesSync(join(root, 'f'), 1_600_000_000, 1_600_000_000.25);
    symlinkSync('f', join(root, 'l'));
    const [listing] = await scan({ directories: [''] });
    const byName = new Map(listing?.entries.map((entry) => [entry.name, entry]));
    expect(byName.get('f')?.fingerprint).toEqual(printOf(root, 'f'));
    expect(byName.get('f')?.fingerprint.mtimeNs).toBe('1600000000250000000');
    expect(byName.get('l')).toMatchObject({ fingerprint: printOf(root, 'l'), target: 'f' });
  });

  it('lists only the directories it is asked for, each once', async () => {
    const { root, scan } = setUp();
    mkdirSync(join(root, 'a/b'), { recursive: true });
    mkdirSync(join(root, 'c'));
    expect(Object.keys(shape(await scan({ directories: ['a', 'a'] })))).toEqual(['a']);
    const both = await scan({ directories: ['', 'a/b'], recursive: ['a', 'a'] });
    expect(both.map(({ path }) => path)).toEqual(['a', 'a/b', '']);
  });

  it('says of what is gone that it is missing, also when a file or link took its place', async () => {
    const { root, scan } = setUp();
    mkdirSync(join(root, 'real/sub'), { recursive: true });
    writeFileSync(join(root, 'file'), '');
    symlinkSync('real', join(root, 'link'));
    const listings = await scan({ directories: ['gone', 'gone/deeper', 'file', 'link', 'link/sub'] });
    expect(shape(listings)).toEqual({ gone: 'missing', 'gone/deeper': 'missing', file: 'missing', link: 'missing', 'link/sub': 'missing' });
  });

  it('hazard 18: reports sockets and fifos without opening them', async () => {
    const { root, scan } = setUp();
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
    expect(shape(await scan({ recursive: [''] }))).toEqual({ '': ['fifo special special-file', 'socket special special-file'] });
    await new Promise((resolve) => server.close(resolve));
  });

  it.runIf(canMount())('hazard 20: does not enter another file system', async () => {
    const { root, scan } = setUp();
    mkdirSync(join(root, 'mounted'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(root, 'mounted')]);
    onTestFinished(() => void execFileSync('umount', [join(root, 'mounted')]));
    writeFileSync(join(root, 'mounted/f'), 'x');
    expect(shape(await scan({ recursive: [''] }))).toEqual({ '': ['mounted foreign other-filesystem'] });
  });

  it('hazard 22: reports links that lead outside, and follows none', async () => {
    const { root, beside, scan } = setUp();
    mkdirSync(join(beside, 'outside'));
    writeFileSync(join(beside, 'outside/secret'), 'x');
    mkdirSync(join(root, 'd'));
    symlinkSync('../outside', join(root, 'leak'));
    symlinkSync(join(beside, 'outside'), join(root, 'absolute'));
    symlinkSync('../../outside', join(root, 'd/leak'));
    symlinkSync('../d', join(root, 'd/fine'));
    symlinkSync('.fsync/state.db', join(root, 'private'));
    expect(shape(await scan({ recursive: [''] }))).toEqual({
      '': ['absolute foreign symlink-outside', 'd directory', 'leak foreign symlink-outside', 'private foreign symlink-outside'],
      d: ['fine symlink', 'leak foreign symlink-outside'],
    });
  });

  it('hazard 28: reports names that are not UTF-8 or cannot be synced under a printable spelling', async () => {
    const { root, scan } = setUp();
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff, 0x5c])]), 'x');
    writeFileSync(join(root, 'real\ufffd'), 'x');
    writeFileSync(join(root, 'new\nline'), 'x');
    mkdirSync(join(root, '.FSYNC'));
    mkdirSync(Buffer.concat([Buffer.from(`${root}/dir`), Buffer.from([0xfe])]));
    const listings = await scan({ recursive: [''] });
    expect(shape(listings)).toEqual({
      '': [
        '.FSYNC foreign invalid-name',
        'bad\\xff\\\\ foreign invalid-name',
        'dir\\xfe foreign invalid-name',
        'new\nline foreign invalid-name',
        'real\ufffd file',
      ],
    });
  });

  it('takes a vault inside the vault for foreign and does not look into it', async () => {
    const { root, scan } = setUp();
    mkdirSync(join(root, 'a/inner/.fsync'), { recursive: true });
    writeFileSync(join(root, 'a/inner/.fsync/vault.json'), '{}');
    writeFileSync(join(root, 'a/inner/file'), 'x');
    expect(shape(await scan({ recursive: [''] }))).toEqual({ '': ['a directory'], a: ['inner foreign nested-vault'] });
    expect(shape(await scan({ directories: ['a/inner'] }))).toEqual({ 'a/inner': 'unreadable' });
  });

  it('marks what the rules ignore and reads nothing below, and reads the rules anew for each scan', async () => {
    const { root, scan } = setUp();
    mkdirSync(join(root, 'node_modules/x'), { recursive: true });
    writeFileSync(join(root, 'a.log'), '');
    expect(Object.keys(shape(await scan({ recursive: [''] })))).toContain('node_modules/x');
    writeFileSync(join(root, '.fsyncignore'), 'node_modules/\n*.log\n');
    expect(shape(await scan({ recursive: [''] }))).toEqual({
      '': ['.fsyncignore file', 'a.log file ignored', 'node_modules directory ignored'],
    });
  });

  it.each(['directory', 'link', 'unreadable file'])(
    'fails when the ignore file is a %s, because no rules would unignore everything',
    async (what) => {
      const { root, scan } = setUp();
      const path = join(root, '.fsyncignore');
      if (what === 'directory') mkdirSync(path);
      else if (what === 'link') symlinkSync('other', path);
      else execFileSync('mkfifo', [path]);
      await expect(scan({ recursive: [''] })).rejects.toMatchObject({ code: 'io_error' });
    },
  );

  it('hazard 48: fails when the root is gone or another directory, instead of finding everything deleted', async () => {
    const { root, beside, scan, scanner } = setUp();
    writeFileSync(join(root, 'f'), '');
    expect(await scanner.checkRoot()).toBe('ok');
    renameSync(root, join(beside, 'away'));
    await expect(scan({ recursive: [''] })).rejects.toMatchObject({ code: 'guarded' });
    expect(await scanner.checkRoot()).toBe('missing');
    mkdirSync(root);
    await expect(scan({ recursive: [''] })).rejects.toMatchObject({ code: 'guarded' });
    expect(await scanner.checkRoot()).toBe('missing');
    renameSync(join(beside, 'away/.fsync'), join(root, '.fsync'));
    expect(await scanner.checkRoot()).toBe('replaced');
    rmSync(root, { recursive: true });
    renameSync(join(beside, 'away'), root);
    expect(await scanner.checkRoot()).toBe('missing');
  });

  it('refuses paths that leave the folder and lists nothing of its private part', async () => {
    const { root, scan } = setUp();
    await expect(scan({ directories: ['../x'] })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(scan({ recursive: ['/etc'] })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(shape(await scan({ recursive: ['.fsync', '.fsync/tmp'] }))).toEqual({ '.fsync': 'unreadable', '.fsync/tmp': 'unreadable' });
    chmodSync(root, 0o700);
  });

  it('is stopped by its signal', async () => {
    const { scanner } = setUp();
    const controller = new AbortController();
    controller.abort();
    await expect(scanner.scan({ directories: [], recursive: [''] }, { signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
