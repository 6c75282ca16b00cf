/**
 * The planner: a pure function of the three trees. It decides one merged tree and returns what
 * separates the server and the folder from it. Nothing here waits, reads or writes; running it
 * again on the same trees gives the same plan. `adoptEqualNames` has run before: a new local entry that
 * the server knows under its name is that node.
 *
 * Sources: the decision table of the design (38 rows); the shape (ancestor, alpha, beta → changes)
 * follows Mutagen's reconcile; move conflicts follow Kleppmann et al. 2021 with a central order.
 */
import type { CredentialId, NodeId } from '../base/ids.js';
import type { BaseTree } from '../tree/base-tree.js';
import type { LocalTree } from '../tree/local-tree.js';
import type { NodeState } from '../tree/node.js';
import { addConflictCopies } from './conflict-copies.js';
import { Merge } from './merge.js';
import { mergeFacets } from './merge-facets.js';
import type { Plan } from './operation.js';
import { keepChildrenOfMoved, reviveParents } from './revive.js';
import { separateEqualNames } from './separate-equal-names.js';
import { toOperations } from './to-operations.js';
import { undoCycles, undoMovesOfUnread } from './undo-moves.js';

export interface PlanContext {
  readonly device: CredentialId;
  readonly deviceName: string;
  readonly nowMs: number;
  /** Server time minus local time, measured; 0 when unknown. */
  readonly serverOffsetMs: number;
  /**
   * This account may only read: nothing is ever committed, so the server's version keeps the name, and what was changed
   * here makes way for it in the folder alone.
   */
  readonly readOnly: boolean;
}

export interface PlanInput {
  readonly base: BaseTree;
  readonly local: LocalTree;
  /** Remote states that differ from BASE, tombstones included. */
  readonly remote: ReadonlyMap<NodeId, NodeState>;
  readonly context: PlanContext;
}

export function plan(input: PlanInput): Plan {
  const merge = new Merge(input);
  mergeFacets(merge);
  keepChildrenOfMoved(merge);
  // Taking a move back can put a node into a directory that was deleted here, which then has to live.
  do reviveParents(merge);
  while (undoMovesOfUnread(merge) || undoCycles(merge));
  addConflictCopies(merge);
  separateEqualNames(merge);
  return toOperations(merge);
}
