/** push, pull, sync: wait until it is true, and say how it ended. */
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { IpcParams, StatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import { attachedRoots } from '../attached-roots.js';
import type { CommandContext } from '../command-context.js';
import { formatCount } from '../output/quantities.js';
import { isReadOnly, printStatus } from '../output/status-text.js';
import { findVault } from '../vault-root.js';

const DEFAULT_TIMEOUT_MS = 24 * 3_600_000;
/** The daemon reports the end of the time itself; this much later it is taken for dead. */
const GRACE_MS = 30_000;

export const runPush = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'push');
export const runPull = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'pull');
export const runSync = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'both');

/** --once needs no daemon; one that runs already has the folder open, so it does the work. */
async function run(context: CommandContext, args: Arguments, direction: Direction): Promise<number> {
  if (!args.flag('once')) return runWait(context, args, direction);
  const { root } = findVault(context.cwd, args.operands[0] ?? '.', attachedRoots(context.paths));
  const timeoutMs = timeoutOf(args);
  if ((await context.daemon.callRunning('daemon.status', {})) !== null) return runWait(context, args, direction);
  const { syncOnce } = await import('../client/sync-once.js');
  const { status, exit } = await syncOnce(context, { root, direction, timeoutMs }).catch(rethrowPaused);
  if (status === null) return exit;
  print(context, args, status);
  return exitOf(status, direction, context.output.note);
}

type Direction = 'push' | 'pull' | 'both';

async function runWait(context: CommandContext, args: Arguments, direction: Direction): Promise<number> {
  const { root } = findVault(context.cwd, args.operands[0] ?? '.', attachedRoots(context.paths));
  const status = await waitUntilDone(context, { root, direction, timeoutMs: timeoutOf(args) }).catch(async (error: unknown) => {
    // The wait ended without success: the document says what is missing.
    const found = isFsyncError(error, ...WITH_STATUS) ? await context.daemon.callRunning('vault.status', { root }) : null;
    if (found !== null) print(context, args, found);
    throw error;
  });
  print(context, args, status);
  return exitOf(status, direction, context.output.note);
}

const WITH_STATUS = ['timed_out', 'guarded', 'rollback', 'history_changed', 'unresolved_conflicts'] as const;

function waitUntilDone({ daemon, output }: CommandContext, params: IpcParams<'vault.sync'>): Promise<StatusDocument> {
  const idleTimeoutMs = Math.min(params.timeoutMs + GRACE_MS, 2_147_483_647);
  return daemon.call('vault.sync', params, { idleTimeoutMs, onEvent: output.event }).catch(rethrowPaused);
}

function timeoutOf(args: Arguments): number {
  return args.milliseconds('timeout') ?? DEFAULT_TIMEOUT_MS;
}

function print({ output, now }: CommandContext, args: Arguments, status: StatusDocument): void {
  if (args.flag('json')) output.document(status);
  else printStatus(output, status, now());
}

/** The exit code of 'not_in_sync' says that waiting helps; for a paused vault it does not. */
function rethrowPaused(error: unknown): never {
  throw isFsyncError(error, 'not_in_sync') ? new FsyncError('paused', error.message) : error;
}

/** The error of a vault that is not synced. */
function whyNot(status: StatusDocument): FsyncError {
  const { reason, hint = null, vault } = status;
  if (!isReadOnly(status))
    return new FsyncError('io_error', reason ?? 'the vault cannot be synced', { hints: hint === null ? [] : [hint] });
  return new FsyncError('forbidden', `this account may only read ${vault.name}: what was changed here was not sent`, {
    hints: ['See what it is: fsync status. An owner can give the account another role: fsync share USER --role writer'],
  });
}

/** @throws FsyncError for states in which the wait ended but what was asked for is not true */
function exitOf(status: StatusDocument, direction: Direction, note: (text: string) => void): number {
  switch (status.state) {
    case 'guarded':
      throw new FsyncError('guarded', 'a safety guard holds the vault back', { hints: ['See what it holds back: fsync guard show'] });
    case 'paused':
      throw new FsyncError('paused', `${status.vault.name} is paused`);
    case 'offline':
      throw new FsyncError('server_unreachable', `${status.vault.server} cannot be reached`);
    case 'error':
      if (isReadOnly(status) && direction === 'pull') break;
      throw whyNot(status);
    case 'synced':
    case 'syncing':
    case 'conflicts':
      break;
  }
  if (status.conflicts.length === 0) return 0;
  note(`fsync: ${formatCount(status.conflicts.length, 'unresolved conflict')}`);
  note('Settle them with fsync resolve --ours, --theirs, --both or --merge.');
  return 3;
}
