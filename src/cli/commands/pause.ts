/** pause and resume, for one vault or all. */
import type { Arguments } from '../arguments.js';
import { attachedRoots } from '../attached-roots.js';
import type { CommandContext } from '../command-context.js';
import { dim } from '../output/text.js';
import { findVault } from '../vault-root.js';

export async function runPause(context: CommandContext, args: Arguments): Promise<number> {
  const { roots } = await context.daemon.call('vault.pause', { root: rootOf(context, args) });
  print(context, args, { schema: 'fsync/pause/1', roots, done: 'Paused' });
  return 0;
}

export async function runResume(context: CommandContext, args: Arguments): Promise<number> {
  const { roots } = await context.daemon.call('vault.resume', { root: rootOf(context, args) });
  print(context, args, { schema: 'fsync/resume/1', roots, done: 'Syncing again' });
  return 0;
}

/** null means every vault. */
function rootOf({ cwd, paths }: CommandContext, args: Arguments): string | null {
  const [path] = args.operands;
  return path === undefined ? null : findVault(cwd, path, attachedRoots(paths)).root;
}

interface Paused {
  readonly schema: string;
  readonly roots: readonly string[];
  readonly done: string;
}

function print({ output }: CommandContext, args: Arguments, { schema, roots, done }: Paused): void {
  if (args.flag('json')) {
    output.document({ schema, roots });
    return;
  }
  for (const root of roots) output.line(`${done}: ${root}`);
  if (roots.length === 0) output.line(dim('No folder on this device is attached to a vault.'));
}
