/**
 * Directories held open while steps work in them. On Linux an entry is reached through the open
 * directory (/proc/self/fd), so that a parent that is swapped for a link in the meantime leads
 * nowhere; elsewhere through the path, each component looked at first.
 */
import { closeSync, constants, fstatSync, fsyncSync, lstatSync, openSync, statSync, type BigIntStats } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { pathComponents } from '../../core/base/rel-path.js';
import { errnoOf } from '../home/errno.js';
import { typeOf } from './fingerprint.js';

export interface HeldDirectory {
  /** Put '/' and a name behind it. */
  readonly base: string;
  readonly file: number;
  readonly dev: bigint;
  readonly ino: bigint;
}

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const MAX_HELD = 64;

export class HeldDirectories {
  readonly #root: string;
  #throughFiles = false;
  readonly #held = new Map<string, HeldDirectory>();
  readonly #dirty = new Set<string>();
  readonly #syncFileSystem: ((file: number) => void) | null;
  /** A changed directory was let go without being synced, or is not known. */
  #syncAll = false;

  /** `syncFileSystem` null: every changed directory is synced by itself. */
  constructor(root: string, syncFileSystem: ((file: number) => void) | null) {
    this.#root = root;
    this.#syncFileSystem = syncFileSystem;
    const file = openSync(root, OPEN_DIRECTORY);
    this.#throughFiles = reachableThroughFiles(file);
    this.#hold('', file);
  }

  /**
   * The directory at this path, found without following a link.
   * @throws FsyncError path_changed when there is none; errors of the file calls
   */
  at(path: string): HeldDirectory {
    const held = this.#held.get(path);
    if (held !== undefined && this.#isStillAt(path, held)) {
      this.#held.delete(path);
      this.#held.set(path, held);
      return held;
    }
    if (held !== undefined) this.#letGo(path, held);
    return this.#open(path);
  }

  /** Whether everything can be synced in one call. */
  get syncsFileSystem(): boolean {
    return this.#syncFileSystem !== null;
  }

  /** The directory's entries changed: `sync` makes that durable. */
  changed(path: string): void {
    this.#dirty.add(path);
  }

  /** `sync` makes durable whatever is in the folder, whoever changed it. */
  everythingChanged(): void {
    this.#syncAll = true;
  }

  /** Makes all changes since the last call durable. @throws errors of the file calls */
  sync(): void {
    const root = this.#held.get('');
    if (root !== undefined && this.#syncFileSystem !== null && (this.#syncAll || this.#dirty.size > FEW)) this.#syncFileSystem(root.file);
    else {
      for (const path of this.#dirty) {
        const held = this.#held.get(path);
        if (held !== undefined) fsyncSync(held.file);
      }
      if (this.#syncAll && root !== undefined) fsyncSync(root.file);
    }
    this.#dirty.clear();
    this.#syncAll = false;
  }

  close(): void {
    for (const held of this.#held.values()) closeSync(held.file);
    this.#held.clear();
  }

  #open(path: string): HeldDirectory {
    const components = pathComponents(path);
    let at = this.#held.get('');
    if (at === undefined) throw new FsyncError('internal', 'the directories are closed');
    for (const [index, name] of components.entries()) {
      const parent: HeldDirectory = at;
      try {
        const file = openDirectory(`${parent.base}/${name}`);
        at = index === components.length - 1 ? this.#hold(path, file) : this.#describe(components.slice(0, index + 1).join('/'), file);
      } finally {
        if (index > 0) closeSync(parent.file);
      }
    }
    return at;
  }

  #hold(path: string, file: number): HeldDirectory {
    if (this.#held.size >= MAX_HELD) {
      const oldest = [...this.#held].find(([key]) => key !== '');
      if (oldest !== undefined) this.#letGo(...oldest);
    }
    const held = this.#describe(path, file);
    this.#held.set(path, held);
    return held;
  }

  #describe(path: string, file: number): HeldDirectory {
    const { dev, ino } = fstatSync(file, { bigint: true });
    const byPath = path === '' ? this.#root : `${this.#root}/${path}`;
    return { base: this.#throughFiles ? `/proc/self/fd/${String(file)}` : byPath, file, dev, ino };
  }

  #letGo(path: string, held: HeldDirectory): void {
    if (this.#dirty.delete(path)) {
      if (this.#syncFileSystem === null) fsyncSync(held.file);
      else this.#syncAll = true;
    }
    closeSync(held.file);
    this.#held.delete(path);
  }

  /** Each component is a directory and no link, and the last one is the one that is held. */
  #isStillAt(path: string, held: HeldDirectory): boolean {
    if (path === '') return true;
    let last: BigIntStats | undefined;
    let absolute = this.#root;
    for (const name of pathComponents(path)) {
      absolute = `${absolute}/${name}`;
      last = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
      if (last === undefined || typeOf(last) !== 'directory') return false;
    }
    return last?.ino === held.ino && last.dev === held.dev;
  }
}

/** Up to this many things are synced one by one; beyond, syncing the file system is quicker. */
export const FEW = 16;

function openDirectory(path: string): number {
  try {
    return openSync(path, OPEN_DIRECTORY);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') {
      throw new FsyncError('path_changed', 'a parent is no directory any more', { cause: error });
    }
    throw error;
  }
}

/** True where an open file is a path that leads to what is held, whatever its name is by now. */
function reachableThroughFiles(file: number): boolean {
  const held = fstatSync(file, { bigint: true });
  const stat = statSync(`/proc/self/fd/${String(file)}/.`, { bigint: true, throwIfNoEntry: false });
  return stat?.ino === held.ino && stat.dev === held.dev;
}
