/** One call over the daemon's socket: POST with a JSON body, NDJSON lines back. */
import { request, type IncomingMessage } from 'node:http';
import { FsyncError } from '../../core/base/errors.js';
import { IPC_VERSION, IPC_VERSION_HEADER, type IpcEvent, type IpcMethod, type IpcParams, type IpcResult } from '../../core/protocol/ipc.js';
import { parseReplyLine, parseResult } from './parse-reply.js';

export interface IpcCallOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: IpcEvent) => void;
  /** Longest silence of the daemon. */
  readonly idleTimeoutMs: number;
}

/** 'absent': nobody listens. 'other-version': a daemon of another version refused to run the call. */
export type IpcOutcome<M extends IpcMethod> =
  | { readonly kind: 'result'; readonly result: IpcResult<M> }
  | { readonly kind: 'absent' }
  | { readonly kind: 'other-version'; readonly version: number };

const MAX_LINE_CHARACTERS = 256 * 1024 * 1024;
const ABSENT_CODES: readonly string[] = ['ENOENT', 'ECONNREFUSED', 'ENOTDIR'];

/** @throws FsyncError what the daemon answered; daemon_unreachable; aborted when the signal was */
export async function callIpc<M extends IpcMethod>(
  socket: string,
  call: { readonly method: M; readonly params: IpcParams<M> },
  options: IpcCallOptions,
): Promise<IpcOutcome<M>> {
  const response = await send(socket, call, options);
  if (response === null) return { kind: 'absent' };
  const version = Number(response.headers[IPC_VERSION_HEADER] ?? IPC_VERSION);
  if (version !== IPC_VERSION && call.method !== 'daemon.stop') {
    response.destroy();
    return { kind: 'other-version', version };
  }
  const result = await readReply(response, options);
  return { kind: 'result', result: parseResult(call.method, result) };
}

function send(
  socket: string,
  { method, params }: { readonly method: string; readonly params: unknown },
  { signal, idleTimeoutMs }: IpcCallOptions,
): Promise<IncomingMessage | null> {
  const body = JSON.stringify(params);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: socket,
        path: `/v1/${method}`,
        method: 'POST',
        agent: false,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          [IPC_VERSION_HEADER]: String(IPC_VERSION),
        },
      },
      (response) => {
        outgoing.setTimeout(idleTimeoutMs, () => response.destroy(silent(idleTimeoutMs)));
        resolve(response);
      },
    );
    outgoing.setTimeout(idleTimeoutMs, () => outgoing.destroy(silent(idleTimeoutMs)));
    outgoing.on('error', (error) => {
      if ('code' in error && typeof error.code === 'string' && ABSENT_CODES.includes(error.code)) resolve(null);
      else reject(signal.aborted ? interrupted() : unreachable(error));
    });
    outgoing.end(body);
  });
}

async function readReply(response: IncomingMessage, { signal, onEvent }: IpcCallOptions): Promise<unknown> {
  for await (const text of linesOf(response, signal)) {
    const line = parseReplyLine(text);
    if (line?.kind === 'event') onEvent(line.event);
    if (line?.kind === 'error') throw line.error;
    if (line?.kind === 'result') return line.result;
  }
  throw new FsyncError('daemon_unreachable', 'the daemon ended the connection without an answer', { hints: [SEE_LOG] });
}

async function* linesOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  try {
    for await (const part of response) {
      const lines = (rest + String(part)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_CHARACTERS) throw new FsyncError('limit_exceeded', "the daemon's answer is too large");
      for (const line of lines) if (line !== '') yield line;
    }
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw error instanceof FsyncError ? error : unreachable(error);
  }
  if (rest !== '') yield rest;
}

const SEE_LOG = 'See what it logged: fsync daemon logs';

function unreachable(error: unknown): FsyncError {
  if (error instanceof FsyncError) return error;
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
