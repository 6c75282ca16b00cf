/**
 * Puts changes to the folder into an order that works on a real disk: a directory exists before
 * something is put into it, a name is free before it is taken, a directory is empty before it goes.
 * Changes that wait for each other in a ring are freed by parking one node aside.
 *
 * Each change waits for one node at a time and is looked at again when that node changed, so the
 * cost follows the number of changes. What never becomes possible (a hidden file in the way, a
 * parent that is not there yet) is returned as waiting, and nothing ever stays parked.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { LocalTree } from '../tree/local-tree.js';
import type { Obstacle, OrderedStep } from './folder-sketch.js';
import { FolderSketch } from './folder-sketch.js';
import type { ApplyOp } from './operation.js';

export type { OrderedStep } from './folder-sketch.js';

export interface WaitingOp {
  readonly op: ApplyOp;
  readonly reason: string;
}

export interface OrderedSteps {
  readonly steps: readonly OrderedStep[];
  readonly waiting: readonly WaitingOp[];
}

const TURN: Readonly<Record<ApplyOp['op'], number>> = { move: 0, create: 1, replace: 2, 'set-mode': 3, remove: 4 };

export function orderApply(ops: readonly ApplyOp[], local: LocalTree): OrderedSteps {
  let todo = inTurn(ops, local);
  const waiting: WaitingOp[] = [];
  for (;;) {
    const rehearsal = new Rehearsal(todo, local);
    const stuck = rehearsal.run();
    waiting.push(...stuck);
    if (!rehearsal.leavesParked) return { steps: rehearsal.steps, waiting };
    // A node was taken aside for a move that turned out impossible: without the impossible ones it stays where it is.
    const impossible = new Set(stuck.map(({ op }) => op));
    todo = todo.filter((op) => !impossible.has(op));
  }
}

/** Moves first, removals last and from the bottom up. */
function inTurn(ops: readonly ApplyOp[], local: LocalTree): readonly ApplyOp[] {
  const keyed = ops.map((op) => ({ op, depth: op.op === 'remove' ? depth(local, op.node) : 0 }));
  keyed.sort((a, b) => TURN[a.op.op] - TURN[b.op.op] || b.depth - a.depth || (a.op.node < b.op.node ? -1 : 1));
  return keyed.map(({ op }) => op);
}

function depth(local: LocalTree, node: NodeId): number {
  let steps = 0;
  for (let at: NodeId | undefined = node; at !== undefined && at !== ROOT_NODE && steps < 4096; at = local.get(at)?.parent) steps += 1;
  return steps;
}

class Rehearsal {
  readonly steps: OrderedStep[] = [];
  readonly #sketch: FolderSketch;
  readonly #queue: ApplyOp[];
  #next = 0;
  /** The change that gives a node its place, takes it away, or moves it. */
  readonly #placing = new Map<NodeId, ApplyOp>();
  readonly #obstacles = new Map<ApplyOp, Obstacle>();
  readonly #waitingFor = new Map<NodeId, ApplyOp[]>();

  constructor(ops: readonly ApplyOp[], local: LocalTree) {
    this.#sketch = new FolderSketch(local, (node) => this.#placing.has(node));
    this.#queue = [...ops];
    for (const op of ops) if (op.op !== 'replace' && op.op !== 'set-mode') this.#placing.set(op.node, op);
  }

  get leavesParked(): boolean {
    return this.#sketch.parked.size > 0;
  }

  /** Plays all that can be played; returns the rest. */
  run(): readonly WaitingOp[] {
    do this.#drain();
    while (this.#parkOne());
    return [...this.#obstacles].map(([op, { reason }]) => ({ op, reason }));
  }

  #drain(): void {
    for (let op = this.#queue[this.#next]; op !== undefined; op = this.#queue[this.#next]) {
      this.#next += 1;
      const obstacle = this.#sketch.obstacle(op);
      if (obstacle === null) this.#play(op);
      else this.#wait(op, obstacle);
    }
  }

  #play(op: ApplyOp): void {
    this.steps.push(this.#sketch.play(op));
    if (this.#placing.get(op.node) === op) this.#placing.delete(op.node);
    this.#wake(op.node);
  }

  #wait(op: ApplyOp, obstacle: Obstacle): void {
    this.#obstacles.set(op, obstacle);
    if (obstacle.by === undefined) return;
    const waiting = this.#waitingFor.get(obstacle.by);
    if (waiting === undefined) this.#waitingFor.set(obstacle.by, [op]);
    else waiting.push(op);
  }

  #wake(node: NodeId): void {
    for (const op of this.#waitingFor.get(node) ?? []) {
      this.#obstacles.delete(op);
      this.#queue.push(op);
    }
    this.#waitingFor.delete(node);
  }

  /** Takes one node of a ring of changes that wait for each other out of the way; false when there is no ring. */
  #parkOne(): boolean {
    const cleared = new Set<ApplyOp>();
    for (const start of this.#obstacles.keys()) {
      const ring = this.#ringFrom(start, cleared);
      const node = deepest(this.#sketch, ring);
      if (node === undefined) continue;
      this.steps.push(this.#sketch.park(node));
      this.#wake(node);
      this.#retry(node);
      return true;
    }
    return false;
  }

  /** The parked node's own move may have waited only for what was inside it. */
  #retry(node: NodeId): void {
    const own = this.#placing.get(node);
    const obstacle = own === undefined ? undefined : this.#obstacles.get(own);
    if (own === undefined || obstacle === undefined) return;
    this.#obstacles.delete(own);
    if (obstacle.by !== undefined) {
      const others = (this.#waitingFor.get(obstacle.by) ?? []).filter((op) => op !== own);
      this.#waitingFor.set(obstacle.by, others);
    }
    this.#queue.push(own);
  }

  /** The ring that waiting leads into from `start`, or nothing. What leads nowhere is noted in `cleared`. */
  #ringFrom(start: ApplyOp, cleared: Set<ApplyOp>): readonly ApplyOp[] {
    const path: ApplyOp[] = [];
    const onPath = new Set<ApplyOp>();
    for (let at: ApplyOp | undefined = start; at !== undefined && !cleared.has(at);) {
      if (onPath.has(at)) return path.slice(path.indexOf(at));
      onPath.add(at);
      path.push(at);
      const by: NodeId | undefined = this.#obstacles.get(at)?.by;
      at = by === undefined ? undefined : this.#placing.get(by);
    }
    for (const op of path) cleared.add(op);
    return [];
  }
}

/** The lowest node of a ring that is still to be moved: what lies in it comes along, so the less the better. */
function deepest(sketch: FolderSketch, ring: readonly ApplyOp[]): NodeId | undefined {
  let found: { readonly node: NodeId; readonly depth: number } | undefined;
  for (const { op, node } of ring) {
    const path = op === 'move' && !sketch.parked.has(node) ? sketch.path(node) : undefined;
    if (path === undefined) continue;
    const below = path.split('/').length;
    if (found === undefined || below > found.depth) found = { node, depth: below };
  }
  return found?.node;
}
