/** Process edge of the daemon: arguments, home, lock, log, signals in; an exit code out. */
import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ERROR_TABLE, FsyncError, isFsyncError } from '../core/base/errors.js';
import type { CredentialId } from '../core/base/ids.js';
import { decodeTokenText } from '../core/account/token-text.js';
import { VERSION } from '../core/base/version.js';
import type { IpcError, IpcEvent, IpcParams, StatusDocument } from '../core/protocol/ipc.js';
import { composeDaemon, type Daemon } from './compose.js';
import { deadline } from './home/deadline.js';
import { currentHomePaths } from './home/home.js';
import { lockHome } from './home/home-lock.js';
import { createPinoLogger } from './log/pino-logger.js';
import { openRotatingFile } from './log/rotating-file.js';
import { keepMemorySmall } from './memory-use.js';
import { createServiceNotifier, type ServiceNotifier } from './service-notify.js';
import { createEngine } from './sync/create-engine.js';
import { isSyncDirection, type SyncDirection } from './sync/waiters.js';

interface DaemonArguments {
  /** Sync this folder once, without a control socket, and end. */
  readonly once: string | null;
  /** Until that way is done. */
  readonly direction: SyncDirection;
  readonly timeoutMs: number;
  readonly version: boolean;
}

const LOG_FILES_KEPT = 5;
const DEFAULT_ONCE_MS = 3_600_000;
/** Running steps finish first; a process that cannot end in this time is ended. */
const STOP_DEADLINE_MS = 20_000;
/** A signal is shared by all transfers of a folder; Node's warning of a leak begins at 10. */
const MAX_LISTENERS = 500;

/** Runs the daemon until it is told to stop. `args` are those after the program's name. Resolves to the exit code, never rejects. */
export async function main(args: readonly string[] = []): Promise<number> {
  let once = false;
  try {
    const parsed = parseArguments(args);
    once = parsed.once !== null;
    if (parsed.version) {
      process.stdout.write(`${VERSION}\n`);
      return 0;
    }
    return await runLocked(parsed);
  } catch (error) {
    return once ? printError(error) : report(error);
  }
}

/** @throws FsyncError usage */
export function parseArguments(args: readonly string[]): DaemonArguments {
  const { once, direction = 'both', timeout, version } = readFlags(args);
  const seconds = timeout === undefined ? DEFAULT_ONCE_MS / 1_000 : Number(timeout);
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > 2_000_000) throw new FsyncError('usage', '--timeout takes seconds');
  if (!isSyncDirection(direction)) throw new FsyncError('usage', '--direction takes push, pull or both');
  const timeoutMs = Math.round(seconds * 1_000);
  return { once: once === undefined ? null : resolve(once), direction, timeoutMs, version: version === true };
}

function readFlags(args: readonly string[]): { once?: string; direction?: string; timeout?: string; version?: boolean } {
  try {
    const options = {
      foreground: { type: 'boolean' },
      once: { type: 'string' },
      direction: { type: 'string' },
      timeout: { type: 'string' },
      version: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (cause) {
    throw new FsyncError('usage', cause instanceof Error ? cause.message : 'the arguments are not understood', {
      cause,
      hints: ['fsyncd [--foreground] | fsyncd --once DIR [--direction push|pull|both] [--timeout SECONDS]'],
    });
  }
}

async function runLocked(args: DaemonArguments): Promise<number> {
  keepMemorySmall();
  setMaxListeners(MAX_LISTENERS);
  const paths = currentHomePaths(process.env);
  const lock = lockHome(paths);
  const file = openRotatingFile(paths.logFile, { maxBytes: 10_485_760, keep: LOG_FILES_KEPT });
  const logger = createPinoLogger(file, 'info');
  const onCrash = (error: unknown): void => {
    logger.error('the daemon crashes', { error });
  };
  process.on('uncaughtExceptionMonitor', onCrash);
  const stop = listenForStop();
  try {
    logger.info('daemon starts', { pid: process.pid, version: VERSION, once: args.once !== null });
    const daemon = await composeDaemon({
      paths,
      env: process.env,
      token: takeToken(process.env),
      logger,
      setMaxLogBytes: (bytes) => {
        file.setMaxBytes(bytes);
      },
      createEngine,
    });
    const exit =
      args.once === null
        ? await serve(daemon, createServiceNotifier(process.env, logger), stop)
        : await syncOnce(daemon, { root: args.once, direction: args.direction, timeoutMs: args.timeoutMs }, stop.signal);
    logger.info('daemon ends', { exit });
    return exit;
  } finally {
    stop.dispose();
    process.off('uncaughtExceptionMonitor', onCrash);
    lock.release();
    file.close();
  }
}

/** Out of the environment, so that no child and no worker inherits it. @throws FsyncError usage for one that is not whole */
function takeToken(env: NodeJS.ProcessEnv): { readonly text: string; readonly id: CredentialId } | null {
  const text = env['FSYNC_TOKEN'] ?? '';
  delete env['FSYNC_TOKEN'];
  return text === '' ? null : { text, id: decodeTokenText(text).id };
}

async function serve(daemon: Daemon, service: ServiceNotifier, stop: StopSignal): Promise<number> {
  const ipc = await daemon.listen(stop.now);
  try {
    await daemon.start();
    process.stdout.write('fsync daemon ready\n');
    service.ready();
    await aborted(stop.signal);
  } finally {
    service.stopping();
    await inTime(ipc.close().then(() => daemon.close()));
  }
  return 0;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

/** Prints what happens meanwhile as lines `{"event": …}`, and the status document as the last line. */
async function syncOnce(daemon: Daemon, params: IpcParams<'vault.sync'>, signal: AbortSignal): Promise<number> {
  try {
    await daemon.start();
    const onEvent = (event: IpcEvent): void => void process.stdout.write(`${JSON.stringify({ event })}\n`);
    const status = await daemon.engine.sync(params, { signal, onEvent });
    process.stdout.write(`${JSON.stringify(status)}\n`);
    return exitOfStatus(status, params.direction);
  } finally {
    await inTime(daemon.close());
  }
}

/** The last line of `--once` when there is no status document. */
function printError(error: unknown): number {
  const { code, message, hints, details } = asFsyncError(error);
  process.stdout.write(`${JSON.stringify({ error: { code, message, hints, details } satisfies IpcError })}\n`);
  return ERROR_TABLE[code].exit;
}

/** As the exit status of `fsync sync`. Who waits for one way does not wait for the other. */
function exitOfStatus({ state }: StatusDocument, direction: SyncDirection): number {
  if (state === 'syncing' && direction !== 'both') return 0;
  if (state === 'synced') return 0;
  if (state === 'conflicts') return ERROR_TABLE.unresolved_conflicts.exit;
  if (state === 'guarded') return ERROR_TABLE.guarded.exit;
  if (state === 'offline') return ERROR_TABLE.server_unreachable.exit;
  return state === 'error' ? 1 : ERROR_TABLE.timed_out.exit;
}

interface StopSignal {
  readonly signal: AbortSignal;
  readonly now: () => void;
  dispose(): void;
}

/** The first SIGTERM, SIGINT or SIGHUP lets running steps finish, the second ends the process. */
function listenForStop(): StopSignal {
  const controller = new AbortController();
  const now = (): void => {
    controller.abort(new FsyncError('aborted', 'the daemon is stopping'));
  };
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    now();
  };
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    now,
    dispose() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}

function inTime(work: Promise<void>): Promise<void> {
  return deadline(
    work,
    STOP_DEADLINE_MS,
    () => new FsyncError('timed_out', 'the daemon could not stop in time; what it was doing is done again at the next start'),
  );
}

function report(error: unknown): number {
  const known = asFsyncError(error);
  process.stderr.write(`fsync: ${known.message}\n`);
  for (const hint of known.hints) process.stderr.write(`  ${hint}\n`);
  if (!isFsyncError(error)) process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
  return ERROR_TABLE[known.code].exit;
}

function asFsyncError(error: unknown): FsyncError {
  if (isFsyncError(error)) return error;
  return new FsyncError('internal', `unexpected failure: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
