/** The last step: what separates the server, the folder and BASE from the merged tree. */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { LocalNode } from '../tree/local-tree.js';
import { nameKey } from '../tree/name-key.js';
import type { NodeState } from '../tree/node.js';
import { sameContent } from '../tree/node.js';
import type { Merge, MergedNode } from './merge.js';
import { localStamp } from './merge-facets.js';
import type { ApplyOp, CommitOp, Plan } from './operation.js';

export function toOperations(merge: Merge): Plan {
  const commits = new Map<NodeId, MergedNode>();
  const apply: ApplyOp[] = [];
  const settle: NodeId[] = [];
  const equal: NodeId[] = [];
  for (const merged of [...merge.decided()].sort((a, b) => (a.node < b.node ? -1 : 1))) {
    const { node } = merged;
    const local = merge.local(node);
    if (merge.blocked.has(node)) continue;
    if (local !== undefined && merge.isFrozen(node)) block(merge, merged);
    else if (!sameAsRemote(merged, merge.remote(node))) commits.set(node, merged);
    else if (merged.copy !== null) continue;
    else if (!sameAsLocal(merged, local)) apply.push(...folderOps(merged, local));
    else if (needsSettling(merge, merged, local)) settle.push(node);
    else equal.push(node);
  }
  return { commit: commitOps(merge, commits), apply, settle, equal, blocked: merge.blocked };
}

function block(merge: Merge, merged: MergedNode): void {
  const base = merge.base(merged.node);
  const remote = merge.remote(merged.node);
  if (remote !== undefined && remote.rev !== base?.rev) merge.blocked.set(merged.node, 'local-file-not-readable');
}

function sameAsRemote(merged: MergedNode, remote: NodeState | undefined): boolean {
  if (remote === undefined) return merged.deleted;
  if (merged.deleted || remote.deleted) return merged.deleted === remote.deleted;
  const sameMark = (merged.conflict?.of ?? null) === (remote.conflict?.of ?? null);
  return (
    merged.parent === remote.parent && merged.name === remote.name && merged.mode === remote.mode && sameMark && sameContent(merged, remote)
  );
}

function sameAsLocal(merged: MergedNode, local: LocalNode | undefined): boolean {
  if (local === undefined) return merged.deleted;
  if (merged.deleted) return false;
  return (
    merged.parent === local.parent &&
    nameKey(merged.name) === nameKey(local.diskName) &&
    merged.mode === local.mode &&
    sameContent(merged, local)
  );
}

function folderOps(merged: MergedNode, local: LocalNode | undefined): ApplyOp[] {
  const { node } = merged;
  if (local === undefined) return [{ op: 'create', node, facets: merged }];
  if (merged.deleted) return [{ op: 'remove', node }];
  const ops: ApplyOp[] = [];
  if (merged.parent !== local.parent || nameKey(merged.name) !== nameKey(local.diskName)) ops.push({ op: 'move', node, facets: merged });
  if (!sameContent(merged, local)) ops.push({ op: 'replace', node, facets: merged });
  else if (merged.mode !== local.mode) ops.push({ op: 'set-mode', node, facets: merged });
  return ops;
}

/** Both sides agree; does BASE say the same? */
function needsSettling(merge: Merge, merged: MergedNode, local: LocalNode | undefined): boolean {
  const base = merge.baseEntry(merged.node);
  if (local === undefined) return base !== undefined || merge.remote(merged.node)?.deleted === true;
  return (
    base === undefined ||
    base.state.rev !== merge.remote(merged.node)?.rev ||
    base.fingerprint !== local.fingerprint ||
    base.diskName !== local.diskName ||
    base.state.parent !== merged.parent
  );
}

function commitOps(merge: Merge, commits: ReadonlyMap<NodeId, MergedNode>): CommitOp[] {
  const occupants = new Map<string, NodeId>();
  const children = new Map<NodeId, NodeId[]>();
  for (const node of commits.keys()) {
    const remote = merge.remote(node);
    if (remote?.deleted !== false) continue;
    occupants.set(`${remote.parent}/${nameKey(remote.name)}`, node);
    const siblings = children.get(remote.parent);
    if (siblings === undefined) children.set(remote.parent, [node]);
    else siblings.push(node);
  }
  return [...commits.values()].map((merged) => commitOp(merge, merged, { commits, occupants, children }));
}

interface Dependencies {
  readonly commits: ReadonlyMap<NodeId, MergedNode>;
  /** Which of the nodes to commit holds a name on the server now. */
  readonly occupants: ReadonlyMap<string, NodeId>;
  /** Which of the nodes to commit are in a directory on the server now. */
  readonly children: ReadonlyMap<NodeId, readonly NodeId[]>;
}

function commitOp(merge: Merge, merged: MergedNode, dependencies: Dependencies): CommitOp {
  const { node, deleted } = merged;
  const remote = merge.remote(node);
  const base = merge.base(node);
  const after = deleted
    ? (dependencies.children.get(node) ?? [])
    : [...ancestorsToCommit(merge, merged, dependencies), ...nameHolder(merged, dependencies)];
  const known =
    merged.content === null ||
    merged.content.inline !== null ||
    merged.content.id === remote?.content?.id ||
    merged.content.id === base?.content?.id;
  const copyOf = merged.conflict !== null && merge.get(merged.conflict.of)?.copy === node ? merged.conflict.of : null;
  const fromRemote = copyOf !== null && merge.remote(copyOf)?.content?.id === merged.content?.id;
  return {
    node,
    facets: merged,
    stamp: localStamp(merge, merge.local(node), Math.max(remote?.stamp ?? 0, base?.stamp ?? 0)),
    after: merged.copy === null ? after : [...after, merged.copy],
    needsUpload: !known && !fromRemote,
    rebase: copyOf !== null && !dependencies.commits.has(copyOf) ? [copyOf] : copyOf === null ? [node] : [],
  };
}

/** A new or moved node must not be committed before the directories on its way are where the merged tree has them. */
function ancestorsToCommit(merge: Merge, merged: MergedNode, { commits }: Dependencies): NodeId[] {
  const found: NodeId[] = [];
  const seen = new Set<NodeId>();
  for (let at: NodeId | undefined = merged.parent; at !== undefined && at !== ROOT_NODE && !seen.has(at); at = merge.get(at)?.parent) {
    seen.add(at);
    if (commits.has(at)) found.push(at);
  }
  return found;
}

function nameHolder(merged: MergedNode, { occupants }: Dependencies): NodeId[] {
  const holder = occupants.get(`${merged.parent}/${nameKey(merged.name)}`);
  return holder === undefined || holder === merged.node ? [] : [holder];
}
