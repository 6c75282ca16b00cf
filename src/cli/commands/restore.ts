/** restore, undo: bring back what was, as a new commit. */
import { FsyncError } from '../../core/base/errors.js';
import type { PendingChange } from '../../core/protocol/ipc.js';
import type { RestoreDocument, UndoDocument } from '../../core/protocol/vault-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatCount, formatTime } from '../output/quantities.js';
import { changeText } from '../output/status-text.js';
import { dim, green, yellow } from '../output/text.js';
import { versionOption } from '../version-argument.js';
import { findVault } from '../vault-root.js';

/** What is brought back may have to be downloaded whole. */
const TRANSFER_IDLE_MS = 24 * 3_600_000;
const LISTED = 20;

export async function runRestore(context: CommandContext, args: Arguments): Promise<number> {
  const { cwd, daemon, output, now } = context;
  const { root, path } = findVault(cwd, args.operands[0] ?? '.');
  const target = args.text('to');
  const to = target === null ? null : findVault(cwd, target);
  if (to !== null && to.root !== root)
    throw new FsyncError('usage', '--to is in another vault', { hints: ['Give a path in the same vault.'] });
  const dryRun = args.flag('dry-run');
  const params = { root, path, version: versionOption(args, now()), to: to?.path ?? null, dryRun };
  const document = await daemon.call('vault.restore', params, { idleTimeoutMs: TRANSFER_IDLE_MS, onEvent: output.event });
  if (args.flag('json')) output.document(document);
  else printRestore(context, document, dryRun);
  return 0;
}

function printRestore({ output, now }: CommandContext, { path, to, from, commit, changes }: RestoreDocument, dryRun: boolean): void {
  const name = path === '' ? 'the vault' : path;
  const moment = `commit ${String(from.commit)}${from.at === null ? '' : ` (${formatTime(from.at, now())})`}`;
  if (changes.length === 0) output.line(`${name} is as it was after ${moment}.`);
  else if (dryRun) output.line([yellow('Would bring back'), ` ${name} as of ${moment}:`]);
  else output.line([green('Brought back'), ` ${name} as of ${moment}${to === path ? '' : ` as ${to}`}:`]);
  printChanges(output, changes);
  if (commit !== null) output.line(dim('Take it back with: fsync undo'));
}

export async function runUndo(context: CommandContext, args: Arguments): Promise<number> {
  const { cwd, daemon, output } = context;
  const { root } = findVault(cwd, args.operands[0] ?? '.');
  const dryRun = args.flag('dry-run');
  const document = await daemon.call('vault.undo', { root, dryRun }, { idleTimeoutMs: TRANSFER_IDLE_MS, onEvent: output.event });
  if (args.flag('json')) output.document(document);
  else printUndo(context, document, dryRun);
  return 0;
}

function printUndo({ output, now }: CommandContext, { undone, changes, kept }: UndoDocument, dryRun: boolean): void {
  if (undone === null) {
    output.line('Nothing to take back.');
    return;
  }
  const { kind, first, last, at } = undone;
  const what = kind === 'remote' ? 'changes from other devices' : `a ${kind}`;
  const commits = first === last ? `commit ${String(first)}` : `commits ${String(first)} to ${String(last)}`;
  output.line([dryRun ? yellow('Would take back') : green('Took back'), ` ${what} of ${formatTime(at, now())} (${commits}):`]);
  printChanges(output, changes);
  for (const { path } of kept.slice(0, LISTED)) output.line([yellow('  kept'), `  ${path}`, dim(': changed again since, or in the way')]);
}

function printChanges(output: CommandContext['output'], changes: readonly PendingChange[]): void {
  for (const change of changes.slice(0, LISTED)) output.line(['  ', changeText(change)]);
  if (changes.length > LISTED) output.line(dim(`  … and ${formatCount(changes.length - LISTED, 'more', 'more')}; see all with --json`));
}
