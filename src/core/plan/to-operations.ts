/** The last step: what separates the server, the folder and BASE from the merged tree. */
import type { NodeId } from '../base/ids.js';
import type { BaseNode } from '../tree/base-tree.js';
import type { LocalNode } from '../tree/local-tree.js';
import { nameKey } from '../tree/name-key.js';
import type { NodeState } from '../tree/node.js';
import { sameContent } from '../tree/node.js';
import { agreedFacets } from './agreed-facets.js';
import { commitOps } from './commit-ops.js';
import type { Merge, MergedNode } from './merge.js';
import { isMoveOfUnread } from './merge-facets.js';
import type { ApplyOp, Plan } from './operation.js';
import type { Hindrance } from './out-of-reach.js';
import { Reach } from './out-of-reach.js';

export function toOperations(merge: Merge): Plan {
  const commits = new Map<NodeId, MergedNode>();
  const apply: ApplyOp[] = [];
  const settle: NodeId[] = [];
  const unsettled: NodeId[] = [];
  const equal: NodeId[] = [];
  const overruled = [...merge.overruled].filter((node) => !merge.blocked.has(node)).sort();
  const reach = new Reach(merge);
  for (const merged of [...merge.decided()].sort((a, b) => (a.node < b.node ? -1 : 1))) {
    const { node } = merged;
    const local = merge.local(node);
    const frozen = merge.frozenStatus(node);
    if (merge.blocked.has(node)) continue;
    if (frozen !== null) {
      if (merge.isOnlyContentUnknown(node)) unsettled.push(node);
      if (isMoveOfUnread(merge, merged)) commits.set(node, merged);
      else waitForFolder(merge, merged, frozen);
    } else if (!sameAsRemote(merged, merge.remote(node))) {
      unsettled.push(node);
      commits.set(node, merged);
      if (merge.context.readOnly) apply.push(...makeWay(merged, local, reach));
    } else if (merged.copy !== null) continue;
    else if (!sameAsLocal(merged, local)) {
      unsettled.push(node);
      const hindrance = reach.hindrance(merged);
      if (hindrance === null) apply.push(...folderOps(merged, local));
      else waitForFolder(merge, merged, hindrance);
    } else if (needsSettling(merge, merged, local)) settle.push(node);
    else equal.push(node);
  }
  const agreed = agreedSoFar(
    merge,
    unsettled.filter((node) => !merge.overruled.has(node)),
  );
  return { commit: commitOps(merge, commits), apply, settle, agreed, equal, overruled, blocked: merge.blocked };
}

function agreedSoFar(merge: Merge, nodes: readonly NodeId[]): readonly BaseNode[] {
  return nodes.flatMap((node) => {
    const [base, local, remote] = [merge.baseEntry(node), merge.local(node), merge.remote(node)];
    if (base === undefined || local === undefined || remote?.deleted !== false) return [];
    return agreedFacets(base, local, remote) ?? [];
  });
}

/** Where nothing is committed, the folder alone becomes as merged: the loser gets its copy first, then the winner comes. */
function makeWay(merged: MergedNode, local: LocalNode | undefined, reach: Reach): readonly ApplyOp[] {
  if (merged.deleted || merged.copy !== null || sameAsLocal(merged, local)) return [];
  return reach.hindrance(merged) === null ? folderOps(merged, local) : [];
}

/** What the server has for a node waits until the folder can be read there. What a rule hides is no trouble: it was asked for. */
function waitForFolder(merge: Merge, merged: MergedNode, why: Hindrance): void {
  const { node } = merged;
  const isNews = merge.remote(node)?.rev !== merge.base(node)?.rev && !sameAsLocal(merged, merge.local(node));
  if (why === 'unknown' && isNews) merge.blocked.set(node, 'local-file-not-readable');
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
