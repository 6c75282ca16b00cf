/**
 * Records to commit, each with what must be committed before it or with it, so that the server's tree
 * is whole after every commit that takes a closed set of them.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import { nameKey } from '../tree/name-key.js';
import type { FileContent } from '../tree/node.js';
import type { Merge, MergedNode } from './merge.js';
import { localStamp } from './merge-facets.js';
import type { CommitOp } from './operation.js';

interface Commits {
  readonly nodes: ReadonlyMap<NodeId, MergedNode>;
  /** Which of the nodes to commit holds a name on the server now. */
  readonly occupants: ReadonlyMap<string, NodeId>;
  /** Which of the nodes to commit are in a directory on the server now. */
  readonly children: ReadonlyMap<NodeId, readonly NodeId[]>;
}

export function commitOps(merge: Merge, nodes: ReadonlyMap<NodeId, MergedNode>): CommitOp[] {
  const occupants = new Map<string, NodeId>();
  const children = new Map<NodeId, NodeId[]>();
  for (const node of nodes.keys()) {
    const remote = merge.remote(node);
    if (remote?.deleted !== false) continue;
    occupants.set(slotKey(remote), node);
    const siblings = children.get(remote.parent);
    if (siblings === undefined) children.set(remote.parent, [node]);
    else siblings.push(node);
  }
  return [...nodes.values()].map((merged) => commitOp(merge, merged, { nodes, occupants, children }));
}

function commitOp(merge: Merge, merged: MergedNode, commits: Commits): CommitOp {
  const { node } = merged;
  const parentStamp = Math.max(merge.remote(node)?.stamp ?? 0, merge.base(node)?.stamp ?? 0);
  return {
    node,
    facets: merged,
    stamp: localStamp(merge, merge.local(node), parentStamp),
    after: dependencies(merge, merged, commits),
    needsUpload: merged.content !== null && !isOnServer(merge, merged, merged.content),
    rebase: accountedFor(merge, merged, commits),
  };
}

function dependencies(merge: Merge, merged: MergedNode, commits: Commits): readonly NodeId[] {
  if (merged.deleted) return commits.children.get(merged.node) ?? [];
  const after = directoriesOnTheWay(merge, merged, commits);
  const holder = commits.occupants.get(slotKey(merged));
  if (holder !== undefined && holder !== merged.node) after.push(holder);
  // The loser is safe in its copy before the winner takes its place, and there is no copy of what has not lost yet.
  const original = lostAgainst(merge, merged);
  if (merged.copy !== null) after.push(merged.copy);
  if (original !== null && commits.nodes.has(original)) after.push(original);
  return after;
}

/** A new or moved node must not be committed before the directories on its way are where the merged tree has them. */
function directoriesOnTheWay(merge: Merge, merged: MergedNode, { nodes }: Commits): NodeId[] {
  const found: NodeId[] = [];
  const seen = new Set<NodeId>();
  for (let at: NodeId | undefined = merged.parent; at !== undefined && at !== ROOT_NODE && !seen.has(at); at = merge.get(at)?.parent) {
    seen.add(at);
    if (nodes.has(at)) found.push(at);
  }
  return found;
}

function isOnServer(merge: Merge, merged: MergedNode, content: FileContent): boolean {
  const original = lostAgainst(merge, merged);
  const holders = [merge.remote(merged.node), merge.base(merged.node), original === null ? undefined : merge.remote(original)];
  return content.inline !== null || holders.some((state) => state?.content?.id === content.id);
}

/** Which nodes' state in the folder the server holds in full once this is committed. */
function accountedFor(merge: Merge, merged: MergedNode, { nodes }: Commits): readonly NodeId[] {
  const original = lostAgainst(merge, merged);
  if (original === null) return [merged.node];
  // Our version is safe in the copy. Where the original is committed too, that commit speaks for it.
  return nodes.has(original) ? [] : [original];
}

/** The node whose losing version a new conflict copy holds; null for all other nodes. */
function lostAgainst(merge: Merge, { node, conflict }: MergedNode): NodeId | null {
  return conflict !== null && merge.get(conflict.of)?.copy === node ? conflict.of : null;
}

function slotKey({ parent, name }: Pick<MergedNode, 'parent' | 'name'>): string {
  return `${parent}/${nameKey(name)}`;
}
