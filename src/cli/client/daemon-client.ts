/** The daemon as the commands see it: calls with typed results; started on demand, replaced when it is older. */
import { lstatSync, type Stats } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import type { HomePaths } from '../../core/home/home-paths.js';
import type { IpcEvent, IpcMethod, IpcParams, IpcResult } from '../../core/protocol/ipc.js';
import type { IpcCallOptions } from './ipc-call.js';

export interface DaemonCallOptions {
  readonly onEvent?: (event: IpcEvent) => void;
  /** Longest time without a line of the daemon; 10 s unless the call waits for the network. */
  readonly idleTimeoutMs?: number;
  /** Overrides the signal of the command. */
  readonly signal?: AbortSignal;
}

export interface DaemonClient {
  /** Starts the daemon when it does not run. @throws FsyncError what the daemon answered; daemon_unreachable; aborted */
  call<M extends IpcMethod>(method: M, params: IpcParams<M>, options?: DaemonCallOptions): Promise<IpcResult<M>>;
  /** null when no daemon runs; starts and replaces none. */
  callRunning<M extends IpcMethod>(method: M, params: IpcParams<M>, options?: DaemonCallOptions): Promise<IpcResult<M> | null>;
  /** Stops the daemon and waits until it is gone; false when none ran. */
  stop(): Promise<boolean>;
}

export interface DaemonClientDeps {
  readonly paths: HomePaths;
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly signal: AbortSignal;
}

const LOCAL_IDLE_MS = 10_000;
/** The daemon finishes its running steps first. */
const STOP_TIMEOUT_MS = 30_000;
/** Start once; replace an older one once; then the answer stands. */
const MAX_ATTEMPTS = 3;

export function createDaemonClient(deps: DaemonClientDeps): DaemonClient {
  const { socket } = deps.paths;
  const ipcOptions = (options: DaemonCallOptions, tokenId: string | null): IpcCallOptions => ({
    tokenId,
    signal: options.signal ?? deps.signal,
    onEvent: options.onEvent ?? (() => undefined),
    idleTimeoutMs: options.idleTimeoutMs ?? LOCAL_IDLE_MS,
  });
  const attempt = async <M extends IpcMethod>(method: M, params: IpcParams<M>, options: DaemonCallOptions) => {
    checkSocketDirectory(deps);
    const tokenId = await givenToken(deps.env, method);
    // Here, so that commands that ask no daemon do not load what speaks to it.
    const { callIpc } = await import('./ipc-call.js');
    return callIpc(socket, { method, params }, ipcOptions(options, tokenId));
  };
  const rethrowHanging = async (error: unknown): Promise<never> => {
    const { describeHanging } = await import('./hanging-daemon.js');
    throw describeHanging(error, deps.paths);
  };
  const stop = async (): Promise<boolean> => {
    const outcome = await attempt('daemon.stop', {}, {}).catch(rethrowHanging);
    if (outcome.kind === 'absent') return false;
    const { waitUntilGone } = await import('./daemon-starter.js');
    await waitUntilGone(socket, STOP_TIMEOUT_MS, deps.signal);
    return true;
  };
  const start = async (): Promise<void> => {
    const { startDaemon } = await import('./daemon-starter.js');
    await startDaemon(deps, deps.signal);
  };
  return {
    stop,
    async callRunning(method, params, options = {}) {
      const outcome = await attempt(method, params, options);
      if (outcome.kind === 'absent') return null;
      if (outcome.kind === 'other-version') throw otherVersion(outcome.isNewer);
      return outcome.result;
    },
    async call(method, params, options = {}) {
      for (let round = 1; round <= MAX_ATTEMPTS; round += 1) {
        const outcome = await attempt(method, params, options);
        if (outcome.kind === 'result') return outcome.result;
        if (outcome.kind === 'other-version') {
          if (outcome.isNewer || round === MAX_ATTEMPTS) throw otherVersion(outcome.isNewer);
          await stop();
        }
        await start();
      }
      throw new FsyncError('daemon_unreachable', 'the daemon was started but does not answer', {
        hints: [`See its log: ${deps.paths.logFile}`],
      });
    },
  };
}

/** The daemon can be looked at and stopped whatever FSYNC_TOKEN says. */
async function givenToken(env: DaemonClientDeps['env'], method: IpcMethod): Promise<string | null> {
  const text = env['FSYNC_TOKEN'] ?? '';
  if (text === '' || method === 'daemon.stop') return null;
  const { tokenIdOf } = await import('./given-token.js');
  return tokenIdOf(text);
}

/**
 * A socket in a directory that someone else can write to could be anyone's: nothing is sent there.
 * A directory that is not there is made by the daemon.
 */
function checkSocketDirectory({ paths, uid }: DaemonClientDeps): void {
  const found = lookAt(paths.socketDir);
  if (found === undefined) return;
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) return;
  if (!found.isDirectory()) {
    throw new FsyncError('daemon_unreachable', `${paths.socketDir} is not a directory`, {
      hints: ['Set FSYNC_HOME to a directory of your own.'],
    });
  }
  throw new FsyncError('daemon_unreachable', `${paths.socketDir} is not a directory that only you can write to`, {
    hints: [`The socket of the daemon is there. Look who made it, then: chmod 700 ${paths.socketDir}`],
  });
}

/** @throws FsyncError daemon_unreachable when it cannot be looked at, as below a file or behind a directory of another user */
function lookAt(directory: string): Stats | undefined {
  try {
    return lstatSync(directory, { throwIfNoEntry: false });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw new FsyncError('daemon_unreachable', `${directory} cannot be used (${code})`, {
      cause,
      hints: ['The socket of the daemon is to be there. Set FSYNC_HOME to a directory of your own.'],
    });
  }
}

function otherVersion(newer: boolean): FsyncError {
  return new FsyncError('daemon_unreachable', `the daemon that runs is of ${newer ? 'a newer' : 'an older'} version of fsync`, {
    details: { otherVersion: true },
    hints: [newer ? 'Use the fsync program that it belongs to, or stop it: fsync daemon stop' : 'Replace it: fsync daemon restart'],
  });
}
