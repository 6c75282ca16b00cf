import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { IPC_BEAT_MS, IPC_VERSION, IPC_VERSION_HEADER } from '../../../../src/core/protocol/ipc-version.js';
import { createCallTable, type AccountCalls, type CallTable } from '../../../../src/daemon/ipc/call-table.js';
import { listenIpc, type IpcServer } from '../../../../src/daemon/ipc/ipc-server.js';
import { createIdleEngine } from '../../../support/idle-engine.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { tempFolder } from '../../../support/temp-folder.js';

const account: AccountCalls = {
  register: () => Promise.reject(new FsyncError('internal', 'not in this test')),
  login: () => Promise.reject(new FsyncError('internal', 'not in this test')),
  logout: () => Promise.resolve(),
  whoami: () => ({
    schema: 'fsync/whoami/1',
    user: 'me',
    account: 'a',
    safetyWords: 'w',
    server: 's',
    device: { id: 'd', name: 'n' },
    keyStore: 'keychain',
    token: null,
  }),
};
const noVaults = { list: () => Promise.resolve([]) };

function table(overrides: Partial<CallTable> = {}): CallTable {
  const vaultApi = { ...noVaults, get: fail, cached: fail, create: fail, delete: fail, vaultKeys: fail, acceptKeyChecks: fail };
  const daemonStatus = () => ({
    schema: 'fsync/daemon-status/1' as const,
    pid: 1,
    version: '0',
    ipcVersion: IPC_VERSION,
    socket: '',
    startedAt: '',
    rssBytes: 0,
    vaults: [],
  });
  const calls = createCallTable({
    engine: createIdleEngine({ vaultApi }),
    account,
    devices: { list: fail, rename: fail, revoke: fail },
    tokens: { create: fail, list: fail, revoke: fail, lendKeys: fail },
    settings: { reload: () => undefined },
    daemonStatus,
    diagnose: () => Promise.resolve({ findings: [] }),
    stop: () => undefined,
  });
  return { ...calls, ...overrides };
}

function fail(): Promise<never> {
  return Promise.reject(new FsyncError('internal', 'not in this test'));
}

interface Listening {
  readonly socket: string;
  readonly server: IpcServer;
  readonly logger: ReturnType<typeof recordingLogger>;
}

async function listen(calls: CallTable = table(), ready: Promise<unknown> = Promise.resolve()): Promise<Listening> {
  const socket = join(tempFolder(), 'run', 'daemon.sock');
  const logger = recordingLogger();
  const server = await listenIpc(socket, { calls, logger, tokenId: null, ready: ready.then(() => undefined) });
  onTestFinished(() => server.close());
  return { socket, server, logger };
}

interface Reply {
  readonly status: number;
  readonly version: string | undefined;
  readonly lines: readonly unknown[];
}

function call(
  socket: string,
  method: string,
  options: { body?: string; verb?: string; version?: number; signal?: AbortSignal } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = options.version === undefined ? {} : { [IPC_VERSION_HEADER]: String(options.version) };
    const sent = request(
      {
        socketPath: socket,
        path: `/v1/${method}`,
        method: options.verb ?? 'POST',
        headers,
        agent: false,
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          const lines = text
            .split('\n')
            .filter((line) => line !== '')
            .map((line): unknown => JSON.parse(line));
          const version = response.headers[IPC_VERSION_HEADER];
          resolve({ status: response.statusCode ?? 0, version: Array.isArray(version) ? version[0] : version, lines });
        });
      },
    );
    sent.on('error', reject);
    sent.end(options.body ?? '{}');
  });
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** The reply as it comes, line by line. */
function openRaw(socket: string, method: string): { port: Socket; lines: () => readonly string[] } {
  const port = connect(socket);
  let text = '';
  port.setEncoding('utf8').on('data', (part: string) => (text += part));
  port.write(`POST /v1/${method} HTTP/1.0\r\n\r\n`);
  return { port, lines: () => text.split('\n').map((line) => line.trimEnd()) };
}

const root = { body: JSON.stringify({ root: '/home/me/x' }) };

describe('listenIpc', () => {
  it('says while a call runs that it is at work, and nothing after it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const answer = deferred<{ stopped: boolean }>();
    const { socket } = await listen(table({ 'daemon.stop': () => answer.promise as never }));
    const { port, lines } = openRaw(socket, 'daemon.stop');
    await vi.waitFor(() => {
      vi.advanceTimersByTime(IPC_BEAT_MS);
      expect(lines().filter((line) => line === '').length).toBeGreaterThan(3);
    });
    answer.resolve({ stopped: true });
    await once(port, 'close');
    expect(lines().findLast((line) => line !== '')).toBe('{"result":{"stopped":true}}');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is reachable by its user only', async () => {
    const { socket } = await listen();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700);
  });

  it('takes the place of a socket whose daemon was killed', async () => {
    const socket = join(tempFolder(), 'daemon.sock');
    writeFileSync(socket, '');
    const server = await listenIpc(socket, { calls: table(), logger: recordingLogger(), tokenId: null, ready: Promise.resolve() });
    onTestFinished(() => server.close());
    expect((await call(socket, 'daemon.status')).status).toBe(200);
  });

  it('takes back what others may do in the directory of the socket', async () => {
    const folder = join(tempFolder(), 'open');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const server = await listenIpc(join(folder, 'daemon.sock'), {
      calls: table(),
      logger: recordingLogger(),
      tokenId: null,
      ready: Promise.resolve(),
    });
    onTestFinished(() => server.close());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('does not listen behind a link', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    await expect(
      listenIpc(join(folder, 'link', 'daemon.sock'), {
        calls: table(),
        logger: recordingLogger(),
        tokenId: null,
        ready: Promise.resolve(),
      }),
    ).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  it('answers with a result line and its version', async () => {
    const { socket } = await listen();
    expect(await call(socket, 'account.whoami')).toEqual({
      status: 200,
      version: String(IPC_VERSION),
      lines: [{ result: account.whoami() }],
    });
  });

  it('sends events before the result', async () => {
    const { socket } = await listen(
      table({
        'vault.pause': (_, { onEvent }) => {
          onEvent({ kind: 'phase', text: 'one' });
          onEvent({ kind: 'phase', text: 'two' });
          return Promise.resolve({ roots: ['/r'] });
        },
      }),
    );
    expect((await call(socket, 'vault.pause', { body: '{"root":null}' })).lines).toEqual([
      { event: { kind: 'phase', text: 'one' } },
      { event: { kind: 'phase', text: 'two' } },
      { result: { roots: ['/r'] } },
    ]);
  });

  it('answers an error of the table with its code, hints and status', async () => {
    const { socket } = await listen(
      table({ 'vault.status': () => Promise.reject(new FsyncError('guarded', 'held', { hints: ['look'], details: { n: 1 } })) }),
    );
    expect(await call(socket, 'vault.status', root)).toMatchObject({
      status: 409,
      lines: [{ error: { code: 'guarded', message: 'held', hints: ['look'], details: { n: 1 } } }],
    });
  });

  it('shows nothing of a bug but that there is one; the log has the rest', async () => {
    const { socket, logger } = await listen(table({ 'vault.status': () => Promise.reject(new TypeError('secret inside')) }));
    const reply = await call(socket, 'vault.status', root);
    expect(reply).toMatchObject({ status: 500, lines: [{ error: { code: 'internal' } }] });
    expect(JSON.stringify(reply)).not.toContain('secret inside');
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it.each([
    ['vault.init', '{"root":"relative","name":"x"}', 'invalid_input'],
    ['vault.init', '{"root":"/x"}', 'invalid_input'],
    ['vault.init', '{"root":"/x","name":"n","more":1}', 'invalid_input'],
    ['vault.sync', '{"root":"/x","direction":"sideways","timeoutMs":1}', 'invalid_input'],
    ['vault.sync', '{"root":"/x","direction":"push","timeoutMs":-1}', 'invalid_input'],
    ['vault.status', '[]', 'invalid_input'],
    ['vault.status', 'null', 'invalid_input'],
    ['vault.status', '{"root":', 'invalid_input'],
    ['vault.nothing', '{}', 'not_found'],
    ['constructor', '{}', 'not_found'],
    ['../v1/daemon.status', '{}', 'not_found'],
  ])('refuses %s with %s', async (method, body, code) => {
    const { socket } = await listen();
    expect((await call(socket, method, { body })).lines).toEqual([{ error: expect.objectContaining({ code }) }]);
  });

  it('never repeats a password that came in a wrong call', async () => {
    const { socket, logger } = await listen();
    const parameters = { server: 's', user: 'u', device: 'd', insecureKeyFile: 'maybe', password: 'hunter22-hunter22' };
    for (const body of [JSON.stringify(parameters), JSON.stringify(parameters).slice(0, -1)]) {
      const reply = await call(socket, 'account.register', { body });
      expect(JSON.stringify([reply, logger.lines.map(({ fields }) => [fields, String(fields['error'])])])).not.toContain('hunter22');
      expect(reply.lines).toEqual([{ error: expect.objectContaining({ code: 'invalid_input' }) }]);
    }
  });

  it('takes POST only', async () => {
    const { socket } = await listen();
    expect((await call(socket, 'daemon.status', { verb: 'GET' })).lines).toEqual([
      { error: expect.objectContaining({ code: 'method_not_allowed' }) },
    ]);
  });

  it('runs nothing for another version but its own end', async () => {
    const { socket } = await listen();
    expect(await call(socket, 'daemon.status', { version: IPC_VERSION + 1 })).toMatchObject({
      version: String(IPC_VERSION),
      lines: [{ error: { code: 'unsupported_version' } }],
    });
    expect((await call(socket, 'daemon.stop', { version: IPC_VERSION + 1 })).lines).toEqual([{ result: { stopped: true } }]);
  });

  it('aborts a call whose client hangs up', async () => {
    const aborted = deferred<unknown>();
    const begun = deferred<undefined>();
    const { socket } = await listen(
      table({
        'vault.sync': (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted.resolve(signal.reason);
              reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
            });
            begun.resolve(undefined);
          }),
      }),
    );
    const client = new AbortController();
    const reply = call(socket, 'vault.sync', { body: '{"root":"/x","direction":"both","timeoutMs":60000}', signal: client.signal });
    await begun.promise;
    client.abort();
    await expect(reply).rejects.toThrow();
    await expect(aborted.promise).resolves.toMatchObject({ code: 'aborted' });
  });

  it('lets calls wait until the folders are open, but not the questions about the daemon', async () => {
    const ready = deferred<undefined>();
    const { socket } = await listen(table(), ready.promise);
    let answered = false;
    const waiting = call(socket, 'account.whoami').finally(() => (answered = true));
    expect((await call(socket, 'daemon.status')).status).toBe(200);
    expect(answered).toBe(false);
    ready.resolve(undefined);
    expect((await waiting).status).toBe(200);
  });

  it('ends running calls with an answer when it is closed', async () => {
    const begun = deferred<undefined>();
    const { socket, server } = await listen(
      table({
        'vault.sync': (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
            });
            begun.resolve(undefined);
          }),
      }),
    );
    const reply = call(socket, 'vault.sync', { body: '{"root":"/x","direction":"both","timeoutMs":60000}' });
    await begun.promise;
    await server.close();
    expect((await reply).lines).toEqual([{ error: expect.objectContaining({ code: 'aborted' }) }]);
    await expect(call(socket, 'daemon.status')).rejects.toThrow();
  });
});
