/**
 * FolderWatcher with one fs.watch a directory, for Linux: the scanner says which directories exist,
 * events only say which of them to look at again. A directory that becomes watched is hinted at
 * once, so that it is always watched first and read then.
 */
import { lstatSync, watch, type BigIntStats, type FSWatcher } from 'node:fs';
import type { Logger } from '../../core/base/effects.js';
import { PRIVATE_FOLDER } from '../../core/base/name-rules.js';
import { isAtOrInside, joinPath, parentPath, pathName } from '../../core/base/rel-path.js';
import { errnoOf } from '../home/errno.js';
import type { FolderWatcher } from '../ports.js';
import { typeOf } from './fingerprint.js';
import { HintQueue } from './hint-queue.js';

export interface DirectoryWatcherDeps {
  /** Absolute and resolved. */
  readonly root: string;
  readonly logger: Logger;
}

export interface DirectoryWatcherOptions {
  /** Milliseconds that hints wait for each other. */
  readonly delayMs?: number;
  /** While directories cannot be watched, a hint at them every so many milliseconds. */
  readonly pollMs?: number;
  /** For tests: refuse more watches than this, as the system does at its limit. */
  readonly maxWatches?: number;
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly dev: bigint;
  readonly ino: bigint;
  /** An inode number alone may be that of a directory made after this one was deleted. */
  readonly birthtimeNs: bigint;
}

const SLICE = 250;
const SUBTREES_NAMED = 3;
const DEFAULT_DELAY_MS = 2;
const DEFAULT_POLL_MS = 30_000;
/** What the system says at its limits: of watches, and of programs that watch or of open files. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'watch-limit',
  EMFILE: 'watcher-limit',
  ENFILE: 'watcher-limit',
  EACCES: 'permission-denied',
};

export function createDirectoryWatcher(deps: DirectoryWatcherDeps, options: DirectoryWatcherOptions = {}): FolderWatcher {
  return new DirectoryWatcher(deps, options);
}

class DirectoryWatcher implements FolderWatcher {
  readonly #root: string;
  readonly #logger: Logger;
  readonly #hints: HintQueue;
  readonly #pollMs: number;
  readonly #maxWatches: number;
  readonly #watched = new Map<string, Watched>();
  readonly #pending = new Set<string>();
  /** Followed, but gone when last looked for: watched again as soon as something has their name. */
  readonly #lost = new Set<string>();
  /** Directories without a watch, by the reason. */
  readonly #unwatched = new Map<string, string>();
  #slice: NodeJS.Immediate | null = null;
  #poll: NodeJS.Timeout | null = null;
  #closed = false;

  constructor({ root, logger }: DirectoryWatcherDeps, options: DirectoryWatcherOptions) {
    this.#root = root;
    this.#logger = logger;
    this.#hints = new HintQueue(options.delayMs ?? DEFAULT_DELAY_MS);
    this.#pollMs = options.pollMs ?? DEFAULT_POLL_MS;
    this.#maxWatches = options.maxWatches ?? Number.POSITIVE_INFINITY;
  }

  onHint(listener: (directories: readonly string[] | null) => void): void {
    this.#hints.onHint(listener);
  }

  follow(directories: readonly string[]): void {
    for (const directory of directories) {
      if (this.#watched.has(directory) || this.#unwatched.has(directory) || isAtOrInside(directory, PRIVATE_FOLDER)) continue;
      this.#pending.add(directory);
    }
    this.#work();
  }

  /** Also ends the watching of everything below these directories. */
  unfollow(directories: readonly string[]): void {
    const gone = new Set(directories);
    const isGone = (path: string): boolean => {
      for (let at = path; ; at = parentPath(at)) {
        if (gone.has(at)) return true;
        if (at === '') return false;
      }
    };
    for (const path of this.#pending) if (isGone(path)) this.#pending.delete(path);
    for (const path of this.#lost) if (isGone(path)) this.#lost.delete(path);
    for (const path of this.#unwatched.keys()) if (isGone(path)) this.#unwatched.delete(path);
    for (const path of this.#watched.keys()) if (isGone(path)) this.#drop(path);
    if (this.#unwatched.size > 0) this.#retry();
  }

  degraded(): { readonly reason: string; readonly directories: number } | null {
    const reason = this.#unwatched.values().next().value;
    return reason === undefined ? null : { reason, directories: this.#unwatched.size };
  }

  unwatchedSubtrees(): readonly string[] {
    const topmost: string[] = [];
    for (const path of this.#unwatched.keys()) {
      if (topmost.length === SUBTREES_NAMED) break;
      if (path === '' || !this.#unwatched.has(parentPath(path))) topmost.push(path);
    }
    return topmost.sort();
  }

  close(): Promise<void> {
    this.#closed = true;
    if (this.#slice !== null) clearImmediate(this.#slice);
    if (this.#poll !== null) clearInterval(this.#poll);
    this.#hints.close();
    for (const path of this.#watched.keys()) this.#drop(path);
    return Promise.resolve();
  }

  /** A few directories at a time: adding a watch is a system call on the main thread. */
  #work(): void {
    if (this.#slice !== null || this.#closed || this.#pending.size === 0) return;
    this.#slice = setImmediate(() => {
      this.#slice = null;
      let left = SLICE;
      for (const directory of this.#pending) {
        if (left === 0) break;
        left -= 1;
        this.#pending.delete(directory);
        this.#add(directory);
      }
      this.#work();
    });
  }

  #add(directory: string): void {
    this.#lost.delete(directory);
    try {
      const stat = lstatSync(this.#absolute(directory), { bigint: true, throwIfNoEntry: false });
      if (stat === undefined || typeOf(stat) !== 'directory') this.#onGone(directory);
      else if (this.#watched.size >= this.#maxWatches) this.#cannotWatch(directory, 'watch-limit');
      else this.#watch(directory, stat);
    } catch (error) {
      const code = errnoOf(error);
      if (code === null) throw error;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') this.#onGone(directory);
      else this.#cannotWatch(directory, REASONS[code] ?? code);
    }
  }

  #watch(directory: string, { dev, ino, birthtimeNs }: BigIntStats): void {
    const watcher = watch(this.#absolute(directory), { persistent: false });
    watcher.on('change', (type, name) => this.#onEvent(directory, type, typeof name === 'string' ? name : null));
    watcher.on('error', (error) => this.#onError(directory, error));
    this.#watched.set(directory, { watcher, dev, ino, birthtimeNs });
    this.#unwatched.delete(directory);
    this.#hints.look(directory);
    if (this.#lost.size > 0) this.follow([...this.#lost].filter((path) => path !== '' && parentPath(path) === directory));
  }

  #onGone(directory: string): void {
    this.#unwatched.delete(directory);
    this.#lost.add(directory);
    this.#hints.look(parentPath(directory));
  }

  #cannotWatch(directory: string, reason: string): void {
    if (this.#unwatched.size === 0) this.#logger.warn('some directories cannot be watched and are looked at regularly instead', { reason });
    this.#unwatched.set(directory, reason);
    this.#poll ??= setInterval(() => this.#onPoll(), this.#pollMs).unref();
  }

  /** What cannot be watched is polled; a directory that is new in it is found by that and followed. */
  #onPoll(): void {
    for (const directory of this.#unwatched.keys()) this.#hints.look(directory);
    this.#retry();
  }

  /** Watches may have become free. */
  #retry(): void {
    for (const directory of this.#unwatched.keys()) this.#pending.add(directory);
    this.#work();
  }

  #onEvent(directory: string, type: string, name: string | null): void {
    if (this.#closed || (directory === '' && name === PRIVATE_FOLDER)) return;
    this.#hints.event(directory);
    if (name !== null && this.#lost.has(joinPath(directory, name))) this.follow([joinPath(directory, name)]);
    const own = directory === '' ? pathName(this.#root) : pathName(directory);
    if (type === 'rename' && (name === null || name === own)) this.#renew(directory);
  }

  /**
   * The directory was deleted or moved, or something in it that has its name: an event about a
   * directory itself carries its own name, and may be the last one of its watch. It is watched anew.
   */
  #renew(directory: string): void {
    const watched = this.#watched.get(directory);
    if (watched === undefined) return;
    const stat = lstatSync(this.#absolute(directory), { bigint: true, throwIfNoEntry: false });
    const same = stat?.ino === watched.ino && stat.dev === watched.dev && stat.birthtimeNs === watched.birthtimeNs;
    // What is below belongs to the directory that was here.
    const stale = same ? [directory] : [...this.#watched.keys()].filter((path) => isAtOrInside(path, directory));
    for (const path of stale) {
      this.#drop(path);
      this.#pending.add(path);
    }
    this.#hints.look(parentPath(directory));
    this.#work();
  }

  #onError(directory: string, error: Error): void {
    this.#logger.debug('a directory watch failed', { error: error.message });
    this.#drop(directory);
    this.#lost.add(directory);
    this.#hints.everything();
  }

  #drop(directory: string): void {
    this.#watched.get(directory)?.watcher.close();
    this.#watched.delete(directory);
  }

  #absolute(directory: string): string {
    return directory === '' ? this.#root : `${this.#root}/${directory}`;
  }
}
