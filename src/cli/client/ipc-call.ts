/**
 * One call over the daemon's socket: an HTTP POST with a JSON body, NDJSON lines back. It is written
 * on node:net because node:http alone would take a tenth of the start-up time of `fsync status`. The
 * request is HTTP/1.0, so the reply is not chunked and ends with the connection.
 */
import { connect, type Socket } from 'node:net';
import { FsyncError } from '../../core/base/errors.js';
import { isOlderVersion, VERSION } from '../../core/base/version.js';
import { IPC_VERSION, IPC_VERSION_HEADER, PROGRAM_VERSION_HEADER } from '../../core/protocol/ipc-version.js';
import type { IpcEvent, IpcMethod, IpcParams, IpcResult } from '../../core/protocol/ipc.js';
import { IPC_TOKEN_HEADER } from '../../core/protocol/token-ipc.js';
import { parseReplyLine, parseResult } from './parse-reply.js';

export interface IpcCallOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: IpcEvent) => void;
  /** Longest silence of the daemon. */
  readonly idleTimeoutMs: number;
  /** Credential id of the token of this command, if it has one. */
  readonly tokenId: string | null;
}

/** 'absent': nobody listens. 'other-version': a daemon that is too old or too new refused to run the call. */
export type IpcOutcome<M extends IpcMethod> =
  | { readonly kind: 'result'; readonly result: IpcResult<M> }
  | { readonly kind: 'absent' }
  | { readonly kind: 'other-version'; readonly isNewer: boolean };

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
  socket.setTimeout(options.idleTimeoutMs, () => socket.destroy(silent(options.idleTimeoutMs)));
  socket.write(requestText(call, options.tokenId));
  try {
    return await readOutcome(call.method, linesOf(socket), options);
  } catch (error) {
    if (options.signal.aborted) throw interrupted();
    if (error instanceof FsyncError) throw error;
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && ABSENT_CODES.includes(error.code)) {
      return { kind: 'absent' };
    }
    throw unreachable(error);
  } finally {
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
  { onEvent }: IpcCallOptions,
): Promise<IpcOutcome<M>> {
  const { protocol, program } = await readHead(lines);
  const isOther = protocol !== IPC_VERSION || isOlderVersion(program, VERSION);
  if (isOther && method !== 'daemon.stop') return { kind: 'other-version', isNewer: protocol > IPC_VERSION };
  for await (const text of lines) {
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

function silent(idleTimeoutMs: number): FsyncError {
  return new FsyncError('daemon_unreachable', `the daemon has not answered for ${String(Math.round(idleTimeoutMs / 1000))} s`, {
    hints: [`${SEE_LOG}, or restart it: fsync daemon restart`],
  });
}

function interrupted(): FsyncError {
  return new FsyncError('aborted', 'interrupted', { hints: ['The daemon goes on with what it was doing.'] });
}
