/**
 * A sketch of the folder on which changes are played before they are made: who is where after the
 * steps so far, and what stands in the way of the next one. Reads through to LOCAL for all that did not move.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { LocalTree } from '../tree/local-tree.js';
import { nameKey } from '../tree/name-key.js';
import type { ApplyOp, MergedFacets } from './operation.js';

/** A change with the paths it has at its turn, given that all steps before it were done. */
export type OrderedStep =
  | { readonly op: 'create' | 'replace' | 'set-mode'; readonly node: NodeId; readonly path: string; readonly facets: MergedFacets }
  | { readonly op: 'move'; readonly node: NodeId; readonly from: string; readonly to: string; readonly facets: MergedFacets }
  | { readonly op: 'park'; readonly node: NodeId; readonly from: string }
  | { readonly op: 'unpark'; readonly node: NodeId; readonly to: string; readonly facets: MergedFacets }
  | { readonly op: 'remove'; readonly node: NodeId; readonly path: string };

/** Why a change cannot be made yet. `by` is the node that has to change first; undefined when no change of a node can help. */
export interface Obstacle {
  readonly reason: string;
  readonly by: NodeId | undefined;
}

interface Slot {
  readonly parent: NodeId;
  readonly name: string;
}

export class FolderSketch {
  readonly #local: LocalTree;
  readonly #isPending: (node: NodeId) => boolean;
  /** null: left its place and has no other yet. */
  readonly #places = new Map<NodeId, Slot | null>();
  readonly #occupants = new Map<string, NodeId | null>();
  readonly #left = new Map<NodeId, Set<NodeId>>();
  readonly #entered = new Map<NodeId, Set<NodeId>>();
  readonly parked = new Set<NodeId>();

  /** `isPending`: a change that gives the node another place, or takes it away, is still to come. */
  constructor(local: LocalTree, isPending: (node: NodeId) => boolean) {
    this.#local = local;
    this.#isPending = isPending;
  }

  /** What stands in the way of the change now; null when it can be made. */
  obstacle(op: ApplyOp): Obstacle | null {
    if (op.op === 'create') return this.#obstacleAt(op.node, op.facets);
    const missing = this.parked.has(op.node) ? null : this.#missing(op.node);
    if (missing !== null) return missing;
    if (op.op === 'move') return this.#insideItself(op.node, op.facets.parent) ?? this.#obstacleAt(op.node, op.facets);
    return op.op === 'remove' ? this.#notEmpty(op.node) : null;
  }

  play(op: ApplyOp): OrderedStep {
    const { node } = op;
    const from = this.path(node) ?? '';
    if (op.op === 'remove') {
      this.#leave(node);
      return { op: 'remove', node, path: from };
    }
    const { facets } = op;
    if (op.op === 'replace' || op.op === 'set-mode') return { op: op.op, node, path: from, facets };
    const unpark = this.parked.delete(node);
    this.#leave(node);
    this.#enter(node, facets);
    const to = this.path(node) ?? '';
    if (op.op === 'create') return { op: 'create', node, path: to, facets };
    return unpark ? { op: 'unpark', node, to, facets } : { op: 'move', node, from, to, facets };
  }

  /** Takes a node out of the way, with all that is in it. */
  park(node: NodeId): OrderedStep {
    const from = this.path(node) ?? '';
    this.#leave(node);
    this.parked.add(node);
    return { op: 'park', node, from };
  }

  /** Where a node is now; undefined while it or a directory on its way is nowhere. */
  path(node: NodeId): string | undefined {
    const names: string[] = [];
    for (let at = node; at !== ROOT_NODE;) {
      const place = this.#place(at);
      if (place === undefined || names.length > 4096) return undefined;
      names.push(place.name);
      at = place.parent;
    }
    return names.reverse().join('/');
  }

  #obstacleAt(node: NodeId, { parent, name }: Slot): Obstacle | null {
    const missing = this.#missing(parent);
    if (missing !== null) return missing;
    const occupant = this.#occupant(parent, name);
    // A node is not in its own way: its name may change in case only.
    if (occupant !== undefined && occupant !== node) return { reason: this.#takenReason(occupant, name), by: occupant };
    return this.#holdsUntracked(parent, name) ? { reason: 'untracked-in-the-way', by: undefined } : null;
  }

  #takenReason(occupant: NodeId, name: string): string {
    return nameKey(this.#place(occupant)?.name ?? name) === nameKey(name) ? 'name-taken' : 'same-name-but-for-case';
  }

  /** The first node on the way up that is nowhere. */
  #missing(node: NodeId): Obstacle | null {
    let steps = 0;
    for (let at = node; at !== ROOT_NODE; steps += 1) {
      const place = this.#place(at);
      if (place === undefined || steps > 4096) return { reason: 'parent-missing', by: at };
      at = place.parent;
    }
    return null;
  }

  #insideItself(node: NodeId, target: NodeId): Obstacle | null {
    let way: NodeId | undefined;
    let steps = 0;
    for (let at: NodeId | undefined = target; at !== undefined && at !== ROOT_NODE && steps < 4096; steps += 1) {
      if (at === node) return { reason: 'inside-itself', by: way };
      // Whoever leaves on the way between them takes the target along.
      if (this.#isPending(at)) way = at;
      at = this.#place(at)?.parent;
    }
    return null;
  }

  #notEmpty(node: NodeId): Obstacle | null {
    if (this.#local.untrackedIn(node).size > 0) return { reason: 'holds-untracked-files', by: undefined };
    const left = this.#left.get(node);
    const known = this.#local.childrenOf(node);
    const [entered] = this.#entered.get(node) ?? [];
    if (entered === undefined && left?.size === known.size) return null;
    if (entered !== undefined) return { reason: 'not-empty', by: entered };
    for (const child of known.values()) if (left?.has(child) !== true) return { reason: 'not-empty', by: child };
    return null;
  }

  #place(node: NodeId): Slot | undefined {
    const place = this.#places.get(node);
    if (place !== undefined) return place ?? undefined;
    const entry = this.#local.get(node);
    return entry === undefined ? undefined : { parent: entry.parent, name: entry.diskName };
  }

  #occupant(parent: NodeId, name: string): NodeId | undefined {
    const known = this.#occupants.get(this.#placeKey(parent, name));
    return known === undefined ? this.#local.childNamed(parent, name) : (known ?? undefined);
  }

  #holdsUntracked(parent: NodeId, name: string): boolean {
    const untracked = this.#local.untrackedIn(parent);
    if (untracked.size === 0) return false;
    const key = this.#local.keyOf(name);
    return [...untracked.keys()].some((there) => this.#local.keyOf(there) === key);
  }

  #placeKey(parent: NodeId, name: string): string {
    return `${parent}/${this.#local.keyOf(name)}`;
  }

  #leave(node: NodeId): void {
    const place = this.#place(node);
    this.#places.set(node, null);
    if (place === undefined) return;
    this.#occupants.set(this.#placeKey(place.parent, place.name), null);
    if (this.#entered.get(place.parent)?.delete(node) !== true) addTo(this.#left, place.parent, node);
  }

  #enter(node: NodeId, { parent, name }: Slot): void {
    this.#places.set(node, { parent, name });
    this.#occupants.set(this.#placeKey(parent, name), node);
    if (this.#left.get(parent)?.delete(node) !== true) addTo(this.#entered, parent, node);
  }
}

function addTo(sets: Map<NodeId, Set<NodeId>>, key: NodeId, node: NodeId): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([node]));
  else set.add(node);
}
