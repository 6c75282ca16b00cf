/**
 * The guard of one session: what a person let through already, and what went by moments ago. A large
 * deletion is seen in slices: it waits until no more of it comes, and slices that follow each other closely count as one.
 */
import type { Clock } from '../../core/base/effects.js';
import type { Destruction, GuardedPlan, GuardedSide, GuardLimits, GuardMark } from '../../core/plan/guard.js';
import { destructionId, destructions, guardPlan, withhold } from '../../core/plan/guard.js';
import type { Plan } from '../../core/plan/operation.js';
import type { StateStore } from '../ports.js';
import type { VaultTrees } from './vault-trees.js';

export interface SafetyGuardDeps {
  readonly store: StateStore;
  readonly trees: Pick<VaultTrees, 'base' | 'local' | 'remote'>;
  readonly limits: () => GuardLimits;
  readonly clock: Clock;
  /** This account may only read: its commits are never sent. */
  readonly isReader: () => boolean;
}

export interface CheckedPlan extends GuardedPlan {
  /** More may be coming of what would be taken away: it is left out of the plan until this has been so for `SETTLE_MS`. */
  readonly isSettling: boolean;
}

/** Slices of one deletion come within this time of each other. */
const SLICE_GAP_MS = 2_000;
/** Fewer files are deleted or rewritten at once, without waiting for more. */
const SETTLE_FROM = 10;
export const SETTLE_MS = 200;

export class SafetyGuard {
  readonly #deps: SafetyGuardDeps;
  /** As in the database. 'emptied' until somebody decides or what is missing is there again. */
  readonly #marks: Map<string, GuardMark>;
  /** The present run of slices: each file once on each side, however often it is rewritten, with its newest change. */
  readonly #run = new Map<string, Destruction>();
  #lastSliceMs = 0;
  #grewAtMs = 0;
  #isOpen = false;

  constructor(deps: SafetyGuardDeps) {
    this.#deps = deps;
    this.#marks = new Map(deps.store.guardMarks());
  }

  check(plan: Plan): CheckedPlan {
    const { trees } = this.#deps;
    const isReader = this.#deps.isReader();
    const pending = destructions(plan, trees).filter(({ side }) => !isReader || side === 'folder');
    this.#forgetDone(pending);
    const fresh = pending.filter(({ id }) => this.#marks.get(id) !== 'approved');
    const recent = this.#follow(fresh);
    if (fresh.length > SETTLE_FROM && this.#deps.clock.now() - this.#grewAtMs < SETTLE_MS)
      return { plan: withhold(plan, fresh), held: null, isSettling: true };
    return { ...this.#guarded(plan, recent), isSettling: false };
  }

  /** Lets exactly these changes through, also after a restart. */
  approve(ids: Iterable<string>): void {
    this.#mark([...ids], 'approved');
    for (const [file, { id }] of this.#run) if (this.#marks.get(id) === 'approved') this.#run.delete(file);
  }

  #guarded(plan: Plan, recent: Record<GuardedSide, number>): GuardedPlan {
    const { trees, limits } = this.#deps;
    const isReader = this.#deps.isReader();
    const { base, local, remote } = trees;
    const checked = isReader ? { ...plan, commit: [] } : plan;
    const marked = { approved: this.#marked('approved'), emptied: this.#marked('emptied') };
    const guarded = guardPlan(checked, { base, local, remote, limits: limits(), recent, ...marked });
    if (guarded.held?.cause === 'emptied-folder')
      this.#mark(
        guarded.held.changes.map(({ id }) => id),
        'emptied',
      );
    return isReader ? { ...guarded, plan: { ...guarded.plan, commit: plan.commit } } : guarded;
  }

  /** A change that is not to be made any more came to pass, or was taken back: its mark does not count for later ones. */
  #forgetDone(pending: readonly Destruction[]): void {
    if (this.#marks.size === 0) return;
    const waiting = new Set(pending.map(({ id }) => id));
    this.#mark(
      [...this.#marks.keys()].filter((id) => !waiting.has(id)),
      null,
    );
  }

  #marked(wanted: GuardMark): ReadonlySet<string> {
    return new Set([...this.#marks].flatMap(([id, mark]) => (mark === wanted ? [id] : [])));
  }

  #mark(ids: readonly string[], mark: GuardMark | null): void {
    const changed = ids.filter((id) => (this.#marks.get(id) ?? null) !== mark);
    if (changed.length === 0) return;
    this.#deps.store.transaction((write) => {
      for (const id of changed) write.setGuardMark(id, mark);
    });
    for (const id of changed) {
      if (mark === null) this.#marks.delete(id);
      else this.#marks.set(id, mark);
    }
  }

  /** @returns files of this run that went by already, for each side */
  #follow(pending: readonly Destruction[]): Record<GuardedSide, number> {
    const nowMs = this.#deps.clock.now();
    if (!this.#isOpen && nowMs - this.#lastSliceMs > SLICE_GAP_MS) this.#run.clear();
    this.#isOpen = pending.length > 0;
    if (this.#isOpen) this.#lastSliceMs = nowMs;
    if (pending.some((change) => change.counts && this.#run.get(fileOf(change))?.id !== change.id)) this.#grewAtMs = nowMs;
    const gone = { server: 0, folder: 0 };
    const waiting = new Set(pending.map(fileOf));
    for (const [file, change] of this.#run) {
      if (waiting.has(file)) continue;
      if (this.#isDone(change)) gone[change.side] += 1;
      else this.#run.delete(file);
    }
    for (const change of pending) if (change.counts) this.#run.set(fileOf(change), change);
    return gone;
  }

  /** It came to pass; else it was taken back and takes nothing away. */
  #isDone({ side, node, change, id }: Destruction): boolean {
    const state = this.#deps.trees.base.get(node)?.state;
    if (state === undefined) return change === 'deleted';
    return destructionId(side, node, state) === id;
  }
}

function fileOf({ side, node }: Destruction): string {
  return `${side}:${node}`;
}
