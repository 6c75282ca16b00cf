/** status: what the daemon knows about a vault. */
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import { attachedRoots } from '../attached-roots.js';
import type { CommandContext } from '../command-context.js';
import { isReadOnly, printShortStatus, printStatus } from '../output/status-text.js';
import { findVault } from '../vault-root.js';

export async function runStatus(context: CommandContext, args: Arguments): Promise<number> {
  if (args.flag('watch')) return (await import('./status-watch.js')).runStatusWatch(context, args);
  const { output, daemon, cwd, paths } = context;
  const { root } = findVault(cwd, args.operands[0] ?? '.', attachedRoots(paths));
  const status = await daemon.call('vault.status', { root });
  if (args.flag('json')) output.document(status);
  else if (args.flag('short')) printShortStatus(output, status);
  else printStatus(output, status, context.now());
  return args.flag('exit-code') ? statusExit(status) : 0;
}

function statusExit(status: StatusDocument): number {
  switch (status.state) {
    case 'synced':
      return 0;
    case 'conflicts':
      return 3;
    case 'guarded':
      return 10;
    case 'error':
      return isReadOnly(status) ? 6 : 1;
    case 'syncing':
    case 'offline':
    case 'paused':
      return 12;
  }
}
