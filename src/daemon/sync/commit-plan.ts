/** Collects operations that a person asked for, puts them in an order that keeps the tree whole, and says what they change. */
import type { NodeId } from '../../core/base/ids.js';
import type { CommitOp, MergedFacets } from '../../core/plan/operation.js';
import type { PendingChange } from '../../core/protocol/ipc.js';
import type { NodeState } from '../../core/tree/node.js';
import type { CommittedTree } from './committed-tree.js';
import { describeChange } from './history.js';

export interface PlannedOp {
  readonly op: CommitOp;
  readonly change: PendingChange;
}

interface Wanted {
  readonly facets: MergedFacets;
  readonly stamp: number;
  readonly change: PendingChange;
}

export class CommitPlan {
  readonly #now: CommittedTree;
  readonly #nowMs: number;
  readonly #wanted = new Map<NodeId, Wanted>();

  /** `now`: the tree that the operations change. */
  constructor(now: CommittedTree, nowMs: number) {
    this.#now = now;
    this.#nowMs = nowMs;
  }

  has(node: NodeId): boolean {
    return this.#wanted.has(node);
  }

  /** The node, which may be new or deleted now, is to be this. */
  set(node: NodeId, path: string, { parent, name, kind, mode, mtimeMs, content, target, conflict }: MergedFacets): void {
    this.#add(node, path, { parent, name, kind, deleted: false, mode, mtimeMs, content, target, conflict });
  }

  remove({ node, parent, name, kind, mode, mtimeMs }: NodeState, path: string): void {
    this.#add(node, path, { parent, name, kind, deleted: true, mode, mtimeMs, content: null, target: null, conflict: null });
  }

  operations(): readonly PlannedOp[] {
    return [...this.#wanted].map(([node, { facets, stamp, change }]) => ({
      change,
      op: { node, facets, stamp, after: this.#after(node, facets), needsUpload: false, rebase: [] },
    }));
  }

  #add(node: NodeId, path: string, facets: MergedFacets): void {
    const current = this.#now.get(node);
    const before = current === undefined ? null : { state: current, path: this.#now.pathOf(node) ?? current.name };
    const told = describeChange(before, { state: { ...facets, node }, path });
    if (told === null) return;
    const { change, size, from } = told;
    const stamp = Math.max((current?.stamp ?? 0) + 1, this.#nowMs);
    this.#wanted.set(node, { facets, stamp, change: { path: told.path, change, size, ...(from === null ? {} : { from }) } });
  }

  /** Its parent is made before it, the name it takes is freed before it, a directory goes after what is in it. */
  #after(node: NodeId, { parent, name, deleted }: MergedFacets): readonly NodeId[] {
    if (deleted) return [...this.#now.childrenOf(node)].map((child) => child.node).filter((child) => this.#wanted.has(child));
    const holder = this.#now.child(parent, name)?.node;
    return [parent, holder].filter((other) => other !== undefined && other !== node && this.#wanted.has(other)) as NodeId[];
  }
}
