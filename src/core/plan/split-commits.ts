/** Cuts what is to be committed into commits that the server takes, its tree being whole after each of them. */
import type { NodeId } from '../base/ids.js';
import type { CommitOp } from './operation.js';

/** Bounds of one commit: the server's limits with room to spare. */
const MAX_OPS = 1000;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Each operation of a closed set comes with or after everything it depends on: with it where that fits one commit, so that
 * others see a directory go as a whole. What depends on each other in a ring always stays together.
 */
export function splitIntoCommits(ops: readonly CommitOp[], maxOps = MAX_OPS, maxBytes = MAX_BYTES): readonly (readonly CommitOp[])[] {
  const fits = (count: number, bytes: number): boolean => count <= maxOps && bytes <= maxBytes;
  const rings = new Rings(ops);
  const commits: CommitOp[][] = [];
  let current: CommitOp[] = [];
  let bytes = 0;
  const add = (group: readonly CommitOp[]): void => {
    const groupBytes = sizeOf(group);
    if (current.length > 0 && !fits(current.length + group.length, bytes + groupBytes)) {
      commits.push(current);
      current = [];
      bytes = 0;
    }
    current.push(...group);
    bytes += groupBytes;
  };
  for (const op of ops) {
    const groups = rings.upTo(op);
    const whole = groups.flat();
    if (fits(whole.length, sizeOf(whole))) add(whole);
    else groups.forEach(add);
  }
  if (current.length > 0) commits.push(current);
  return commits;
}

/** Rough size of records on the wire, bytes. */
function sizeOf(ops: readonly CommitOp[]): number {
  return ops.reduce((sum, { facets }) => sum + 600 + (facets.content?.inline?.length ?? 0) + 100 * (facets.content?.chunks.length ?? 0), 0);
}

/** An operation on the way down the dependencies. */
interface Visit {
  readonly op: CommitOp;
  /** When it was reached, and the earliest operation on the way down that it leads back to. */
  readonly index: number;
  low: number;
  nextAfter: number;
}

/** The strongly connected components of the dependencies, each after those it depends on (Tarjan 1972, without recursion). */
class Rings {
  readonly #ops: ReadonlyMap<NodeId, CommitOp>;
  readonly #visits = new Map<NodeId, Visit>();
  /** Reached, and not yet in a ring that was given out. */
  readonly #open: CommitOp[] = [];
  readonly #isOpen = new Set<NodeId>();

  constructor(ops: readonly CommitOp[]) {
    this.#ops = new Map(ops.map((op) => [op.node, op]));
  }

  /** `op` and whatever it depends on, dependencies first, as rings that were not given out yet; most are of one operation. */
  upTo(op: CommitOp): readonly (readonly CommitOp[])[] {
    if (this.#visits.has(op.node)) return [];
    const found: CommitOp[][] = [];
    const way = [this.#enter(op)];
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const next = this.#next(top);
      if (next !== null) {
        way.push(this.#enter(next));
        continue;
      }
      way.pop();
      const above = way.at(-1);
      if (above !== undefined) above.low = Math.min(above.low, top.low);
      if (top.low === top.index) found.push(this.#close(top.op));
    }
    return found;
  }

  #enter(op: CommitOp): Visit {
    const index = this.#visits.size;
    const visit = { op, index, low: index, nextAfter: 0 };
    this.#visits.set(op.node, visit);
    this.#open.push(op);
    this.#isOpen.add(op.node);
    return visit;
  }

  /** The next operation it depends on that was not reached yet; null when there is none any more. */
  #next(visit: Visit): CommitOp | null {
    for (; visit.nextAfter < visit.op.after.length; visit.nextAfter += 1) {
      const node = visit.op.after[visit.nextAfter];
      const op = node === undefined ? undefined : this.#ops.get(node);
      if (op === undefined) continue;
      const reached = this.#visits.get(op.node);
      if (reached === undefined) return op;
      if (this.#isOpen.has(op.node)) visit.low = Math.min(visit.low, reached.index);
    }
    return null;
  }

  #close(first: CommitOp): CommitOp[] {
    const ring = this.#open.splice(this.#open.lastIndexOf(first));
    for (const { node } of ring) this.#isOpen.delete(node);
    return ring;
  }
}
