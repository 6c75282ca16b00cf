/**
 * One call over the daemon's socket: an HTTP POST with a JSON body, NDJSON lines back. It is written
 * on node:net because node:http alone would take a tenth of the start-up time of `fsync status`. The
 * request is HTTP/1.0, so the reply is not chunked and ends with the connection.
 */
import { connect, type Socket } from 'node:net';
import { FsyncError } from '../../core/base/errors.js';
import { isOlderVersion, VERSION } from '../../core/base/version.js';
import { IPC_BEAT_MS, IPC_VERSION, IPC_VERSION_HEADER, PROGRAM_VERSION_HEADER } from '../../core/protocol/ipc-version.js';
import type { IpcEvent, IpcMethod, IpcParams, IpcResult } from '../../core/protocol/ipc.js';
import { IPC_TOKEN_HEADER } from '../../core/protocol/token-ipc.js';
import { parseReplyLine, parseResult } from './parse-reply.js';

export interface IpcCallOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: IpcEvent) => void;
  /** Longest time in which the daemon says nothing but that it is at work. */
  readonly idleTimeoutMs: number;
  /** Longest time in which it does not even say that. */
  readonly silenceMs?: number;
  /** Credential id of the token of this command, if it has one. */
  readonly tokenId: string | null;
}

/** 'absent': nobody listens. 'other-version': a daemon that is too old or too new refused to run the call. */
export type IpcOutcome<M extends IpcMethod> =
  | { readonly kind: 'result'; readonly result: IpcResult<M> }
  | { readonly kind: 'absent' }
  | { readonly kind: 'other-version'; readonly isNewer: boolean };

/** Six beats: a daemon on a slow machine may miss one. */
const MAX_SILENCE_MS = 6 * IPC_BEAT_MS;
const MAX_LINE_CHARACTERS = 256 * 1024 * 1024;
const ABSENT_CODES: readonly string[] = ['ENOENT', 'ECONNREFUSED', 'ENOTDIR'];

/** @throws FsyncError what the daemon answered; daemon_unreachable; aborted when the signal was */
export async function callIpc<M extends IpcMethod>(
  path: string,
  call: { readonly method: M; readonly params: IpcParams<M> },
  options: IpcCallOptions,
): Promise<IpcOutcome<M>> {
  const socket = connect({ path });
  // Not by its own `signal` option: Node 20 leaves that listener behind, and a command that follows makes many calls.
  const abort = (): void => void socket.destroy(interrupted());
  options.signal.addEventListener('abort', abort, { once: true });
  // The reader of the lines is told of errors; before it begins nobody else is.
  socket.on('error', () => undefined);
  if (options.signal.aborted) abort();
  const silenceMs = Math.min(options.silenceMs ?? MAX_SILENCE_MS, options.idleTimeoutMs);
  socket.setTimeout(silenceMs, () => socket.destroy(silent(silenceMs)));
  const patience = setTimeout(() => {
    const why = socket.bytesRead === 0 ? silent : withoutResult;
    socket.destroy(why(options.idleTimeoutMs));
  }, options.idleTimeoutMs);
  socket.write(requestText(call, options.tokenId));
  try {
    return await readOutcome(call.method, linesOf(socket), { ...options, onLine: () => void patience.refresh() });
  } catch (error) {
    if (options.signal.aborted) throw interrupted();
    if (error instanceof FsyncError) throw error;
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && ABSENT_CODES.includes(error.code)) {
      return { kind: 'absent' };
    }
    throw unreachable(error);
  } finally {
    clearTimeout(patience);
    options.signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

function requestText({ method, params }: { readonly method: string; readonly params: unknown }, tokenId: string | null): string {
  const body = JSON.stringify(params);
  const head = [
    `POST /v1/${method} HTTP/1.0`,
    'host: fsync',
    'content-type: application/json',
    `content-length: ${String(Buffer.byteLength(body))}`,
    `${IPC_VERSION_HEADER}: ${String(IPC_VERSION)}`,
    `${PROGRAM_VERSION_HEADER}: ${VERSION}`,
    ...(tokenId === null ? [] : [`${IPC_TOKEN_HEADER}: ${tokenId}`]),
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

async function readOutcome<M extends IpcMethod>(
  method: M,
  lines: AsyncGenerator<string>,
  { onEvent, onLine }: Pick<IpcCallOptions, 'onEvent'> & { readonly onLine: () => void },
): Promise<IpcOutcome<M>> {
  const { protocol, program } = await readHead(lines);
  const isOther = protocol !== IPC_VERSION || isOlderVersion(program, VERSION);
  if (isOther && method !== 'daemon.stop') return { kind: 'other-version', isNewer: protocol > IPC_VERSION };
  for await (const text of lines) {
    if (text === '') continue;
    onLine();
    const line = parseReplyLine(text);
    if (line?.kind === 'event') onEvent(line.event);
    if (line?.kind === 'error') throw line.error;
    if (line?.kind === 'result') return { kind: 'result', result: parseResult(method, line.result) };
  }
  throw unanswered();
}

interface Versions {
  readonly protocol: number;
  readonly program: string;
}

/** Reads up to the empty line; the versions of the daemon, by default the same. What went wrong is said in the body, not by the HTTP status. */
async function readHead(lines: AsyncGenerator<string>): Promise<Versions> {
  let protocol = IPC_VERSION;
  let program = VERSION;
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    if (line.value === '') return { protocol, program };
    const [name = '', value = ''] = line.value.split(':', 2);
    if (name.toLowerCase() === IPC_VERSION_HEADER) protocol = Number(value);
    if (name.toLowerCase() === PROGRAM_VERSION_HEADER) program = value.trim();
  }
  throw unanswered();
}

/** Lines without their ends; an unfinished last line as well. */
async function* linesOf(socket: Socket): AsyncGenerator<string> {
  socket.setEncoding('utf8');
  let rest = '';
  for await (const part of socket) {
    const lines = (rest + String(part)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) throw new FsyncError('limit_exceeded', "the daemon's answer is too large");
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

const SEE_LOG = 'See what it logged: fsync daemon logs';

function unanswered(): FsyncError {
  return new FsyncError('daemon_unreachable', 'the daemon ended the connection without an answer', { hints: [SEE_LOG] });
}

function unreachable(error: unknown): FsyncError {
  const reason = error instanceof Error ? error.message : String(error);
  return new FsyncError('daemon_unreachable', `the daemon cannot be reached: ${reason}`, { cause: error, hints: [SEE_LOG] });
}

/** Nothing comes at all: it is stopped, or caught in a loop. */
function silent(silenceMs: number): FsyncError {
  return new FsyncError('daemon_unreachable', `the daemon has not answered for ${seconds(silenceMs)}`, {
    details: { silent: true },
    hints: [`${SEE_LOG}, or restart it: fsync daemon restart`],
  });
}

/** It is at work, and said so all the time. */
function withoutResult(idleTimeoutMs: number): FsyncError {
  return new FsyncError('daemon_unreachable', `the daemon has nothing to report after ${seconds(idleTimeoutMs)}`, {
    hints: [`It goes on with what it was doing. ${SEE_LOG}`],
  });
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 1000))} s`;
}

function interrupted(): FsyncError {
  return new FsyncError('aborted', 'interrupted', { hints: ['The daemon goes on with what it was doing.'] });
}
