/**
 * FolderWatcher on chokidar, for systems other than Linux and, polling, for network mounts. It
 * watches the whole tree by itself; it is never trusted with what happened, only with where.
 */
import { lstatSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import type { Logger } from '../../core/base/effects.js';
import { PRIVATE_FOLDER } from '../../core/base/name-rules.js';
import { isAtOrInside, parentPath } from '../../core/base/rel-path.js';
import { errnoOf } from '../home/errno.js';
import type { FolderWatcher } from '../ports.js';
import { typeOf } from './fingerprint.js';
import { HintQueue } from './hint-queue.js';

export interface ChokidarWatcherDeps {
  /** Absolute and resolved. */
  readonly root: string;
  readonly logger: Logger;
  /** Ignored directories are not watched; paths are relative to the root. */
  readonly ignores?: (path: string, isDirectory: boolean) => boolean;
}

export interface ChokidarWatcherOptions {
  /** Look regularly instead of asking the system for events. */
  readonly polling?: boolean;
  /** Milliseconds between looks when polling. */
  readonly intervalMs?: number;
  /** Milliseconds that hints wait for each other. */
  readonly delayMs?: number;
  /** While something cannot be watched, a hint at everything every so many milliseconds. */
  readonly pollMs?: number;
}

const DEFAULT_INTERVAL_MS = 2_000;
const DEFAULT_DELAY_MS = 10;
const DEFAULT_POLL_MS = 30_000;

export function createChokidarWatcher(deps: ChokidarWatcherDeps, options: ChokidarWatcherOptions = {}): FolderWatcher {
  return new ChokidarWatcher(deps, options);
}

class ChokidarWatcher implements FolderWatcher {
  readonly #root: string;
  readonly #logger: Logger;
  readonly #hints: HintQueue;
  readonly #pollMs: number;
  readonly #watcher: FSWatcher;
  /** The directories that exist by inode and birth, to notice one that was replaced under its name: chokidar does not. */
  readonly #known = new Map<string, string>();
  #failure: string | null = null;
  #poll: NodeJS.Timeout | null = null;

  constructor({ root, logger, ignores }: ChokidarWatcherDeps, options: ChokidarWatcherOptions) {
    this.#root = root;
    this.#logger = logger;
    this.#hints = new HintQueue(options.delayMs ?? DEFAULT_DELAY_MS);
    this.#pollMs = options.pollMs ?? DEFAULT_POLL_MS;
    const interval = options.intervalMs ?? DEFAULT_INTERVAL_MS;
    this.#watcher = watch(root, {
      ignoreInitial: true,
      followSymlinks: false,
      persistent: false,
      alwaysStat: false,
      atomic: false,
      usePolling: options.polling ?? false,
      interval,
      binaryInterval: interval,
      ignored: (absolute, stat) => {
        const path = this.#relative(absolute);
        return isAtOrInside(path, PRIVATE_FOLDER) || (path !== '' && stat?.isDirectory() === true && ignores?.(path, true) === true);
      },
    });
    this.#watcher.on('all', (event, absolute) => this.#onEvent(event, this.#relative(absolute)));
    this.#watcher.on('error', (error) => this.#onError(error));
    this.#hints.onHint((directories) => this.#watchReplaced(directories ?? []));
    // What happened while it was starting is not reported.
    this.#watcher.on('ready', () => this.#hints.everything());
  }

  onHint(listener: (directories: readonly string[] | null) => void): void {
    this.#hints.onHint(listener);
  }

  /** The whole tree is watched anyway; which directories exist is remembered. */
  follow(directories: readonly string[]): void {
    for (const directory of directories) {
      const identity = this.#identityOf(directory);
      if (identity !== null && !this.#known.has(directory)) this.#known.set(directory, identity);
    }
  }

  unfollow(directories: readonly string[]): void {
    for (const directory of directories) this.#known.delete(directory);
  }

  degraded(): { readonly reason: string; readonly directories: number } | null {
    return this.#failure === null ? null : { reason: this.#failure, directories: 1 };
  }

  unwatchedSubtrees(): readonly string[] {
    return this.#failure === null ? [] : [''];
  }

  async close(): Promise<void> {
    if (this.#poll !== null) clearInterval(this.#poll);
    this.#hints.close();
    await this.#watcher.close();
  }

  #onEvent(event: string, path: string): void {
    if (isAtOrInside(path, PRIVATE_FOLDER)) return;
    this.#hints.event(parentPath(path));
    if (event === 'addDir' && path !== '') this.#hints.look(path);
  }

  /** Starts over with directories that are not the ones that were followed, and with everything below them. */
  #watchReplaced(directories: readonly string[]): void {
    for (const directory of directories) {
      const known = this.#known.get(directory);
      const identity = this.#identityOf(directory);
      if (known === undefined || identity === null || identity === known) continue;
      const stale = [...this.#known.keys()].filter((path) => isAtOrInside(path, directory));
      for (const path of stale) this.#known.delete(path);
      this.follow(stale);
      // What is not watched any more stays excluded until it is added again by its own name.
      const paths = stale.map((path) => join(this.#root, path));
      this.#watcher.unwatch(paths);
      this.#watcher.add(paths);
      for (const path of stale) this.#hints.look(path);
    }
  }

  #identityOf(directory: string): string | null {
    const stat = lstatSync(join(this.#root, directory), { bigint: true, throwIfNoEntry: false });
    return stat !== undefined && typeOf(stat) === 'directory' ? `${String(stat.ino)}:${String(stat.birthtimeNs)}` : null;
  }

  #onError(error: unknown): void {
    const code = errnoOf(error);
    this.#hints.everything();
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    this.#logger.warn('the folder cannot be watched whole and is looked at regularly instead', { code });
    this.#failure = code === 'ENOSPC' ? 'watch-limit' : code === 'EMFILE' ? 'watcher-limit' : (code ?? 'watch-error');
    this.#poll ??= setInterval(() => this.#hints.everything(), this.#pollMs).unref();
  }

  #relative(absolute: string): string {
    return relative(this.#root, absolute).split(sep).join('/');
  }
}
