/**
 * The daemon's control API: Koa on a Unix socket. The socket's directory is the user's own with
 * mode 0700, and that is the whole access control: whoever can open the socket is the user.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { chmodSync, rmSync } from 'node:fs';
import Koa from 'koa';
import type { Logger } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { isOlderVersion, VERSION } from '../../core/base/version.js';
import { IPC_BEAT_MS, IPC_VERSION, IPC_VERSION_HEADER, PROGRAM_VERSION_HEADER } from '../../core/protocol/ipc-version.js';
import type { IpcMethod } from '../../core/protocol/ipc.js';
import { IPC_TOKEN_HEADER } from '../../core/protocol/token-ipc.js';
import { isIpcMethod, parseCallParams } from './call-params.js';
import type { CallContext, CallTable } from './call-table.js';
import { createLineReply } from './line-reply.js';
import { unlessAborted } from '../home/deadline.js';
import { claimSocketDirectory } from './socket-directory.js';

export interface IpcServer {
  /** Stops listening, aborts running calls, waits until their replies are out. */
  close(): Promise<void>;
}

export interface IpcServerDeps {
  readonly calls: CallTable;
  readonly logger: Logger;
  /** Calls other than `daemon.…` wait for it: the engine has opened its folders. */
  readonly ready: Promise<void>;
  /** Credential id of the token that this daemon works for; null for a device. */
  readonly tokenId: string | null;
}

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Listens on `socket`, replacing a dead one: the caller holds the home's lock, so nobody listens there. */
export async function listenIpc(socket: string, deps: IpcServerDeps): Promise<IpcServer> {
  claimSocketDirectory(socket);
  rmSync(socket, { force: true });
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const app = new Koa();
  app.on('error', (error: unknown) => {
    deps.logger.error('control API failed', { error });
  });
  app.use(async (ctx) => {
    ctx.respond = false;
    const call = answer(ctx.req, ctx.res, { ...deps, path: ctx.path, method: ctx.method, stopping: stopping.signal });
    running.add(call);
    await call.finally(() => running.delete(call));
  });
  const handle = app.callback();
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 5_000 }, (request, response) => void handle(request, response));
  server.listen(socket);
  await once(server, 'listening');
  chmodSync(socket, 0o600);
  return { close: () => closeServer(server, stopping, running) };
}

async function closeServer(server: Server, stopping: AbortController, running: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  stopping.abort(new FsyncError('aborted', 'the daemon is stopping', { hints: ['Run the command again: it starts the daemon.'] }));
  await Promise.allSettled(running);
  server.closeIdleConnections();
  const force = setTimeout(() => {
    server.closeAllConnections();
  }, 1_000);
  await closed;
  clearTimeout(force);
}

interface Answering extends IpcServerDeps {
  readonly path: string;
  readonly method: string;
  readonly stopping: AbortSignal;
}

async function answer(request: IncomingMessage, response: ServerResponse, to: Answering): Promise<void> {
  const reply = createLineReply(response);
  const hangUp = new AbortController();
  response.once('close', () => {
    hangUp.abort(new FsyncError('aborted', 'the client hung up'));
  });
  const startedAt = performance.now();
  const beats = setInterval(reply.beat, IPC_BEAT_MS);
  try {
    const method = methodOf(request, to);
    if (!method.startsWith('daemon.')) checkToken(request, to.tokenId);
    const params: unknown = await readJsonBody(request);
    const signal = AbortSignal.any([hangUp.signal, to.stopping]);
    if (!method.startsWith('daemon.')) await unlessAborted(to.ready, signal);
    const result = await run(to.calls, method, params, { signal, onEvent: reply.event });
    reply.result(result);
    to.logger.debug('call answered', { method, ms: Math.round(performance.now() - startedAt) });
  } catch (error) {
    if (isFsyncError(error)) to.logger.info('call refused', { path: to.path.slice(0, 100), code: error.code, reason: error.message });
    else to.logger.error('call failed', { path: to.path.slice(0, 100), error });
    reply.error(error);
  } finally {
    clearInterval(beats);
  }
}

function run<M extends IpcMethod>(calls: CallTable, method: M, body: unknown, context: CallContext): Promise<unknown> {
  return calls[method](parseCallParams(method, body), context);
}

/** `daemon.stop` is answered to every version: the command line replaces a daemon of another version with it. */
function methodOf(request: IncomingMessage, to: Answering): IpcMethod {
  if (to.method !== 'POST') throw new FsyncError('method_not_allowed', 'the control API takes POST only');
  const name = to.path.startsWith('/v1/') ? to.path.slice('/v1/'.length) : '';
  if (!isIpcMethod(name)) throw new FsyncError('not_found', `no such call: ${JSON.stringify(name.slice(0, 80))}`);
  const version = request.headers[IPC_VERSION_HEADER];
  const program = request.headers[PROGRAM_VERSION_HEADER];
  const isReplaced = typeof program === 'string' && isOlderVersion(VERSION, program);
  if (((version !== undefined && version !== String(IPC_VERSION)) || isReplaced) && name !== 'daemon.stop') {
    throw new FsyncError('unsupported_version', 'the command line and the daemon are of different versions', {
      hints: ['Restart the daemon: fsync daemon restart'],
    });
  }
  return name;
}

/** A job must not work with the rights of whoever started the daemon before it. */
function checkToken(request: IncomingMessage, tokenId: string | null): void {
  const wanted = request.headers[IPC_TOKEN_HEADER];
  if (wanted === undefined || wanted === tokenId) return;
  throw new FsyncError('usage', 'the daemon that runs here does not work for the token in FSYNC_TOKEN', {
    hints: ['Stop it first: fsync daemon stop. Or give the job a home of its own with FSYNC_HOME.'],
  });
}

async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) throw new FsyncError('internal', 'a request body is not bytes');
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new FsyncError('payload_too_large', 'the parameters are too large');
    parts.push(part);
  }
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    // The parser's message quotes the text, which may be a password.
    throw new FsyncError('invalid_input', 'the parameters are not JSON');
  }
}
