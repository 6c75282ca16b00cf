/**
 * Puts changes to the folder into an order that works on a real disk: a directory exists before
 * something is put into it, a name is free before it is taken, a directory is empty before it goes,
 * moves come before removals. A rotation of names is broken by parking one node aside.
 *
 * It plays the changes on a sketch of the folder, round by round; what never becomes possible
 * (a hidden file in the way, a parent that is not there yet) is returned as waiting.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { LocalTree } from '../tree/local-tree.js';
import type { ApplyOp, MergedFacets } from './operation.js';

/** A change with the paths it has at its turn, given that all steps before it were done. */
export type OrderedStep =
  | { readonly op: 'create' | 'replace' | 'set-mode'; readonly node: NodeId; readonly path: string; readonly facets: MergedFacets }
  | { readonly op: 'move'; readonly node: NodeId; readonly from: string; readonly to: string; readonly facets: MergedFacets }
  | { readonly op: 'park'; readonly node: NodeId; readonly from: string }
  | { readonly op: 'unpark'; readonly node: NodeId; readonly to: string; readonly facets: MergedFacets }
  | { readonly op: 'remove'; readonly node: NodeId; readonly path: string };

export interface OrderedSteps {
  readonly steps: readonly OrderedStep[];
  readonly waiting: readonly { readonly op: ApplyOp; readonly reason: string }[];
}

const TURN: Readonly<Record<ApplyOp['op'], number>> = { move: 0, create: 1, replace: 2, 'set-mode': 3, remove: 4 };

export function orderApply(ops: readonly ApplyOp[], local: LocalTree): OrderedSteps {
  const sketch = new FolderSketch(local);
  const steps: OrderedStep[] = [];
  let pending = [...ops].sort((a, b) => TURN[a.op] - TURN[b.op]);
  for (;;) {
    const rest = pending.filter((op) => !take(op, sketch, steps));
    if (rest.length === 0) return { steps, waiting: [] };
    if (rest.length === pending.length && !parkOne(rest, sketch, steps)) {
      return { steps, waiting: rest.map((op) => ({ op, reason: sketch.obstacle(op) ?? 'waiting' })) };
    }
    pending = rest;
  }
}

function take(op: ApplyOp, sketch: FolderSketch, steps: OrderedStep[]): boolean {
  if (sketch.obstacle(op) !== null) return false;
  steps.push(sketch.play(op));
  return true;
}

/** Finds a ring of moves that wait for each other and takes one of its nodes out of the way. */
function parkOne(pending: readonly ApplyOp[], sketch: FolderSketch, steps: OrderedStep[]): boolean {
  const moves = new Map(pending.flatMap((op) => (op.op === 'move' ? ([[op.node, op]] as const) : [])));
  for (const start of moves.values()) {
    const seen = new Set<NodeId>();
    let at: ApplyOp | undefined = start;
    while (at !== undefined && !seen.has(at.node)) {
      seen.add(at.node);
      const blocker = sketch.blockingNode(at);
      at = blocker === undefined ? undefined : moves.get(blocker);
    }
    if (at !== undefined && !sketch.isParked(at.node)) {
      steps.push(sketch.park(at.node));
      return true;
    }
  }
  return false;
}

interface Slot {
  readonly parent: NodeId;
  readonly name: string;
}

class FolderSketch {
  readonly #local: LocalTree;
  readonly #places = new Map<NodeId, Slot | null>();
  readonly #occupants = new Map<string, NodeId | null>();
  readonly #childCounts = new Map<NodeId, number>();
  readonly #parked = new Set<NodeId>();

  constructor(local: LocalTree) {
    this.#local = local;
  }

  isParked(node: NodeId): boolean {
    return this.#parked.has(node);
  }

  /** Why the change cannot be made now; null when it can. */
  obstacle(op: ApplyOp): string | null {
    if (op.op === 'create') return this.#obstacleAt(op.facets);
    if (op.op === 'move')
      return this.#isInside(op.facets.parent, op.node) ? 'inside-itself' : (this.#obstacleAt(op.facets) ?? this.#missing(op.node));
    if (op.op === 'remove') return this.#missing(op.node) ?? this.#notEmpty(op.node);
    return this.#missing(op.node);
  }

  /** The node that must move first before `op` can be made, if one is known. */
  blockingNode(op: ApplyOp): NodeId | undefined {
    if (op.op !== 'move') return undefined;
    const { parent, name } = op.facets;
    if (this.#isInside(parent, op.node)) {
      for (let at = parent; ; at = this.#place(at)?.parent ?? ROOT_NODE) {
        if (this.#place(at)?.parent === op.node || at === ROOT_NODE) return at;
      }
    }
    return this.#occupant(parent, name);
  }

  play(op: ApplyOp): OrderedStep {
    const { node } = op;
    if (op.op === 'remove') {
      const path = this.#path(node) ?? '';
      this.#leave(node);
      return { op: 'remove', node, path };
    }
    const { facets } = op;
    if (op.op === 'create') {
      this.#enter(node, facets);
      return { op: 'create', node, path: this.#path(node) ?? '', facets };
    }
    if (op.op !== 'move') return { op: op.op, node, path: this.#path(node) ?? '', facets };
    const from = this.#path(node) ?? '';
    const unpark = this.#parked.delete(node);
    this.#leave(node);
    this.#enter(node, facets);
    const to = this.#path(node) ?? '';
    return unpark ? { op: 'unpark', node, to, facets } : { op: 'move', node, from, to, facets };
  }

  park(node: NodeId): OrderedStep {
    const from = this.#path(node) ?? '';
    this.#leave(node);
    this.#parked.add(node);
    return { op: 'park', node, from };
  }

  #obstacleAt({ parent, name }: Slot): string | null {
    if (parent !== ROOT_NODE && this.#path(parent) === undefined) return 'parent-missing';
    if (this.#occupant(parent, name) !== undefined) return 'name-taken';
    return this.#local.untrackedIn(parent).has(name) ? 'untracked-in-the-way' : null;
  }

  #missing(node: NodeId): string | null {
    return this.#parked.has(node) || this.#path(node) !== undefined ? null : 'parent-missing';
  }

  #notEmpty(node: NodeId): string | null {
    if (this.#local.untrackedIn(node).size > 0) return 'holds-untracked-files';
    return this.#childCount(node) > 0 ? 'not-empty' : null;
  }

  #place(node: NodeId): Slot | undefined {
    const place = this.#places.get(node);
    if (place !== undefined) return place ?? undefined;
    const entry = this.#local.get(node);
    return entry === undefined ? undefined : { parent: entry.parent, name: entry.diskName };
  }

  #occupant(parent: NodeId, name: string): NodeId | undefined {
    const known = this.#occupants.get(`${parent}/${name}`);
    return known === undefined ? this.#local.childrenOf(parent).get(name) : (known ?? undefined);
  }

  #childCount(node: NodeId): number {
    return this.#childCounts.get(node) ?? this.#local.childrenOf(node).size;
  }

  #leave(node: NodeId): void {
    const place = this.#place(node);
    this.#places.set(node, null);
    if (place === undefined) return;
    this.#occupants.set(`${place.parent}/${place.name}`, null);
    this.#childCounts.set(place.parent, this.#childCount(place.parent) - 1);
  }

  #enter(node: NodeId, { parent, name }: Slot): void {
    this.#places.set(node, { parent, name });
    this.#occupants.set(`${parent}/${name}`, node);
    this.#childCounts.set(parent, this.#childCount(parent) + 1);
  }

  #path(node: NodeId): string | undefined {
    const names: string[] = [];
    for (let at = node; at !== ROOT_NODE;) {
      const place = this.#place(at);
      if (place === undefined || names.length > 4096) return undefined;
      names.push(place.name);
      at = place.parent;
    }
    return names.reverse().join('/');
  }

  #isInside(node: NodeId, ancestor: NodeId): boolean {
    let steps = 0;
    for (
      let at: NodeId | undefined = node;
      at !== undefined && at !== ROOT_NODE && steps < 4096;
      at = this.#place(at)?.parent, steps += 1
    ) {
      if (at === ancestor) return true;
    }
    return false;
  }
}
