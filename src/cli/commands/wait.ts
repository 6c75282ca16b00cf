/** wait: until it is true, whatever happens meanwhile; a server that is away is waited for too. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { deviceLabel } from '../../core/protocol/device-holding.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { printStatus, waiting } from '../output/status-text.js';
import { findVault } from '../vault-root.js';

const DEFAULT_TIMEOUT_MS = 24 * 3_600_000;
/** The daemon reports the end of the time itself; this much later it is taken for dead. */
const GRACE_MS = 30_000;
const RETRY_MS = 500;

type Until = 'synced' | 'uploaded' | 'all-devices';

export async function runWait(context: CommandContext, args: Arguments): Promise<number> {
  const { cwd, daemon, output, now } = context;
  const { root } = findVault(cwd, args.operands[0] ?? '.');
  const until = untilOf(args.text('until'));
  const timeoutMs = args.milliseconds('timeout') ?? DEFAULT_TIMEOUT_MS;
  const endMs = now() + timeoutMs;
  for (;;) {
    const before = await daemon.call('vault.status', { root });
    output.event({ kind: 'phase', text: `waiting ${waitsFor(before, until)}` });
    try {
      return done(context, args, await ask(context, { root, until, leftMs: Math.max(0, endMs - now()) }));
    } catch (error) {
      if (!isWorthWaiting(error) || now() + RETRY_MS >= endMs) throw await explained(context, { root, until, timeoutMs, error });
      await sleep(RETRY_MS, undefined, { signal: context.signal });
    }
  }
}

function untilOf(text: string | null): Until {
  return text === 'uploaded' || text === 'all-devices' ? text : 'synced';
}

interface Asked {
  readonly root: string;
  readonly until: Until;
  readonly leftMs: number;
}

function ask({ daemon, output }: CommandContext, { root, until, leftMs: timeoutMs }: Asked): Promise<StatusDocument> {
  const options = { idleTimeoutMs: Math.min(timeoutMs + GRACE_MS, 2_147_483_647), onEvent: output.event };
  if (until === 'all-devices') return daemon.call('vault.wait-for-devices', { root, timeoutMs }, options);
  return daemon.call('vault.sync', { root, direction: until === 'uploaded' ? 'push' : 'both', timeoutMs }, options);
}

/** Conflicts are in sync, and for a person to settle at leisure. */
function done({ output, now }: CommandContext, args: Arguments, status: StatusDocument): number {
  if (args.flag('json')) {
    output.document(status);
    return 0;
  }
  printStatus(output, status, now());
  const { devices } = status;
  if (devices !== undefined) output.line(`All devices have it: ${devices.map((device) => deviceLabel(device, devices)).join(', ')}`);
  return 0;
}

/** What goes away by itself: a server that is down, a folder that is being opened. */
function isWorthWaiting(error: unknown): boolean {
  return isFsyncError(error, 'server_unreachable', 'unavailable', 'rate_limited', 'behind');
}

/** Devices are waited for once this one is in sync; what the daemon says then is newer. */
function waitsFor(status: StatusDocument, until: Until): string {
  const what = until === 'uploaded' ? 'until the server has everything' : 'until in sync';
  return `${what}: ${status.state === 'offline' ? 'the server cannot be reached' : waiting(status)}`;
}

interface Ending {
  readonly root: string;
  readonly until: Until;
  readonly timeoutMs: number;
  readonly error: unknown;
}

/** The end of the time, with what it was waited for. */
async function explained({ daemon }: CommandContext, { root, until, timeoutMs, error }: Ending): Promise<unknown> {
  if (isFsyncError(error, 'not_in_sync')) return new FsyncError('paused', error.message);
  if (!isFsyncError(error, 'timed_out') && !isWorthWaiting(error)) return error;
  const what = await stillWaitsFor(daemon, { root, until, error });
  const still = what === null ? '' : `; still waiting ${what}`;
  return new FsyncError('timed_out', `not true after ${String(Math.round(timeoutMs / 1000))} s${still}`, { cause: error });
}

/** The daemon says it itself when other devices are waited for. */
async function stillWaitsFor(daemon: CommandContext['daemon'], { root, until, error }: Omit<Ending, 'timeoutMs'>): Promise<string | null> {
  const told = isFsyncError(error) ? error.details['waitsFor'] : null;
  if (typeof told === 'string') return told;
  const status = await daemon.callRunning('vault.status', { root });
  return status === null ? null : waitsFor(status, until);
}
