/**
 * Two moves that are fine alone can put two directories into each other. The server's tree has no
 * cycle, so taking back our own moves along the cycle always breaks it: ours is the commit that came late.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { Merge } from './merge.js';

/** @returns true when a move was taken back */
export function undoCycles(merge: Merge): boolean {
  let undone = false;
  for (const node of merge.candidates) {
    for (let cycle = cycleThrough(merge, node); cycle.length > 0; cycle = cycleThrough(merge, node)) {
      if (!undoOurMoves(merge, cycle)) {
        for (const stuck of cycle) merge.blocked.set(stuck, 'directory-cycle');
        break;
      }
      undone = true;
    }
  }
  return undone;
}

/** The nodes on the cycle that `node` is part of, or none. */
function cycleThrough(merge: Merge, node: NodeId): readonly NodeId[] {
  const path: NodeId[] = [];
  const seen = new Set<NodeId>();
  for (let at: NodeId | undefined = node; at !== undefined && at !== ROOT_NODE; at = merge.get(at)?.parent) {
    if (seen.has(at)) return at === node ? path : [];
    seen.add(at);
    path.push(at);
  }
  return [];
}

function undoOurMoves(merge: Merge, cycle: readonly NodeId[]): boolean {
  let undone = false;
  for (const node of cycle) {
    const merged = merge.get(node);
    const remote = merge.remote(node);
    if (merged === undefined || remote === undefined || remote.deleted || merged.parent === remote.parent) continue;
    merge.set({ ...merged, parent: remote.parent, name: remote.name });
    undone = true;
  }
  return undone;
}
