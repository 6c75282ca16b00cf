/** Carries out what was decided, through the same call as the options of `fsync resolve`. */
import { isFsyncError } from '../../core/base/errors.js';
import type { ConflictStatus, ResolveChoice, ResolveDocument } from '../../core/protocol/ipc.js';
import type { CommandContext } from '../command-context.js';
import { replaceFile } from './edited-file.js';
import type { Decision } from './resolve-state.js';

const NETWORK_IDLE_MS = 300_000;

export interface Batch {
  readonly choice: ResolveChoice;
  /** Paths of copies. */
  readonly copies: readonly string[];
}

export interface Plan {
  readonly batches: readonly Batch[];
  /** Left as they are: their copy has a conflict of its own, which the daemon would settle with them. */
  readonly blocked: readonly ConflictStatus[];
}

/**
 * One call for each choice. A copy that conflicts itself is named by two conflicts: the inner one
 * goes first, in a call of its own, and the outer one waits as long as the inner one is undecided.
 */
export function planDecisions(open: readonly ConflictStatus[], choices: ReadonlyMap<string, ResolveChoice>): Plan {
  const inner = (conflict: ConflictStatus): readonly ConflictStatus[] => open.filter(({ path }) => path === conflict.copy);
  const depth = (conflict: ConflictStatus): number => Math.max(0, ...inner(conflict).map((one) => depth(one) + 1));
  const isFree = (conflict: ConflictStatus): boolean => inner(conflict).every((one) => choices.has(one.copy) && isFree(one));
  const decided = open.filter(({ copy }) => choices.has(copy));
  const batches: { choice: ResolveChoice; depth: number; copies: string[] }[] = [];
  for (const conflict of decided.filter(isFree).sort((a, b) => depth(a) - depth(b))) {
    const choice = choices.get(conflict.copy);
    if (choice === undefined) continue;
    const batch = batches.find((one) => one.choice === choice && one.depth === depth(conflict));
    if (batch === undefined) batches.push({ choice, depth: depth(conflict), copies: [conflict.copy] });
    else batch.copies.push(conflict.copy);
  }
  return { batches: batches.map(({ choice, copies }) => ({ choice, copies })), blocked: decided.filter((one) => !isFree(one)) };
}

export interface Deciding {
  readonly root: string;
  /** All open conflicts of the vault. */
  readonly open: readonly ConflictStatus[];
  readonly decisions: ReadonlyMap<string, Decision>;
}

/** An edited text becomes the file first; then it is the version of this device, and is kept like one. */
export async function applyDecisions(context: CommandContext, { root, open, decisions }: Deciding): Promise<ResolveDocument> {
  const choices = new Map<string, ResolveChoice>();
  const failed: ResolveDocument['remaining'][number][] = [];
  for (const [copy, decision] of decisions) {
    if (decision.choice !== 'edit') choices.set(copy, decision.choice);
    else {
      const conflict = open.find((one) => one.copy === copy);
      const reason = conflict === undefined ? 'it is not there any more' : await putEdited(root, conflict, decision);
      if (reason === null) choices.set(copy, 'ours');
      else failed.push({ path: conflict?.path ?? copy, copy, reason });
    }
  }
  const { batches, blocked } = planDecisions(open, choices);
  for (const { path, copy } of blocked) failed.push({ path, copy, reason: 'its copy has a conflict of its own: settle that one too' });
  const resolved: ResolveDocument['resolved'][number][] = [];
  for (const { choice, copies } of batches) {
    const done = await context.daemon.call(
      'vault.resolve',
      { root, paths: copies, choice },
      { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: context.output.event },
    );
    resolved.push(...done.resolved);
    failed.push(...done.remaining.filter(({ reason }) => reason !== null));
  }
  return { schema: 'fsync/resolve/1', resolved, remaining: failed };
}

/** Null when it is in place, else why not. */
async function putEdited(
  root: string,
  { path }: ConflictStatus,
  { text, sides }: Extract<Decision, { choice: 'edit' }>,
): Promise<string | null> {
  const original = [sides.ours, sides.theirs].find((side) => side.path === path);
  try {
    await replaceFile({ root, path, expected: original?.text ?? '', text });
    return null;
  } catch (error) {
    if (isFsyncError(error, 'unresolved_conflicts')) return error.message;
    throw error;
  }
}
