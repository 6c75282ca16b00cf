/** resolve: settles conflicts by an option; without one, on a terminal, lists them. */
import { FsyncError } from '../../core/base/errors.js';
import type { ResolveChoice, ResolveDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatCount, formatTime } from '../output/quantities.js';
import { bold, dim, green, yellow } from '../output/text.js';
import { findVault } from '../vault-root.js';

const CHOICES: readonly ResolveChoice[] = ['ours', 'theirs', 'both', 'merge'];
const OPTIONS = CHOICES.map((choice) => `--${choice}`).join(', ');
const NETWORK_IDLE_MS = 300_000;

export async function runResolve(context: CommandContext, args: Arguments): Promise<number> {
  const choice = chosen(args);
  const { root, paths } = locate(context, args);
  if (choice === null) return list(context, root);
  const document = await context.daemon.call(
    'vault.resolve',
    { root, paths, choice },
    { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: context.output.event },
  );
  if (args.flag('json')) context.output.document(document);
  else print(context, document);
  return document.remaining.some(({ reason }) => reason !== null || paths.length === 0) ? 3 : 0;
}

/** @throws FsyncError usage when more than one was given */
function chosen(args: Arguments): ResolveChoice | null {
  const given = CHOICES.filter((choice) => args.flag(choice));
  if (given.length > 1) {
    throw new FsyncError('usage', `only one of ${given.map((choice) => `--${choice}`).join(' and ')} can be`, {
      hints: ['Run the command once for each.'],
    });
  }
  return given[0] ?? null;
}

/** The root of the vault as a path means all of it, as does no path. @throws FsyncError usage, not_a_vault */
function locate({ cwd }: CommandContext, args: Arguments): { readonly root: string; readonly paths: readonly string[] } {
  if (args.operands.length === 0) return { root: findVault(cwd, '.').root, paths: [] };
  const found = args.operands.map((operand) => findVault(cwd, operand));
  const [first] = found;
  if (first === undefined || found.some(({ root }) => root !== first.root)) {
    throw new FsyncError('usage', 'the paths are in different vaults', { hints: ['Run the command once for each vault.'] });
  }
  return { root: first.root, paths: found.some(({ path }) => path === '') ? [] : found.map(({ path }) => path) };
}

async function list({ daemon, output, stdin, now }: CommandContext, root: string): Promise<number> {
  const { conflicts } = await daemon.call('vault.status', { root });
  if (conflicts.length === 0) {
    output.line('No conflicts.');
    return 0;
  }
  if (stdin.isTTY !== true || !output.interactive) {
    throw new FsyncError(
      'usage',
      `how to settle ${formatCount(conflicts.length, 'conflict')} is missing, and there is no terminal to ask on`,
      {
        hints: [`Give one of ${OPTIONS}.`],
      },
    );
  }
  for (const { path, copy, winner, loser, at, binary } of conflicts) {
    output.line([yellow(path), dim(`  ${formatTime(at, now())}${binary ? ', binary' : ''}`)]);
    output.line(`    the file is from ${winner}`);
    output.line(['    ', copy, ` is from ${loser}`]);
  }
  output.line();
  output.line(bold('Settle them with fsync resolve [PATH...] and one of:'));
  output.line('  --ours    keep the version of this device');
  output.line('  --theirs  keep the version of the other device');
  output.line('  --both    keep both as files of their own');
  output.line('  --merge   merge line by line; what cannot be merged stays a conflict');
  return 3;
}

const DONE: Readonly<Record<ResolveChoice, string>> = {
  ours: 'kept the version of this device',
  theirs: 'kept the version of the other device',
  both: 'kept both',
  merge: 'merged',
};

function print({ output }: CommandContext, { resolved, remaining }: ResolveDocument): void {
  for (const { path, choice } of resolved) output.line([green('settled'), `  ${path}`, dim(`: ${DONE[choice]}`)]);
  for (const { path, reason } of remaining) output.line([yellow('remains'), `  ${path}`, dim(reason === null ? '' : `: ${reason}`)]);
  if (resolved.length === 0 && remaining.length === 0) output.line('No conflicts.');
}
