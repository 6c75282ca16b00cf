/** Keeps the watcher on exactly the directories that are there, whoever made them. */
import type { NodeId } from '../../core/base/ids.js';
import { isAtOrInside } from '../../core/base/rel-path.js';
import type { DirectoryListing } from '../../core/tree/listing.js';
import type { LocalTree } from '../../core/tree/local-tree.js';
import type { FolderWatcher } from '../ports.js';

export class FollowedDirectories {
  readonly #watcher: FolderWatcher;
  readonly #look: (directories: readonly string[]) => void;
  readonly #followed = new Set<string>();
  #local: LocalTree | null = null;

  constructor(watcher: FolderWatcher, look: (directories: readonly string[]) => void) {
    this.#watcher = watcher;
    this.#look = look;
  }

  /** Before the first scan: everything that was there last time. */
  start(local: LocalTree): void {
    this.#local = local;
    const known = ['', ...[...local.values()].filter(({ kind }) => kind === 'directory').flatMap(({ node }) => local.pathOf(node) ?? [])];
    for (const path of known) this.#followed.add(path);
    this.#watcher.follow(known);
  }

  /** A directory that is new is watched from now on, and looked at once more: what was made between its listing and its watch is seen then. */
  note(listings: readonly DirectoryListing[]): void {
    for (const { status, path } of listings) if (status === 'missing') this.#forget(path);
    const found = listings.filter(({ status, path }) => status === 'listed' && !this.#followed.has(path)).map(({ path }) => path);
    if (found.length === 0) return;
    for (const path of found) this.#followed.add(path);
    this.#watcher.follow(found);
    this.#look(found);
  }

  /**
   * Directories that this device made or moved itself, with all that is in them: no scan comes across
   * them, since they are just as LOCAL knows them. The watcher asks for a look at what it begins to watch.
   */
  place(directories: readonly NodeId[]): void {
    const local = this.#local;
    if (local === null) return;
    const placed = directories.flatMap((node) => directoriesAt(local, node)).filter((path) => !this.#followed.has(path));
    for (const path of placed) this.#followed.add(path);
    this.#watcher.follow(placed);
  }

  #forget(directory: string): void {
    if (!this.#followed.has(directory)) return;
    const gone = [...this.#followed].filter((path) => isAtOrInside(path, directory));
    for (const path of gone) this.#followed.delete(path);
    this.#watcher.unfollow(gone);
  }
}

function directoriesAt(local: LocalTree, node: NodeId): readonly string[] {
  const path = local.pathOf(node);
  if (path === undefined || local.get(node)?.kind !== 'directory') return [];
  return [path, ...[...local.childrenOf(node).values()].flatMap((child) => directoriesAt(local, child))];
}
