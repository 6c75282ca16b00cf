/** What has to be committed to take an operation back: each node that nobody has changed since becomes again what it was. */
import type { NodeId } from '../../core/base/ids.js';
import { ROOT_NODE } from '../../core/base/ids.js';
import type { NodeState } from '../../core/tree/node.js';
import { CommitPlan, type PlannedOp } from './commit-plan.js';
import { CommittedTree } from './committed-tree.js';

export interface UndoneNode {
  readonly node: NodeId;
  /** Null when it was not there. */
  readonly before: NodeState | null;
  /** A later commit changed it again. */
  readonly isNewer: boolean;
}

export interface UndoPlan {
  readonly operations: readonly PlannedOp[];
  /** Left as they are: changed again since, or their place is gone or taken. */
  readonly kept: readonly NodeState[];
}

export function planUndo(now: CommittedTree, nodes: readonly UndoneNode[], nowMs: number): UndoPlan {
  const chosen = new Map(nodes.filter(({ isNewer }) => !isNewer).map(({ node, before }) => [node, before]));
  const after = settle(now, chosen);
  const plan = new CommitPlan(now, nowMs);
  for (const [node, before] of chosen) {
    const current = now.get(node);
    if (before !== null) plan.set(node, after.pathOf(node) ?? before.name, { ...before, conflict: before.conflict });
    else if (current !== undefined) plan.remove(current, now.pathOf(node) ?? current.name);
  }
  const kept = nodes.filter(({ node }) => !chosen.has(node)).flatMap(({ node, before }) => now.get(node) ?? before ?? []);
  return { operations: plan.operations(), kept };
}

/** Drops what cannot be taken back without breaking the tree, until the rest can; returns the tree it leads to. */
function settle(now: CommittedTree, chosen: Map<NodeId, NodeState | null>): CommittedTree {
  for (;;) {
    const states = new Map([...now.values()].map((state) => [state.node, state]));
    for (const [node, before] of chosen) {
      if (before === null) states.delete(node);
      else states.set(node, before);
    }
    const after = new CommittedTree(states.values());
    const misplaced = new Set([...states.values()].filter((state) => !isPlaced(after, state)));
    const orphans = new Set([...misplaced].map((state) => state.parent));
    const dropped = [...chosen].filter(([node, before]) => (before === null ? orphans.has(node) : misplaced.has(before)));
    if (dropped.length === 0) return after;
    for (const [node] of dropped) chosen.delete(node);
  }
}

/** Its parent is a directory that is reached from the root, and its name is its own. */
function isPlaced(tree: CommittedTree, { node, parent, name }: NodeState): boolean {
  const isInside = parent === ROOT_NODE || tree.get(parent)?.kind === 'directory';
  return isInside && tree.child(parent, name)?.node === node && tree.pathOf(node) !== undefined;
}
