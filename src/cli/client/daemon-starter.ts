/** Starts the daemon as a process of its own, detached from the terminal, and waits for its socket. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FsyncError } from '../../core/base/errors.js';
import type { HomePaths } from '../../core/home/home-paths.js';
import { makeDirectories } from '../../core/home/make-directories.js';
import { cannotLaunch, didNotStart } from './start-failure.js';

export interface DaemonStarterDeps {
  readonly paths: HomePaths;
  /** The daemon's program, run with this Node. */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 25;
/** A daemon that lost the race against another one ends at once: that other one gets this long to listen. */
const AFTER_EXIT_MS = 3_000;

/** @throws FsyncError daemon_unreachable when the socket does not answer in time; aborted */
export async function startDaemon(deps: DaemonStarterDeps, signal: AbortSignal): Promise<void> {
  const { child, logStart } = launch(deps);
  const deadline = performance.now() + START_TIMEOUT_MS;
  let givenUpAt = deadline;
  try {
    while (!(await isListening(deps.paths.socket))) {
      signal.throwIfAborted();
      if (hasEnded(child)) givenUpAt = Math.min(givenUpAt, performance.now() + AFTER_EXIT_MS);
      if (performance.now() > givenUpAt) throw didNotStart({ how: howItIs(child), exitCode: child.exitCode, logStart }, deps.paths);
      await sleep(POLL_MS);
    }
  } finally {
    child.removeAllListeners();
    child.unref();
  }
}

/** Waits until nobody listens on the socket any more. @throws FsyncError daemon_unreachable after `timeoutMs` */
export async function waitUntilGone(socket: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (await isListening(socket)) {
    signal.throwIfAborted();
    if (performance.now() > deadline) {
      throw new FsyncError('daemon_unreachable', `the daemon has not stopped within ${String(Math.round(timeoutMs / 1000))} s`, {
        hints: ['See what it is doing: fsync daemon logs'],
      });
    }
    await sleep(POLL_MS);
  }
}

interface Launched {
  readonly child: ChildProcess;
  /** What it says itself comes after this many bytes of the log. */
  readonly logStart: number;
}

/** @throws FsyncError daemon_unreachable when there is no place for its log */
function launch({ paths, program, env }: DaemonStarterDeps): Launched {
  const log = openLog(paths);
  try {
    const logStart = fstatSync(log).size;
    const child = spawn(process.execPath, [program], {
      detached: true,
      stdio: ['ignore', 'ignore', log],
      cwd: '/',
      env: daemonEnvironment(env, paths),
    });
    // A failure to start at all is seen by the wait: nobody listens.
    child.on('error', () => undefined);
    return { child, logStart };
  } finally {
    closeSync(log);
  }
}

function openLog(paths: HomePaths): number {
  try {
    makeDirectories(paths.logsDir, 0o700, { mkdirSync, statSync });
    return openSync(paths.logFile, 'a', 0o600);
  } catch (error) {
    throw cannotLaunch(error, paths);
  }
}

/** What a daemon inherits: never the password, and the home as an absolute path because its directory is '/'. */
export function daemonEnvironment(env: DaemonStarterDeps['env'], paths: HomePaths): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'FSYNC_PASSWORD'));
  const hasHome = (env['FSYNC_HOME'] ?? '') !== '';
  return hasHome ? { ...inherited, FSYNC_HOME: paths.stateDir } : inherited;
}

/** `connect` alone decides: a socket file may be left over from a killed daemon. */
function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => {
      resolve(false);
    });
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function howItIs(child: ChildProcess): string {
  if (!hasEnded(child)) return `it does not answer after ${String(START_TIMEOUT_MS / 1000)} s`;
  return `it ended with ${child.signalCode ?? `exit code ${String(child.exitCode)}`}`;
}
