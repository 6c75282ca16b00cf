/** resolve: settles conflicts by an option or with a tool; without one, on a terminal, in an interactive view. */
import { FsyncError } from '../../core/base/errors.js';
import type { ConflictStatus, ResolveChoice, ResolveDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatCount } from '../output/quantities.js';
import { dim, green, yellow } from '../output/text.js';
import { findVault } from '../vault-root.js';

const CHOICES: readonly ResolveChoice[] = ['ours', 'theirs', 'both', 'merge'];
const OPTIONS = [...CHOICES.map((choice) => `--${choice}`), '--tool CMD'].join(', ');
const NETWORK_IDLE_MS = 300_000;

export async function runResolve(context: CommandContext, args: Arguments): Promise<number> {
  const choice = chosen(args);
  const { root, paths } = locate(context, args);
  if (choice === null) return resolveByHand(context, args, { root, paths });
  const document = await context.daemon.call(
    'vault.resolve',
    { root, paths, choice },
    { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: context.output.event },
  );
  report(context, args, document);
  return document.remaining.some(({ reason }) => reason !== null || paths.length === 0) ? 3 : 0;
}

/** @throws FsyncError usage when more than one was given */
function chosen(args: Arguments): ResolveChoice | null {
  const given = CHOICES.filter((choice) => args.flag(choice));
  const names = args.text('tool') === null ? given : [...given, 'tool'];
  if (names.length > 1) {
    throw new FsyncError('usage', `only one of ${names.map((name) => `--${name}`).join(' and ')} can be`, {
      hints: ['Run the command once for each.'],
    });
  }
  return given[0] ?? null;
}

interface Place {
  readonly root: string;
  /** Empty: all of the vault. */
  readonly paths: readonly string[];
}

/** The root of the vault as a path means all of it, as does no path. @throws FsyncError usage, not_a_vault */
function locate({ cwd }: CommandContext, args: Arguments): Place {
  if (args.operands.length === 0) return { root: findVault(cwd, '.').root, paths: [] };
  const found = args.operands.map((operand) => findVault(cwd, operand));
  const [first] = found;
  if (first === undefined || found.some(({ root }) => root !== first.root)) {
    throw new FsyncError('usage', 'the paths are in different vaults', { hints: ['Run the command once for each vault.'] });
  }
  return { root: first.root, paths: found.some(({ path }) => path === '') ? [] : found.map(({ path }) => path) };
}

/** Each conflict is looked at by a person: in the interactive view, or in the tool that was named. */
async function resolveByHand(context: CommandContext, args: Arguments, { root, paths }: Place): Promise<number> {
  const { daemon, output } = context;
  const status = await daemon.call('vault.status', { root });
  const conflicts = status.conflicts.filter((conflict) => isWanted(conflict, paths));
  if (conflicts.length === 0 && paths.length > 0)
    throw new FsyncError('not_found', `no conflict at ${paths.join(', ')}`, { hints: ['See the open ones: fsync status'] });
  if (conflicts.length === 0) {
    report(context, args, NOTHING);
    return 0;
  }
  const tool = args.text('tool');
  if (tool === null) requireTerminal(context, args, conflicts.length);
  const { resolveInView, resolveWithTool } = await import('./resolve-interactive.js');
  const asked = { status, conflicts };
  const document = tool === null ? await resolveInView(context, asked) : await resolveWithTool(context, asked, tool);
  if (document === 'interrupt') return 130;
  if (document === null) output.note(dim('Nothing was applied.'));
  else report(context, args, document);
  return document !== null && document.resolved.length >= conflicts.length ? 0 : 3;
}

const NOTHING: ResolveDocument = { schema: 'fsync/resolve/1', resolved: [], remaining: [] };

/** @throws FsyncError usage when the view cannot be shown */
function requireTerminal({ stdin, output }: CommandContext, args: Arguments, count: number): void {
  if (stdin.isTTY === true && output.interactive && !args.flag('json')) return;
  const missing = `how to settle ${formatCount(count, 'conflict')} is missing`;
  throw new FsyncError('usage', args.flag('json') ? missing : `${missing}, and there is no terminal to ask on`, {
    hints: [`Give one of ${OPTIONS}.`],
  });
}

function isWanted({ path, copy }: ConflictStatus, paths: readonly string[]): boolean {
  const isIn = (at: string): boolean => paths.some((wanted) => at === wanted || at.startsWith(`${wanted}/`));
  return paths.length === 0 || isIn(path) || isIn(copy);
}

const DONE: Readonly<Record<ResolveChoice, string>> = {
  ours: 'kept the version of this device',
  theirs: 'kept the version of the other device',
  both: 'kept both',
  merge: 'merged',
};

function report({ output }: CommandContext, args: Arguments, document: ResolveDocument): void {
  if (args.flag('json')) {
    output.document(document);
    return;
  }
  const { resolved, remaining } = document;
  for (const { path, choice } of resolved) output.line([green('settled'), `  ${path}`, dim(`: ${DONE[choice]}`)]);
  for (const { path, reason } of remaining) output.line([yellow('remains'), `  ${path}`, dim(reason === null ? '' : `: ${reason}`)]);
  if (resolved.length === 0 && remaining.length === 0) output.line('No conflicts.');
}
