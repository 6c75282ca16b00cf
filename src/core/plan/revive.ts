/**
 * Deletions that the other side's changes take back: a directory that was moved keeps the children
 * its mover had, and no live node is left without its chain of directories.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { Merge, MergedNode } from './merge.js';
import { fromLocal, fromState } from './merge.js';
import { keptHere, moved, movedHere } from './merge-facets.js';

/** A child that was deleted only because its directory was, survives when the other side moved that directory. */
export function keepChildrenOfMoved(merge: Merge): void {
  for (const node of merge.candidates) {
    if (merge.get(node)?.deleted !== true || merge.isFrozenHere(node)) continue;
    const kept = merge.local(node) === undefined ? keptByServer(merge, node) : keptByUs(merge, node);
    if (kept === undefined) continue;
    merge.set(kept);
    merge.overruled.add(node);
  }
}

function keptByServer(merge: Merge, node: NodeId): MergedNode | undefined {
  const remote = merge.remoteForMerging(node);
  const deleted = (at: NodeId): boolean => merge.local(at) === undefined;
  return remote?.deleted === false && underMoved(merge, node, { deleted, moved: movedRemotely }) ? fromState(remote) : undefined;
}

function keptByUs(merge: Merge, node: NodeId): MergedNode | undefined {
  const local = merge.local(node);
  const deleted = (at: NodeId): boolean => merge.remote(at)?.deleted === true;
  return local !== undefined && deleted(node) && underMoved(merge, node, { deleted, moved: movedHere })
    ? { ...fromLocal(local, merge.base(node)), revived: true }
    : undefined;
}

interface Sides {
  /** Deleted by one side. */
  readonly deleted: (at: NodeId) => boolean;
  /** Moved by the other. */
  readonly moved: (merge: Merge, at: NodeId) => boolean;
}

function underMoved(merge: Merge, node: NodeId, sides: Sides): boolean {
  const seen = new Set<NodeId>();
  for (let at = merge.base(node)?.parent; at !== undefined && at !== ROOT_NODE && !seen.has(at); at = merge.base(at)?.parent) {
    seen.add(at);
    if (!sides.deleted(at)) return false;
    if (sides.moved(merge, at)) return true;
  }
  return false;
}

function movedRemotely(merge: Merge, node: NodeId): boolean {
  const base = merge.base(node);
  const remote = merge.remoteForMerging(node);
  return base !== undefined && remote?.deleted === false && moved(base, remote);
}

/** Every live node's directories live too; a directory deleted on one side comes back with just what is still needed. */
export function reviveParents(merge: Merge): void {
  for (const { node, deleted } of merge.decided()) {
    if (!deleted) reviveChain(merge, node);
    else for (const child of merge.liveChildren(node)) reviveChain(merge, child);
  }
}

/** All directories on the way of `node` live, because it does. */
function reviveChain(merge: Merge, node: NodeId): void {
  const seen = new Set<NodeId>();
  for (let at = merge.get(node)?.parent; at !== undefined && at !== ROOT_NODE && !seen.has(at); at = merge.get(at)?.parent) {
    seen.add(at);
    const parent = merge.get(at);
    if (parent?.kind !== 'directory') {
      merge.blocked.set(node, 'parent-missing');
      return;
    }
    if (parent.deleted || merge.blocked.get(at) === HELD) keepDirectory(merge, parent, node);
  }
}

const HELD = 'holds-unreadable-files';

/** A directory must stay because `cause` in it lives; nobody can say yet whether a node that cannot be read has left it. */
function keepDirectory(merge: Merge, directory: MergedNode, cause: NodeId): void {
  const remote = merge.remoteForMerging(directory.node);
  if (remote?.deleted === false && merge.isFrozenHere(cause)) {
    merge.set(fromState(remote));
    merge.blocked.set(directory.node, HELD);
    return;
  }
  merge.set(revived(merge, directory));
  merge.blocked.delete(directory.node);
}

function revived(merge: Merge, merged: MergedNode): MergedNode {
  const local = merge.local(merged.node);
  const remote = merge.remoteForMerging(merged.node);
  if (remote?.deleted !== false && local !== undefined) return keptHere(merge, local);
  const known = remote ?? merge.base(merged.node);
  return { ...(known === undefined ? merged : fromState(known)), deleted: false, revived: true };
}
