/** What every FolderWatcher does: whatever happens in a directory, somebody is told to look at it again. */
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAtOrInside } from '../../src/core/base/rel-path.js';
import { parseIgnoreRules } from '../../src/core/ignore/ignore-rules.js';
import { createFolderWatcher, type WatchEngine } from '../../src/daemon/folder/folder-watcher.js';
import { scanDirectories } from '../../src/daemon/folder/scan-directories.js';
import { unpackScan } from '../../src/daemon/folder/scan-packing.js';
import type { FolderWatcher } from '../../src/daemon/ports.js';
import { recordingLogger } from '../support/recording-logger.js';
import { tempFolder } from '../support/temp-folder.js';

const noRules = parseIgnoreRules('');

/** A watcher and somebody who does with its hints what the engine does: scans and follows. `seen` is what was found so. */
class Observer {
  readonly root = tempFolder();
  readonly hints: (readonly string[] | null)[] = [];
  #files = new Set<string>();
  readonly #watcher: FolderWatcher;
  readonly #waiting = new Set<() => void>();

  constructor(engine: WatchEngine) {
    mkdirSync(join(this.root, '.fsync/tmp'), { recursive: true });
    mkdirSync(join(this.root, 'd/e'), { recursive: true });
    writeFileSync(join(this.root, 'd/f'), 'f');
    this.#watcher = createFolderWatcher(engine, { root: this.root, logger: recordingLogger() });
    this.#watcher.onHint((directories) => {
      this.hints.push(directories);
      this.#scan(directories === null ? { directories: [], recursive: [''] } : { directories, recursive: [] });
    });
    this.#scan({ directories: [], recursive: [''] });
    onTestFinished(() => this.#watcher.close());
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** Waits until the folder, as found by following hints only, is as wished. */
  async sees(wish: (files: ReadonlySet<string>) => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(20_000);
    while (!wish(this.#files)) {
      if (deadline.aborted)
        throw new Error(`not seen; found are ${[...this.#files].join(', ')}; hints were ${JSON.stringify(this.hints.slice(-20))}`);
      await this.#next(deadline);
    }
  }

  /** Waits for a hint at the directory. */
  async hintedAt(directory: string, since: number): Promise<void> {
    const deadline = AbortSignal.timeout(20_000);
    while (!this.hints.slice(since).some((hint) => hint === null || hint.includes(directory))) {
      if (deadline.aborted) throw new Error(`no hint at ${directory}, but ${JSON.stringify(this.hints.slice(since))}`);
      await this.#next(deadline);
    }
  }

  /** Waits until the engine reports what happens now. */
  async ready(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const name = `probe-${String(attempt)}`;
      for (const directory of ['', 'd/', 'd/e/']) writeFileSync(this.path(directory + name), '');
      const seen = ['', 'd/', 'd/e/'].map((directory) => this.sees((files) => files.has(directory + name)).then(() => true));
      const soon = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 3_000));
      if (await Promise.race([Promise.all(seen).then(() => true), soon])) return;
    }
  }

  #next(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #scan(request: { directories: readonly string[]; recursive: readonly string[] }): void {
    for (const { path, status, entries } of unpackScan(scanDirectories(this.root, request, noRules))) {
      if (status === 'missing') {
        this.#watcher.unfollow([path]);
        this.#files = new Set([...this.#files].filter((file) => !isAtOrInside(file, path)));
        continue;
      }
      const here = new Set(entries.map(({ name }) => (path === '' ? name : `${path}/${name}`)));
      const gone = [...this.#files].filter(
        (file) =>
          isAtOrInside(file, path) && file !== path && !file.slice(path === '' ? 0 : path.length + 1).includes('/') && !here.has(file),
      );
      for (const file of gone) this.#files = new Set([...this.#files].filter((other) => !isAtOrInside(other, file)));
      const fresh = entries.filter(({ name, kind }) => kind === 'directory' && !this.#files.has(path === '' ? name : `${path}/${name}`));
      for (const file of here) this.#files.add(file);
      this.#watcher.follow([path]);
      if (request.directories.length > 0 && fresh.length > 0)
        this.#scan({ directories: [], recursive: fresh.map(({ name }) => (path === '' ? name : `${path}/${name}`)) });
    }
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

const engines: readonly WatchEngine[] = process.platform === 'linux' ? ['directories', 'chokidar', 'polling'] : ['chokidar', 'polling'];

describe.each(engines)('FolderWatcher %s', (engine) => {
  async function setUp(): Promise<Observer> {
    const observer = new Observer(engine);
    await observer.ready();
    return observer;
  }

  it('sees files made, renamed and deleted', async () => {
    const observer = await setUp();
    writeFileSync(observer.path('d/new'), 'x');
    await observer.sees((files) => files.has('d/new'));
    renameSync(observer.path('d/new'), observer.path('d/e/renamed'));
    await observer.sees((files) => !files.has('d/new') && files.has('d/e/renamed'));
    rmSync(observer.path('d/e/renamed'));
    await observer.sees((files) => !files.has('d/e/renamed'));
    symlinkSync('d', observer.path('link'));
    await observer.sees((files) => files.has('link'));
  });

  it('hints at the directory of a file that is written to', async () => {
    const observer = await setUp();
    const since = observer.hints.length;
    appendFileSync(observer.path('d/f'), 'more');
    await observer.hintedAt('d', since);
  });

  it('hazard 3: sees what is in new directories, however quickly it gets there', async () => {
    const observer = await setUp();
    mkdirSync(observer.path('n/a/b/c'), { recursive: true });
    for (const name of ['n/1', 'n/a/2', 'n/a/b/3', 'n/a/b/c/4']) writeFileSync(observer.path(name), '');
    await observer.sees((files) => ['n/1', 'n/a/2', 'n/a/b/3', 'n/a/b/c/4'].every((name) => files.has(name)));
    writeFileSync(observer.path('n/a/b/c/later'), '');
    await observer.sees((files) => files.has('n/a/b/c/later'));
  });

  it('hazard 3: sees what is in directories that are moved in, and follows them when they are moved on', async () => {
    const observer = await setUp();
    const outside = tempFolder();
    mkdirSync(join(outside, 'tree/sub'), { recursive: true });
    writeFileSync(join(outside, 'tree/sub/file'), '');
    renameSync(join(outside, 'tree'), observer.path('moved'));
    await observer.sees((files) => files.has('moved/sub/file'));
    renameSync(observer.path('moved'), observer.path('d/again'));
    await observer.sees((files) => files.has('d/again/sub/file') && !files.has('moved'));
    writeFileSync(observer.path('d/again/sub/later'), '');
    await observer.sees((files) => files.has('d/again/sub/later'));
  });

  it('survives directories that go away, and sees those that take their names', async () => {
    const observer = await setUp();
    rmSync(observer.path('d'), { recursive: true });
    await observer.sees((files) => !files.has('d'));
    mkdirSync(observer.path('d/e'), { recursive: true });
    writeFileSync(observer.path('d/e/anew'), '');
    await observer.sees((files) => files.has('d/e/anew'));
    rmSync(observer.path('d'), { recursive: true });
    mkdirSync(observer.path('d/e'), { recursive: true });
    writeFileSync(observer.path('d/e/at once'), '');
    await observer.sees((files) => files.has('d/e/at once') && !files.has('d/e/anew'));
    writeFileSync(observer.path('d/e/later'), '');
    await observer.sees((files) => files.has('d/e/later'));
  });

  it('says nothing about the private folder', async () => {
    const observer = await setUp();
    writeFileSync(observer.path('.fsync/tmp/x'), '');
    writeFileSync(observer.path('.fsync/y'), '');
    writeFileSync(observer.path('d/marker'), '');
    await observer.sees((files) => files.has('d/marker'));
    expect(observer.hints.flatMap((hint) => hint ?? []).filter((path) => isAtOrInside(path, '.fsync'))).toEqual([]);
  });

  it('is not degraded when everything can be watched, and is silent after it was closed', async () => {
    const root = tempFolder();
    const watcher = createFolderWatcher(engine, { root, logger: recordingLogger() });
    let hints = 0;
    watcher.onHint(() => (hints += 1));
    watcher.follow(['', 'not there', '']);
    expect(watcher.degraded()).toBeNull();
    await watcher.close();
    const before = hints;
    writeFileSync(join(root, 'x'), '');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hints).toBe(before);
  });
});
