/** A daemon that says what a test wants: a real HTTP server on a real Unix socket that speaks the control protocol. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { homePaths } from '../../src/core/home/home-paths.js';
import { FsyncError } from '../../src/core/base/errors.js';
import { IPC_VERSION, IPC_VERSION_HEADER } from '../../src/core/protocol/ipc-version.js';
import type { IpcEvent, IpcMethod, IpcParams } from '../../src/core/protocol/ipc.js';
import type { Cleanup } from './temp-folder.js';

interface FakeCall {
  readonly method: string;
  readonly params: unknown;
  readonly version: string | undefined;
}

type Answer<M extends IpcMethod> = (params: IpcParams<M>, say: (event: IpcEvent) => void) => unknown;

export interface FakeDaemon {
  readonly home: string;
  readonly socket: string;
  /** In the order of arrival. */
  readonly calls: readonly FakeCall[];
  /** What a method answers from now on; throw an FsyncError for an error line. */
  answer<M extends IpcMethod>(method: M, answer: Answer<M>): void;
  /** Sends this text as the whole reply of a method instead. */
  answerRaw(method: IpcMethod, text: string): void;
  close(): Promise<void>;
}

interface FakeDaemonOptions {
  readonly home: string;
  /** Version that it says it has. */
  readonly version?: number;
}

export async function openFakeDaemon(atEnd: Cleanup, { home, version = IPC_VERSION }: FakeDaemonOptions): Promise<FakeDaemon> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const paths = homePaths({ env: { FSYNC_HOME: home }, platform: process.platform, homedir: home, uid: process.getuid?.() ?? 0, cwd: '/' });
  mkdirSync(paths.socketDir, { recursive: true, mode: 0o700 });
  const calls: FakeCall[] = [];
  const answers = new Map<string, Answer<IpcMethod>>();
  const raw = new Map<string, string>();
  const server = createServer((request, response) => void reply(request, response));

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = (request.url ?? '').replace('/v1/', '');
    const params = await bodyOf(request);
    const seen = request.headers[IPC_VERSION_HEADER];
    calls.push({ method, params, version: Array.isArray(seen) ? seen[0] : seen });
    response.writeHead(200, { 'content-type': 'application/x-ndjson', [IPC_VERSION_HEADER]: String(version) });
    const text = raw.get(method);
    if (text !== undefined) {
      response.end(text);
      return;
    }
    const say = (event: IpcEvent): void => void response.write(`${JSON.stringify({ event })}\n`);
    try {
      const answer = answers.get(method);
      if (answer === undefined) throw new FsyncError('not_found', `the fake daemon has no answer for ${method}`);
      const result = await answer(params, say);
      response.end(`${JSON.stringify({ result })}\n`);
    } catch (error) {
      const known = error instanceof FsyncError ? error : new FsyncError('internal', String(error));
      const { code, message, hints, details } = known;
      response.end(`${JSON.stringify({ error: { code, message, hints, details } })}\n`);
    }
  }

  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    const gone = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await gone;
  };
  atEnd(close);
  answers.set('daemon.stop', () => {
    setImmediate(() => void close());
    return { stopped: true };
  });
  server.listen(paths.socket);
  await once(server, 'listening');
  return {
    home,
    socket: paths.socket,
    calls,
    answer: (method, answer) => void answers.set(method, answer as Answer<IpcMethod>),
    answerRaw: (method, text) => void raw.set(method, text),
    close,
  };
}

async function bodyOf(request: IncomingMessage): Promise<IpcParams<IpcMethod>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as IpcParams<IpcMethod>;
}
