/** What the steps of one batch share: the directories they hold, the stash they fill, and what they themselves changed. */
import { lstatSync } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { nameProblem } from '../../core/base/name-rules.js';
import { joinPath, parentPath, pathComponents, pathName, pathProblem } from '../../core/base/rel-path.js';
import type { Fingerprint } from '../../core/tree/node.js';
import { errnoOf } from '../home/errno.js';
import { createAtomicRename, type AtomicRename } from './atomic-rename.js';
import { fingerprintOf, sameBytes, sameInode, typeOf, type FileType } from './fingerprint.js';
import { HeldDirectories, type HeldDirectory } from './held-directories.js';
import { batchName, originOf, writeOrigins, type StashOrigin } from './stash.js';
import { meansChanged } from './storage-error.js';
import type { SystemCalls } from './system-calls.js';

const TMP = '.fsync/tmp';
const STASH = '.fsync/stash';
/** What the stash did not take, in `.fsync/tmp`: the next sweep gives it back. */
const KEPT = 'kept-';

export const isKept = (name: string): boolean => name.startsWith(KEPT);

/** A name in a directory that is held: where a step works. */
export interface Place {
  readonly path: string;
  readonly parent: HeldDirectory;
  /** For file calls. */
  readonly at: string;
}

export interface Seen {
  readonly type: FileType;
  readonly print: Fingerprint;
}

export interface ContextOptions {
  readonly root: string;
  readonly calls: SystemCalls;
  readonly now: number;
  readonly nonce: string;
  /** For each step that may stash something: where from and why. Written before the first entry. */
  readonly origins: Readonly<Record<string, StashOrigin>>;
}

export class ApplyContext {
  readonly directories: HeldDirectories;
  readonly rename: AtomicRename;
  readonly now: number;
  readonly #origins: Readonly<Record<string, StashOrigin>>;
  readonly #batch: string;
  #originsWritten = false;
  /** Inodes that this batch renamed or changed the mode of: the ctimes they had before, and the one since. */
  readonly #touched = new Map<string, { readonly before: Set<string>; now: string }>();

  constructor({ root, calls, now, nonce, origins }: ContextOptions) {
    this.directories = new HeldDirectories(root, calls.syncFileSystem);
    this.rename = createAtomicRename(calls);
    this.now = now;
    this.#origins = origins;
    this.#batch = batchName(now, nonce);
  }

  /** @throws FsyncError invalid_input for a path that leaves the root or holds a name no vault has; path_changed when the parent is gone */
  place(path: string): Place {
    const problem =
      pathProblem(path) ??
      pathComponents(path)
        .map(nameProblem)
        .find((found) => found !== null);
    if (problem !== undefined) {
      throw new FsyncError('invalid_input', `refusing to write to ${JSON.stringify(path.slice(0, 300))} (${problem})`);
    }
    return this.#placeIn(parentPath(path), pathName(path));
  }

  /** A file of the daemon's own in `.fsync/tmp`. */
  temp(name: string): Place {
    return this.#privatePlace(TMP, name);
  }

  stashPlace(name: string): Place {
    return this.#privatePlace(STASH, name);
  }

  /** Null when nothing is there. */
  look(place: Place): Seen | null {
    const stat = lstatSync(place.at, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? null : { type: typeOf(stat), print: fingerprintOf(stat) };
  }

  /**
   * What is there, if it is what the planner saw, or is so but for what this batch did to it.
   * @throws FsyncError path_changed
   */
  require(place: Place, expected: Fingerprint): Seen {
    const seen = this.look(place);
    if (seen !== null && (seen.type === 'directory' ? sameDirectory(seen.print, expected) : this.#sameFile(seen.print, expected)))
      return seen;
    throw new FsyncError('path_changed', `${place.path} is not what it was`);
  }

  /** Records that this batch itself changed the ctime. */
  touched(before: Fingerprint, after: Fingerprint): void {
    const key = `${after.dev}:${after.ino}`;
    const known = this.#touched.get(key) ?? { before: new Set<string>(), now: '' };
    known.before.add(before.ctimeNs);
    known.now = after.ctimeNs;
    this.#touched.set(key, known);
  }

  /** The entries of these places' directories changed. */
  changed(...places: readonly Place[]): void {
    for (const { path } of places) this.directories.changed(parentPath(path));
  }

  /**
   * Moves a file into the stash, under a name made of the batch and the number of the step.
   * Returns where it is now. @throws errors of the file calls, when nothing happened
   */
  stash(from: Place, step: number): Place {
    if (!this.#originsWritten) {
      writeOrigins(this.stashPlace(`${this.#batch}.json`).at, this.#origins, false);
      this.#originsWritten = true;
    }
    const to = this.stashPlace(`${this.#batch}-${String(step)}`);
    this.rename.noReplace(from.at, to.at);
    this.changed(from, to);
    return to;
  }

  /** Marks a stash entry as bytes that nobody expected, so that no sweep deletes it. Returns the entry's name. */
  displaced(entry: Place, path: string): string {
    const name = pathName(entry.path);
    writeOrigins(this.stashPlace(`${name}.json`).at, { [name]: originOf(path, 'displaced', this.now, null) }, true);
    return name;
  }

  /** Where no entry can be made in the stash: under a name in `.fsync/tmp` that nothing else has. */
  keep(from: Place, step: number): void {
    this.rename.noReplace(from.at, this.temp(`${KEPT}${this.#batch}-${String(step)}`).at);
    this.changed(from);
  }

  /** Moves back unless the name was taken meanwhile; false then. */
  putBack(from: Place, to: Place): boolean {
    try {
      this.rename.noReplace(from.at, to.at);
      this.changed(from, to);
      return true;
    } catch (error) {
      if (errnoOf(error) !== null && meansChanged(error)) return false;
      throw error;
    }
  }

  close(): void {
    this.directories.close();
  }

  #sameFile(seen: Fingerprint, expected: Fingerprint): boolean {
    if (!sameBytes(seen, expected)) return false;
    if (seen.ctimeNs === expected.ctimeNs) return true;
    const touched = this.#touched.get(`${seen.dev}:${seen.ino}`);
    return touched?.now === seen.ctimeNs && touched.before.has(expected.ctimeNs);
  }

  #privatePlace(folder: string, name: string): Place {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(name))
      throw new FsyncError('invalid_input', `not the name of a temporary file: ${JSON.stringify(name)}`);
    return this.#placeIn(folder, name);
  }

  #placeIn(directory: string, name: string): Place {
    const parent = this.directories.at(directory);
    return { path: joinPath(directory, name), parent, at: `${parent.base}/${name}` };
  }
}

/** Directories change their times with every entry: only which directory it is counts, and that its inode was not a file's before. */
function sameDirectory(a: Fingerprint, b: Fingerprint): boolean {
  return sameInode(a, b) && a.birthtimeNs === b.birthtimeNs;
}
