import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { getEventListeners, once } from 'node:events';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import type { IpcEvent } from '../../../../src/core/protocol/ipc.js';
import { callIpc, type IpcCallOptions } from '../../../../src/cli/client/ipc-call.js';
import { openFakeDaemon, type FakeDaemon } from '../../../support/fake-daemon.js';
import { sampleLog, sampleVaults } from '../../../support/sample-documents.js';
import { tempFolder } from '../../../support/temp-folder.js';

describe('callIpc', () => {
  let daemon: FakeDaemon;
  beforeEach(async () => {
    daemon = await openFakeDaemon(onTestFinished, { home: join(tempFolder(), 'home') });
  });

  const options = (changes: Partial<IpcCallOptions> = {}): IpcCallOptions => ({
    signal: new AbortController().signal,
    onEvent: () => undefined,
    tokenId: null,
    idleTimeoutMs: 10_000,
    ...changes,
  });
  const list = (changes?: Partial<IpcCallOptions>) => callIpc(daemon.socket, { method: 'vault.list', params: {} }, options(changes));

  it('hands on events in their order, then the result', async () => {
    const events: IpcEvent[] = [];
    daemon.answer('vault.list', (_, say) => {
      for (const text of ['one', 'two', 'three']) say({ kind: 'phase', text });
      return sampleVaults;
    });
    const outcome = await list({ onEvent: (event) => events.push(event) });
    expect({ outcome, events: events.map((event) => event.kind === 'phase' && event.text) }).toEqual({
      outcome: { kind: 'result', result: sampleVaults },
      events: ['one', 'two', 'three'],
    });
  });

  it('sends parameters of any letters and size, and reads a reply that comes in many parts', async () => {
    const entries = Array.from({ length: 20_000 }, (_, commit) => ({ ...sampleLog.entries[0], commit, at: 'ü漢'.repeat(5) }));
    daemon.answer('vault.log', () => ({ schema: 'fsync/log/1', entries }));
    const params = { root: `/${'ü'.repeat(5000)}`, path: '漢字', limit: 5, since: null };
    const outcome = await callIpc(daemon.socket, { method: 'vault.log', params }, options());
    expect(daemon.calls[0]?.params).toEqual(params);
    expect(outcome).toEqual({ kind: 'result', result: { schema: 'fsync/log/1', entries } });
  });

  it('leaves nothing on the signal of a command that makes call after call, whatever their outcome', async () => {
    daemon.answer('vault.list', () => sampleVaults);
    const { signal } = new AbortController();
    for (let count = 0; count < 3; count += 1) await list({ signal });
    await daemon.close();
    await list({ signal });
    await new Promise((resolve) => setImmediate(resolve));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is over at once for a command that was interrupted before', async () => {
    await expect(list({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('says absent when nobody listens: no socket, one that is left over, no folder', async () => {
    await daemon.close();
    expect(await list()).toEqual({ kind: 'absent' });
    rmSync(daemon.socket, { force: true });
    expect(await list()).toEqual({ kind: 'absent' });
    writeFileSync(join(daemon.home, 'file'), '');
    const call = { method: 'vault.list', params: {} } as const;
    expect(await callIpc(join(daemon.home, 'file', 'x.sock'), call, options())).toEqual({ kind: 'absent' });
  });

  it('gives up on a daemon that says nothing for too long', async () => {
    daemon.answer('vault.list', () => new Promise(() => undefined));
    await expect(list({ idleTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringContaining('has not answered') as string,
    });
  });

  /** In place of the daemon: says the head of a reply, then an empty line every 20 ms, and nothing else. */
  async function openBusyDaemon(): Promise<void> {
    await daemon.close();
    const busy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const beats = setInterval(() => socket.write('\n'), 20);
      socket.on('close', () => {
        clearInterval(beats);
      });
    }).listen(daemon.socket);
    onTestFinished(() => void busy.close());
    await once(busy, 'listening');
  }

  it('waits longer for one that says it is at work, but not for ever', async () => {
    await openBusyDaemon();
    const error: unknown = await list({ idleTimeoutMs: 1_000, silenceMs: 500 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'daemon_unreachable', message: 'the daemon has nothing to report after 1 s' });
  });

  it('does not wait as long for one that says nothing at all', async () => {
    daemon.answer('vault.list', () => new Promise(() => undefined));
    await expect(list({ idleTimeoutMs: 3_600_000, silenceMs: 50 })).rejects.toMatchObject({
      message: expect.stringContaining('has not answered') as string,
      details: { silent: true },
    });
  });

  it('hangs up when it is aborted, before and while the daemon answers', async () => {
    daemon.answer('vault.list', () => new Promise(() => undefined));
    const controller = new AbortController();
    const call = list({ signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    await expect(list({ signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('throws what the daemon reports', async () => {
    daemon.answer('vault.list', () => {
      throw new FsyncError('quota_exceeded', 'full', { hints: ['tidy up'], details: { bytes: 1 } });
    });
    await expect(list()).rejects.toMatchObject({ code: 'quota_exceeded', message: 'full', hints: ['tidy up'], details: { bytes: 1 } });
  });

  it.each(['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n{"result":', 'SSH-2.0-x\r\n'])(
    'calls %j no answer',
    async (text) => {
      await daemon.close();
      const other = createServer((socket) => socket.end(text)).listen(daemon.socket);
      onTestFinished(() => void other.close());
      await once(other, 'listening');
      await expect(list()).rejects.toBeInstanceOf(FsyncError);
    },
  );
});
