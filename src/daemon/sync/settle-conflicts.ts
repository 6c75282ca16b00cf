/**
 * Conflicts that need no person: settled by the commit that `fsync resolve` would make, the way
 * `.fsyncattributes` or the settings say. The device that found the conflict does it, so that no two
 * of them answer it differently, and only while nothing has happened to either version since.
 */
import { isFsyncError } from '../../core/base/errors.js';
import type { NodeId } from '../../core/base/ids.js';
import type { ConflictRules } from '../../core/conflict/conflict-rules.js';
import type { ConflictStrategy } from '../../core/conflict/conflict-strategy.js';
import type { ResolveChoice } from '../../core/protocol/ipc.js';
import { commitExplicit, noteOperation } from './commit-explicit.js';
import type { CycleContext } from './cycle.js';
import { openConflicts, resolution, type OpenConflict } from './resolve-conflicts.js';
import { roleHere } from './vault-role.js';

type SettlingStrategy = Exclude<ConflictStrategy, 'lww'>;

const CHOICES: Readonly<Record<SettlingStrategy, ResolveChoice>> = {
  'keep-both': 'both',
  ours: 'ours',
  theirs: 'theirs',
  merge: 'merge',
};

/** Everything else must be in sync. @returns how many were settled */
export async function settleConflicts(context: CycleContext, signal: AbortSignal): Promise<number> {
  if (context.trees.conflicts.size === 0 || roleHere(context) === 'reader') return 0;
  const untouched = openConflicts(context, []).filter((conflict) => isUntouched(context, conflict));
  if (untouched.length === 0) return 0;
  const rules = rulesOf(context);
  let settled = 0;
  for (const conflict of untouched) {
    const strategy = rules.strategyFor(conflict.path) ?? context.deps.conflictStrategy();
    if (strategy === 'lww' || context.leftToPerson.get(nodeOf(conflict)) === strategy) continue;
    if (await settleOne(context, { conflict, strategy }, signal)) settled += 1;
  }
  return settled;
}

/** Found by this device, and both versions are as they were then. */
function isUntouched({ deps, trees }: CycleContext, { original, copy }: OpenConflict): boolean {
  if (copy.device !== deps.device.id || copy.rev !== 1 || trees.local.touched.has(original.node)) return false;
  const { store } = deps.folder;
  const madeIn = store.logOps(copy.node)[0]?.seq;
  const changedIn = store.logOps(original.node)[0]?.seq;
  return madeIn !== undefined && changedIn !== undefined && changedIn <= madeIn;
}

async function settleOne(
  context: CycleContext,
  { conflict, strategy }: { readonly conflict: OpenConflict; readonly strategy: SettlingStrategy },
  signal: AbortSignal,
): Promise<boolean> {
  const first = context.log.head.seq + 1;
  try {
    await commitExplicit(context, await resolution(context, conflict, CHOICES[strategy], signal), signal);
    noteOperation(context, { kind: 'resolve', first, last: context.log.head.seq });
    return true;
  } catch (error) {
    if (!isFsyncError(error, 'unresolved_conflicts', 'behind', 'chunks_missing')) throw error;
    // Another device was first: what it did is looked at in the next cycle.
    if (error.code !== 'behind') context.leftToPerson.set(nodeOf(conflict), strategy);
    context.deps.logger.info('a conflict is left to a person', { strategy, code: error.code });
    return false;
  }
}

function rulesOf({ deps }: CycleContext): ConflictRules {
  try {
    return deps.folder.conflictRules();
  } catch (error) {
    if (!isFsyncError(error, 'io_error')) throw error;
    deps.logger.warn('the rules for conflicts cannot be read: conflicts are left to a person', { message: error.message });
    return { strategyFor: () => 'lww' };
  }
}

function nodeOf({ copy }: OpenConflict): NodeId {
  return copy.node;
}
