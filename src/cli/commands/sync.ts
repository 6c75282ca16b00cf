/** push, pull, sync: wait until it is true, and say how it ended. */
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { printStatus } from '../output/status-text.js';
import { findVault } from '../vault-root.js';

const DEFAULT_TIMEOUT_MS = 24 * 3_600_000;
/** The daemon reports the end of the time itself; this much later it is taken for dead. */
const GRACE_MS = 30_000;

export const runPush = (context: CommandContext, args: Arguments): Promise<number> => runWait(context, args, 'push');
export const runPull = (context: CommandContext, args: Arguments): Promise<number> => runWait(context, args, 'pull');

export async function runSync(context: CommandContext, args: Arguments): Promise<number> {
  if (!args.flag('once')) return runWait(context, args, 'both');
  const { root } = findVault(context.cwd, args.operands[0] ?? '.');
  const { syncOnce } = await import('../client/sync-once.js');
  const { status, exit } = await syncOnce(context, { root, timeoutMs: args.milliseconds('timeout') ?? DEFAULT_TIMEOUT_MS });
  if (status !== null) print(context, args, status);
  return exit;
}

type Direction = 'push' | 'pull' | 'both';

async function runWait(context: CommandContext, args: Arguments, direction: Direction): Promise<number> {
  const { output, daemon, cwd } = context;
  const { root } = findVault(cwd, args.operands[0] ?? '.');
  const timeoutMs = args.milliseconds('timeout') ?? DEFAULT_TIMEOUT_MS;
  try {
    const status = await daemon.call(
      'vault.sync',
      { root, direction, timeoutMs },
      { idleTimeoutMs: Math.min(timeoutMs + GRACE_MS, 2_147_483_647), onEvent: output.event },
    );
    print(context, args, status);
    return exitOf(status, output.note);
  } catch (error) {
    if (isFsyncError(error, 'timed_out', 'guarded', 'unresolved_conflicts', 'not_in_sync')) await printWhereItStands(context, args, root);
    throw error;
  }
}

function print({ output, now }: CommandContext, args: Arguments, status: StatusDocument): void {
  if (args.flag('json')) output.document(status);
  else printStatus(output, status, now());
}

/** The document is printed when the wait ends without success, too: it says what is missing. */
async function printWhereItStands(context: CommandContext, args: Arguments, root: string): Promise<void> {
  const status = await context.daemon.callRunning('vault.status', { root });
  if (status !== null) print(context, args, status);
}

/** @throws FsyncError for states in which the wait ended but what was asked for is not true */
function exitOf(status: StatusDocument, note: (text: string) => void): number {
  if (status.state === 'guarded') {
    throw new FsyncError('guarded', 'a safety guard holds the vault back', { hints: ['See what it holds back: fsync status'] });
  }
  if (status.state === 'paused') {
    throw new FsyncError('not_in_sync', 'the vault is paused', { hints: ['Go on with: fsync resume'] });
  }
  if (status.state === 'offline') {
    throw new FsyncError('server_unreachable', `${status.vault.server} cannot be reached`);
  }
  if (status.state === 'error') {
    throw new FsyncError('io_error', status.reason ?? 'the vault cannot be synced');
  }
  if (status.conflicts.length === 0) return 0;
  note('fsync: unresolved conflicts');
  note('Settle them with fsync resolve --ours, --theirs, --both or --merge.');
  return 3;
}
