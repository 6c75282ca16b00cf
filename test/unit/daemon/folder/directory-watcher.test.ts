import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDirectoryWatcher, type DirectoryWatcherOptions } from '../../../../src/daemon/folder/directory-watcher.js';
import { chooseEngine } from '../../../../src/daemon/folder/folder-watcher.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { tempFolder } from '../../../support/temp-folder.js';

function setUp(options: DirectoryWatcherOptions) {
  const root = tempFolder();
  for (const name of ['a', 'b', 'c']) mkdirSync(join(root, name));
  const logger = recordingLogger();
  const watcher = createDirectoryWatcher({ root, logger }, options);
  const hints: (readonly string[] | null)[] = [];
  watcher.onHint((hint) => hints.push(hint));
  onTestFinished(() => watcher.close());
  return { root, logger, watcher, hints };
}

describe('directory watcher', () => {
  it('hazard 3: hints at each directory when it begins to watch it, so that it is read after that', async () => {
    const { watcher, hints } = setUp({});
    watcher.follow(['', 'a']);
    await vi.waitFor(() => expect(new Set(hints.flat())).toEqual(new Set(['', 'a'])));
    watcher.follow(['', 'a']);
    watcher.follow(['b']);
    await vi.waitFor(() => expect(hints.flat()).toHaveLength(3));
  });

  it('hazard 2: looks regularly at what the system refuses to watch, and says so', async () => {
    const { watcher, hints, logger } = setUp({ maxWatches: 2, pollMs: 20 });
    watcher.follow(['', 'a', 'b', 'c']);
    await vi.waitFor(() => expect(watcher.degraded()).toEqual({ reason: 'watch-limit', directories: 2 }));
    const polled = (): number => hints.filter((hint) => hint?.includes('b') === true && hint.includes('c')).length;
    await vi.waitFor(() => expect(polled()).toBeGreaterThan(2));
    expect(hints.slice(-1)).toEqual([['b', 'c']]);
    expect(logger.lines.some(({ level }) => level === 'warn')).toBe(true);
    watcher.unfollow(['a', 'b']);
    await vi.waitFor(() => expect(watcher.degraded()).toBeNull());
  });

  it('hazard 1: hints at everything after a burst, and once more when it is over', async () => {
    const { root, watcher, hints } = setUp({});
    watcher.follow(['', 'a']);
    await vi.waitFor(() => expect(hints.flat()).toContain('a'));
    for (let index = 0; index < 5_000; index += 1) writeFileSync(join(root, 'a', String(index)), 'x');
    await vi.waitFor(() => expect(hints).toContain(null), { timeout: 10_000 });
    const first = hints.indexOf(null);
    await vi.waitFor(() => expect(hints.slice(first + 1)).toContain(null), { timeout: 10_000 });
  });

  it('does not follow a link in place of a directory', async () => {
    const { watcher, hints } = setUp({});
    watcher.follow(['gone', '.fsync', '.fsync/tmp']);
    await vi.waitFor(() => expect(hints).toEqual([['']]));
    expect(watcher.degraded()).toBeNull();
  });
});

describe('choosing an engine', () => {
  it('takes one watch a directory on local disks of Linux, chokidar elsewhere', () => {
    expect(chooseEngine(tempFolder(), 'linux')).toBe('directories');
    expect(chooseEngine('/proc', 'linux')).toBe('directories');
    expect(chooseEngine(tempFolder(), 'darwin')).toBe('chokidar');
  });
});
