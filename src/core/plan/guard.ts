/**
 * The safety guard: whether a plan takes away so much at once that a person has to say yes first.
 * It counts files that were in sync and would be deleted or rewritten on one side, each side by itself; moves and
 * additions do not count. Once too much is found, nothing destructive is left in the plan,
 * on either side, while additions and moves go on.
 *
 * Sources: the mass-delete checks of rclone bisync and Nextcloud; Mutagen's halt on an emptied root.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { BaseTree } from '../tree/base-tree.js';
import type { LocalTree } from '../tree/local-tree.js';
import type { NodeState } from '../tree/node.js';
import { sameContent } from '../tree/node.js';
import { closedSubset } from './closed-subset.js';
import type { ApplyOp, CommitOp, Plan } from './operation.js';

/** 'server': commits of this device; 'folder': what others did, about to be done here. */
export type GuardedSide = 'server' | 'folder';

/** One file or directory that a plan would take away or overwrite. */
export interface Destruction {
  readonly side: GuardedSide;
  readonly node: NodeId;
  readonly change: 'deleted' | 'modified';
  /** Directories are held back with the rest but do not count: nothing is lost with an empty one. */
  readonly counts: boolean;
  /** Names exactly this change, as `destructionId` does: another version of the same file is another change. */
  readonly id: string;
}

/** A person let a change through that was held back, or it waits for one because the folder was emptied. */
export type GuardMark = 'approved' | 'emptied';

export interface GuardLimits {
  /** More than this many files … */
  readonly files: number;
  /** … and more than this part of all, in percent. */
  readonly percent: number;
}

export interface GuardInput {
  readonly base: BaseTree;
  readonly local: LocalTree;
  /** Remote states that differ from BASE, tombstones included. */
  readonly remote: ReadonlyMap<NodeId, NodeState>;
  readonly limits: GuardLimits;
  /** Changes that a person let through. */
  readonly approved: ReadonlySet<string>;
  /** Files that went by the same side moments ago: a large deletion is seen in slices. */
  readonly recent: Readonly<Record<GuardedSide, number>>;
  /** Changes that were held back because the folder had been emptied: what comes into it since does not let them through. */
  readonly emptied: ReadonlySet<string>;
}

export interface Held {
  readonly cause: 'mass-change' | 'emptied-folder';
  /** What is not done until a person decides. */
  readonly changes: readonly Destruction[];
  /** Files in sync, for comparison. */
  readonly files: number;
}

export interface GuardedPlan {
  /** The plan without what is held back and what depends on it. */
  readonly plan: Plan;
  /** null: nothing is held back and `plan` is whole. */
  readonly held: Held | null;
}

/** A folder with fewer entries at its top than this may be emptied like any other directory. */
const EMPTIED_FROM = 2;

export function guardPlan(plan: Plan, input: GuardInput): GuardedPlan {
  const changes = destructions(plan, input).filter(({ id }) => !input.approved.has(id));
  const cause = causeOf(changes, input);
  if (cause === null) return { plan, held: null };
  return { plan: withhold(plan, changes), held: { cause, changes, files: countFiles(input.base) } };
}

/** The plan without these changes and what depends on them. */
export function withhold(plan: Plan, changes: readonly Destruction[]): Plan {
  const ids = new Set<string>(changes.map(({ side, node }) => `${side}:${node}`));
  const isHeld = (side: GuardedSide, { node }: { readonly node: NodeId }): boolean => ids.has(`${side}:${node}`);
  const commit = closedSubset(plan.commit, (op) => !isHeld('server', op));
  // A move and a replacement of one node are two operations: the move may go.
  const apply = plan.apply.filter((op) => !(takesAway(op) && isHeld('folder', op)));
  return { ...plan, commit, apply };
}

/** Everything a plan takes away or overwrites that was in sync before. */
export function destructions(plan: Plan, trees: Pick<GuardInput, 'base' | 'local' | 'remote'>): readonly Destruction[] {
  return [...plan.commit.flatMap((op) => onServer(trees, op)), ...plan.apply.flatMap((op) => inFolder(trees, op))];
}

function onServer({ base, remote }: Pick<GuardInput, 'base' | 'remote'>, { node, facets }: CommitOp): Destruction[] {
  const before = remote.get(node) ?? base.get(node)?.state;
  if (base.get(node) === undefined || before?.deleted !== false) return [];
  if (!facets.deleted && sameContent(before, facets)) return [];
  return [destruction('server', node, before.kind !== 'directory', facets.deleted ? null : facets)];
}

function inFolder({ base, local }: Pick<GuardInput, 'base' | 'local'>, op: ApplyOp): Destruction[] {
  if (!takesAway(op) || base.get(op.node) === undefined) return [];
  const counts = local.get(op.node)?.kind !== 'directory';
  return [destruction('folder', op.node, counts, op.op === 'remove' ? null : op.facets)];
}

function takesAway(op: ApplyOp): op is Extract<ApplyOp, { op: 'remove' | 'replace' }> {
  return op.op === 'remove' || op.op === 'replace';
}

function destruction(side: GuardedSide, node: NodeId, counts: boolean, after: Pick<NodeState, 'content' | 'target'> | null): Destruction {
  return { side, node, counts, change: after === null ? 'deleted' : 'modified', id: destructionId(side, node, after) };
}

/** `side:node:content`, content being a content id or the target of a link; `after` null means 'deleted'. */
export function destructionId(side: GuardedSide, node: NodeId, after: Pick<NodeState, 'content' | 'target'> | null): string {
  return `${side}:${node}:${after === null ? 'deleted' : (after.content?.id ?? after.target ?? '')}`;
}

function causeOf(changes: readonly Destruction[], input: GuardInput): Held['cause'] | null {
  const { base, limits, recent } = input;
  if (isEmptied(changes, input)) return 'emptied-folder';
  return (['server', 'folder'] as const).some((side) => {
    const now = changes.filter((change) => change.side === side && change.counts).length;
    const count = now + recent[side];
    // Counting all files is for the rare case only.
    return now > 0 && count > limits.files && count * 100 > limits.percent * (countFiles(base) + recent[side]);
  })
    ? 'mass-change'
    : null;
}

function isEmptied(changes: readonly Destruction[], { base, local, emptied }: GuardInput): boolean {
  const lostHere = changes.filter(({ side, change }) => side === 'server' && change === 'deleted');
  if (lostHere.some(({ id }) => emptied.has(id))) return true;
  return lostHere.length > 0 && local.size === 0 && base.childrenOf(ROOT_NODE).size >= EMPTIED_FROM;
}

function countFiles(base: BaseTree): number {
  let count = 0;
  for (const { state } of base.values()) if (state.kind !== 'directory') count += 1;
  return count;
}
