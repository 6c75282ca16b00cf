/** resolve without a choice on a terminal, and resolve --tool: a person looks at each conflict. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConflictStatus, ResolveDocument, StatusDocument } from '../../core/protocol/ipc.js';
import type { CommandContext } from '../command-context.js';
import { applyDecisions } from '../resolve/apply-decisions.js';
import { readSides, type ConflictSides } from '../resolve/conflict-sides.js';
import { editInEditor, editWithTool, type Edited } from '../resolve/edited-file.js';
import { hasMarkers } from '../resolve/marked-text.js';
import { decide, isEditable, openState, selectedConflict, type Decision, type ResolveState } from '../resolve/resolve-state.js';

export interface Asked {
  readonly status: StatusDocument;
  /** Those of the paths that were given. */
  readonly conflicts: readonly ConflictStatus[];
}

/** What was applied; null when the person left without it. @throws FsyncError aborted on Ctrl-C */
export async function resolveInView(context: CommandContext, { status, conflicts }: Asked): Promise<ResolveDocument | 'interrupt' | null> {
  const { runResolveView } = await import('../ui/resolve-view.js');
  const { output, now, signal } = context;
  const load = (conflict: ConflictStatus): Promise<ConflictSides> =>
    readSides({ ...context, output: { ...output, event: () => undefined } }, status, conflict);
  let state = openState(conflicts);
  for (;;) {
    const left = await runResolveView({ initial: state, vault: status.vault.name, load, color: output.color, now, signal });
    if (left.leaving === 'interrupt') return 'interrupt';
    if (left.leaving === 'quit') return null;
    if (left.leaving === 'apply') return apply(context, status, left.state.decisions);
    state = await edit(context, left.state);
  }
}

async function edit({ env }: CommandContext, state: ResolveState): Promise<ResolveState> {
  const copy = selectedConflict(state)?.copy ?? '';
  const sides = state.sides.get(copy);
  if (sides === undefined) return state;
  const taken = decisionOf(await editInEditor(env, sides), sides);
  return 'failed' in taken ? { ...state, notice: `Not taken: ${taken.failed}.` } : decide(state, copy, taken);
}

function decisionOf(edited: Edited, sides: ConflictSides): Decision | { readonly failed: string } {
  if ('failed' in edited) return edited;
  const marked = hasMarkers(edited.text, { ours: sides.ours.text ?? '', theirs: sides.theirs.text ?? '' });
  return marked ? { failed: 'conflict markers are still in it' } : { choice: 'edit', text: edited.text, sides };
}

/** Runs the tool on each text in turn, then applies what it made. */
export async function resolveWithTool(context: CommandContext, { status, conflicts }: Asked, tool: string): Promise<ResolveDocument> {
  const decisions = new Map<string, Decision>();
  const failed: ResolveDocument['remaining'][number][] = [];
  for (const conflict of conflicts) {
    const { path, copy } = conflict;
    const sides = await readSides(context, status, conflict);
    const taken = isEditable(sides) ? decisionOf(await editWithTool(context.env, sides, tool), sides) : { failed: 'it is no text' };
    if ('failed' in taken) failed.push({ path, copy, reason: taken.failed });
    else decisions.set(copy, taken);
  }
  const document = await apply(context, status, decisions);
  return { ...document, remaining: [...failed, ...document.remaining] };
}

async function apply(
  context: CommandContext,
  { vault, conflicts }: StatusDocument,
  decisions: ResolveState['decisions'],
): Promise<ResolveDocument> {
  await mkdir(join(vault.root, '.fsync', 'tmp'), { recursive: true });
  return applyDecisions(context, { root: vault.root, open: conflicts, decisions });
}
