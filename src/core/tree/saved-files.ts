/**
 * Editors save by making another file and renaming: the old one steps aside under a backup name, or
 * the new one waits under a temporary name and is put over it. By its inode the file would be the
 * one that stepped aside, or the one that came; for its user it is the one with the name. So the
 * node stays with its name, and with it its history and whatever another device does to it.
 */
import type { NodeId } from '../base/ids.js';
import { joinPath, parentPath, pathName } from '../base/rel-path.js';
import type { BaseTree } from './base-tree.js';
import type { DirectoryListing, ScanEntry } from './listing.js';
import type { LocalTree } from './local-tree.js';
import { isNodeEntry } from './occupy-slot.js';

/** Suffixes under which programs keep the version before. */
const BACKUP = /^(~|\.~\d+~|\.bak|\.orig|\.old)$/;
/** Names under which programs write what is not yet, or hold what is no longer, the file. */
const TEMPORARY = /^(~|\.~|\.#|\.goutputstream-)|(\.tmp|\.temp|-tmp)$|^sed[A-Za-z0-9]{6}$/;

interface Trees {
  readonly local: LocalTree;
  readonly base: BaseTree;
}

/** Takes claims back from files that only stand for another one while it is saved, in favour of the node that had the name. */
export function keepNamesOfSavedFiles(claims: Map<NodeId, string>, trees: Trees, listings: readonly DirectoryListing[]): void {
  for (const { path: directory, entries } of listings) {
    const node = trees.local.nodeAt(directory);
    if (node === undefined) continue;
    const before = trees.local.childrenOf(node);
    for (const entry of entries) {
      const held = before.get(entry.name);
      if (held === undefined || !isNodeEntry(entry) || !isSyncedFile(held, entry, trees)) continue;
      const path = joinPath(directory, entry.name);
      const came = claimantOf(claims, trees.local, { entry, path });
      if (came === held || !isFresh(came, trees) || !isGone(claims.get(held), path, came)) continue;
      claims.set(held, path);
      if (came !== undefined) claims.delete(came);
    }
  }
}

function isSyncedFile(node: NodeId, { kind }: ScanEntry, { local, base }: Trees): boolean {
  return kind === 'file' && local.get(node)?.kind === 'file' && base.get(node) !== undefined;
}

/** The known node that is under this name now by its inode. */
function claimantOf(claims: ReadonlyMap<NodeId, string>, local: LocalTree, at: { entry: ScanEntry; path: string }): NodeId | undefined {
  const node = local.byIdentity(at.entry.fingerprint);
  return node !== undefined && claims.get(node) === at.path ? node : undefined;
}

/** Nothing that anybody would miss under the name it had: new, never synced, or temporary. */
function isFresh(node: NodeId | undefined, { local, base }: Trees): boolean {
  return node === undefined || base.get(node) === undefined || TEMPORARY.test(local.get(node)?.diskName ?? '');
}

/** The inode that had the name was overwritten, or waits beside it to be thrown away. */
function isGone(now: string | undefined, path: string, came: NodeId | undefined): boolean {
  if (now === undefined) return came !== undefined;
  return parentPath(now) === parentPath(path) && isSpareName(pathName(now), pathName(path));
}

function isSpareName(name: string, of: string): boolean {
  return TEMPORARY.test(name) || (name.startsWith(of) && BACKUP.test(name.slice(of.length)));
}
