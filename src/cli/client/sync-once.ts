/** `push`, `pull` and `sync` with --once: the daemon's program syncs one folder in a child process and ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { IpcEvent, IpcParams, StatusDocument } from '../../core/protocol/ipc.js';
import { FsyncError } from '../../core/base/errors.js';
import type { CommandContext } from '../command-context.js';
import { daemonEnvironment } from './daemon-starter.js';
import { parseIpcError, parseJsonObject, parseReplyLine, parseStatusDocument } from './parse-reply.js';

export interface SyncOnceResult {
  /** null when the child ended without one. */
  readonly status: StatusDocument | null;
  readonly exit: number;
}

/** How long after the time is over the child may take to stop. */
const GRACE_MS = 30_000;
const KEPT_LINES = 5;
const EVENT_LINE = '{"event":';

/** @throws FsyncError what the child reported as its last line; aborted; timed_out when it does not end */
export async function syncOnce(
  { daemonProgram, env, paths, output, signal }: CommandContext,
  { root, direction, timeoutMs }: IpcParams<'vault.sync'>,
): Promise<SyncOnceResult> {
  const child = spawn(process.execPath, [daemonProgram, '--once', root, '--direction', direction, '--timeout', String(timeoutMs / 1000)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: daemonEnvironment(env, paths),
  });
  const stopped = stopWith(child, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs + GRACE_MS)]));
  const ended = once(child, 'close');
  const [last, complaints] = await Promise.all([lastLine(child, output.event), lastLines(child)]);
  const code: unknown = (await ended.finally(stopped.dispose))[0];
  signal.throwIfAborted();
  const exit = typeof code === 'number' ? code : 1;
  const status = last === '' ? null : statusOf(last);
  if (status === null) {
    for (const line of complaints) output.note(line);
    if (exit === 0)
      throw new FsyncError('internal', 'the sync process ended without a result', { hints: [`See its log: ${paths.logFile}`] });
  }
  return { status, exit };
}

/** The last line is a status document, or `{"error": …}`. */
function statusOf(line: string): StatusDocument | null {
  if (!line.startsWith('{')) return null;
  const value = parseJsonObject(line);
  if (Object.hasOwn(value, 'error')) throw parseIpcError(value['error']);
  return parseStatusDocument(value);
}

/** The line after which nothing came; what the child tells meanwhile is passed on. */
async function lastLine(child: ChildProcess, onEvent: (event: IpcEvent) => void): Promise<string> {
  let last = '';
  if (child.stdout === null) return last;
  for await (const line of createInterface(child.stdout)) {
    const event = line.startsWith(EVENT_LINE) ? parseReplyLine(line) : null;
    if (event?.kind === 'event') onEvent(event.event);
    else if (line.trim() !== '') last = line.trim();
  }
  return last;
}

async function lastLines(child: ChildProcess): Promise<readonly string[]> {
  const lines: string[] = [];
  if (child.stderr === null) return lines;
  for await (const line of createInterface(child.stderr)) {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  }
  return lines;
}

/** Asks the child to stop; it finishes what it has begun. Ctrl-C reaches it from the terminal as well. */
function stopWith(child: ChildProcess, signal: AbortSignal): { readonly dispose: () => void } {
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return {
    dispose: () => {
      signal.removeEventListener('abort', stop);
    },
  };
}
