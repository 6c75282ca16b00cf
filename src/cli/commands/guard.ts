/** guard show, approve, reject: what a safety guard holds back, and the decision about it. */
import type { GuardDecision, GuardDocument, HeldSide } from '../../core/protocol/guard-document.js';
import type { Arguments } from '../arguments.js';
import { attachedRoots } from '../attached-roots.js';
import type { CommandContext } from '../command-context.js';
import type { Output } from '../output/output.js';
import { changeText } from '../output/status-text.js';
import { bold, dim, green, red } from '../output/text.js';
import { findVault } from '../vault-root.js';

const MAX_LISTED = 20;
/** A server that went back is read again from its beginning. */
const DECIDE_IDLE_MS = 600_000;
const HELD = 10;

export async function runGuardShow(context: CommandContext, args: Arguments): Promise<number> {
  const document = await context.daemon.call('guard.show', { root: rootOf(context, args) });
  if (args.flag('json')) context.output.document(document);
  else printGuard(context.output, document);
  return document.guard === null ? 0 : HELD;
}

export const runGuardApprove = (context: CommandContext, args: Arguments): Promise<number> => decide(context, args, 'approve');
export const runGuardReject = (context: CommandContext, args: Arguments): Promise<number> => decide(context, args, 'reject');

async function decide(context: CommandContext, args: Arguments, decision: GuardDecision): Promise<number> {
  const { output, daemon } = context;
  const id = args.text('id') ?? null;
  const document = await daemon.call('guard.decide', { root: rootOf(context, args), decision, id }, { idleTimeoutMs: DECIDE_IDLE_MS });
  if (args.flag('json')) output.document(document);
  else if (document.guard === null) output.line('Nothing is held back.');
  else {
    output.line([green(decision === 'approve' ? 'Approved' : 'Rejected'), `: ${document.guard.reason}`]);
    output.line(dim('Wait until it is done: fsync sync'));
  }
  return 0;
}

/** Also of a folder that is missing or has lost its marker: that is what guards are about. */
function rootOf({ cwd, paths }: CommandContext, args: Arguments): string {
  return findVault(cwd, args.operands[0] ?? '.', attachedRoots(paths)).root;
}

function printGuard(output: Output, { vault, guard }: GuardDocument): void {
  if (guard === null) {
    output.line([green('Nothing is held back'), dim(` (${vault.name})`)]);
    return;
  }
  output.line([red('Held back'), `: ${guard.reason}`, dim(` (${vault.name})`)]);
  printSide(output, guard.cause === 'other-history' ? 'What the server has lost:' : 'On the server:', guard.server);
  printSide(output, 'In this folder:', guard.folder);
  output.line();
  output.line([bold('fsync guard approve'), ` ${guard.approve}.`]);
  output.line([bold('fsync guard reject'), ` ${guard.reject}.`]);
  output.line(dim(`Until then nothing is deleted or rewritten; new files go on syncing. Id: ${guard.id}`));
}

function printSide(output: Output, title: string, { deleted, modified, sample }: HeldSide): void {
  if (sample.length === 0) return;
  output.line();
  output.line(bold(title));
  const shown = sample.slice(0, MAX_LISTED);
  for (const change of shown) output.line(['  ', changeText(change)]);
  const more = Math.max(deleted + modified, sample.length) - shown.length;
  if (more > 0) output.line(dim(`  … and ${String(more)} more`));
}
