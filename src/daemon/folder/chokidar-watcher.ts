/**
 * FolderWatcher on chokidar, for systems other than Linux and, polling, for network mounts. It
 * watches the whole tree by itself; it is never trusted with what happened, only with where.
 */
import { relative, sep } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import type { Logger } from '../../core/base/effects.js';
import { PRIVATE_FOLDER } from '../../core/base/name-rules.js';
import { isAtOrInside, parentPath } from '../../core/base/rel-path.js';
import { errnoOf } from '../home/errno.js';
import type { FolderWatcher } from '../ports.js';
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
    // What happened while it was starting is not reported.
    this.#watcher.on('ready', () => this.#hints.everything());
  }

  onHint(listener: (directories: readonly string[] | null) => void): void {
    this.#hints.onHint(listener);
  }

  /** Nothing to do: the whole tree is watched. */
  follow(): void {
    return undefined;
  }

  unfollow(): void {
    return undefined;
  }

  degraded(): { readonly reason: string; readonly directories: number } | null {
    return this.#failure === null ? null : { reason: this.#failure, directories: 1 };
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

  #onError(error: unknown): void {
    const code = errnoOf(error);
    this.#hints.everything();
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    this.#logger.warn('the folder cannot be watched whole and is looked at regularly instead', { code });
    this.#failure = code === 'ENOSPC' || code === 'EMFILE' ? 'watch-limit' : (code ?? 'watch-error');
    this.#poll ??= setInterval(() => this.#hints.everything(), this.#pollMs).unref();
  }

  #relative(absolute: string): string {
    return relative(this.#root, absolute).split(sep).join('/');
  }
}
