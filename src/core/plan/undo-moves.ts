/**
 * Our own moves that cannot stand are taken back.
 *
 * Two moves that are fine alone can put two directories into each other. The server's tree has no
 * cycle, so taking back our own moves along the cycle always breaks it: ours is the commit that came late.
 * What the server has deleted and we keep is in no tree there, only the folder's: it goes back to its place here.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { NodeState } from '../tree/node.js';
import type { Merge, MergedNode } from './merge.js';
import { fromLocal, fromState } from './merge.js';
import { isMoveOfUnread } from './merge-facets.js';

/** @returns true when a move was taken back */
export function undoCycles(merge: Merge): boolean {
  let undone = false;
  for (const node of merge.candidates) {
    for (let cycle = cycleThrough(merge, node); cycle.length > 0; cycle = cycleThrough(merge, node)) {
      if (!undoMoves(merge, cycle)) {
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

/** Our moves stand where a move that ended in a deletion can be taken back instead. */
function undoMoves(merge: Merge, cycle: readonly NodeId[]): boolean {
  return putBack(merge, cycle, placeOfDeleted) || putBack(merge, cycle, placeOnServer);
}

type Place = Pick<NodeState, 'parent' | 'name'>;

function placeOfDeleted(merge: Merge, node: NodeId): Place | undefined {
  const local = merge.local(node);
  return merge.remote(node)?.deleted === true && local !== undefined ? fromLocal(local, merge.base(node)) : undefined;
}

function placeOnServer(merge: Merge, node: NodeId): Place | undefined {
  const remote = merge.remote(node);
  return remote?.deleted === false ? remote : undefined;
}

function putBack(merge: Merge, cycle: readonly NodeId[], placeOf: (merge: Merge, node: NodeId) => Place | undefined): boolean {
  let undone = false;
  for (const node of cycle) {
    const merged = merge.get(node);
    const place = placeOf(merge, node);
    if (merged === undefined || place === undefined || merged.parent === place.parent) continue;
    merge.set({ ...merged, parent: place.parent, name: place.name });
    undone = true;
  }
  return undone;
}

/**
 * What cannot be read and was moved here goes back to its place on the server where what has its new name there cannot leave it,
 * because nobody can say yet where that is.
 * @returns true when a move was taken back
 */
export function undoMovesOfUnread(merge: Merge): boolean {
  const stuck = merge.decided().filter((merged) => isMoveOfUnread(merge, merged) && isNameStuck(merge, merged));
  for (const { node } of stuck) {
    const remote = merge.remote(node);
    if (remote !== undefined) merge.set(fromState(remote));
  }
  return stuck.length > 0;
}

function isNameStuck(merge: Merge, { node, parent, name }: MergedNode): boolean {
  return merge.liveNamed(parent, name).some((other) => other !== node && mayNotLeave(merge, other));
}

function mayNotLeave(merge: Merge, node: NodeId): boolean {
  const merged = merge.get(node);
  return merge.blocked.has(node) || (merge.isFrozenHere(node) && merged !== undefined && !isMoveOfUnread(merge, merged));
}
