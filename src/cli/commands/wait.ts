/** wait: until it is true, whatever happens meanwhile; a server that is away is waited for too. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { printStatus, waiting } from '../output/status-text.js';
import { findVault } from '../vault-root.js';

const DEFAULT_TIMEOUT_MS = 24 * 3_600_000;
/** The daemon reports the end of the time itself; this much later it is taken for dead. */
const GRACE_MS = 30_000;
const RETRY_MS = 500;

export async function runWait(context: CommandContext, args: Arguments): Promise<number> {
  const { cwd, daemon, output, now } = context;
  const { root } = findVault(cwd, args.operands[0] ?? '.');
  const direction = args.text('until') === 'uploaded' ? 'push' : 'both';
  const timeoutMs = args.milliseconds('timeout') ?? DEFAULT_TIMEOUT_MS;
  const until = now() + timeoutMs;
  for (;;) {
    const before = await daemon.call('vault.status', { root });
    output.event({ kind: 'phase', text: waitsFor(before, direction) });
    const leftMs = Math.max(0, until - now());
    try {
      const options = { idleTimeoutMs: Math.min(leftMs + GRACE_MS, 2_147_483_647), onEvent: output.event };
      return done(context, args, await daemon.call('vault.sync', { root, direction, timeoutMs: leftMs }, options));
    } catch (error) {
      if (!isWorthWaiting(error) || now() + RETRY_MS >= until) throw await explained(context, { root, direction, timeoutMs, error });
      await sleep(RETRY_MS, undefined, { signal: context.signal });
    }
  }
}

/** Conflicts are in sync, and for a person to settle at leisure. */
function done({ output, now }: CommandContext, args: Arguments, status: StatusDocument): number {
  if (args.flag('json')) output.document(status);
  else printStatus(output, status, now());
  return 0;
}

/** What goes away by itself: a server that is down, a folder that is being opened. */
function isWorthWaiting(error: unknown): boolean {
  return isFsyncError(error, 'server_unreachable', 'unavailable', 'rate_limited', 'behind');
}

function waitsFor(status: StatusDocument, direction: 'push' | 'both'): string {
  const what = direction === 'push' ? 'until the server has everything' : 'until in sync';
  return `waiting ${what}: ${status.state === 'offline' ? 'the server cannot be reached' : waiting(status)}`;
}

interface Ending {
  readonly root: string;
  readonly direction: 'push' | 'both';
  readonly timeoutMs: number;
  readonly error: unknown;
}

/** The end of the time, with what it was waited for. */
async function explained({ daemon }: CommandContext, { root, direction, timeoutMs, error }: Ending): Promise<unknown> {
  if (isFsyncError(error, 'not_in_sync')) return new FsyncError('paused', error.message);
  if (!isFsyncError(error, 'timed_out') && !isWorthWaiting(error)) return error;
  const status = await daemon.callRunning('vault.status', { root });
  const still = status === null ? '' : `; still ${waitsFor(status, direction)}`;
  return new FsyncError('timed_out', `not true after ${String(Math.round(timeoutMs / 1000))} s${still}`, { cause: error });
}
