/** The socket of the daemon against the real server. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createNotificationSocket } from '../../src/daemon/remote/notification-socket.js';
import { createRemoteVault } from '../../src/daemon/remote/remote-vault.js';
import { accountDevice, callContext, realServer, signIn } from '../support/account-device.js';
import { Author, change } from '../support/commit-author.js';
import { recordingLogger } from '../support/recording-logger.js';

const { signal } = new AbortController();

async function world() {
  const server = await realServer();
  const { account, vaultApi } = await accountDevice();
  await account.register(signIn(server.url), callContext());
  const { vault, head } = await vaultApi.create('notes', callContext());
  const remote = createRemoteVault(account.client, vault);
  const author = new Author(account.require(), vault, { seq: head.seq, prev: head.hash });
  const socket = createNotificationSocket({
    target: () => account.socketTarget(),
    logger: recordingLogger(),
    random: Math.random,
    backoff: { baseMs: 10, capMs: 50 },
  });
  onTestFinished(() => socket.close());
  return { server, account, vault, remote, author, socket };
}

describe('notification socket on the real server', () => {
  it('hears the head when it subscribes, and each commit after that', async () => {
    const { vault, remote, author, socket } = await world();
    const heard: number[] = [];
    socket.subscribe(vault, (seq) => heard.push(seq));
    await vi.waitFor(() => {
      expect(heard).toContain(1);
    }, 10_000);
    for (const seq of [2, 3]) {
      const request = author.sign([change()]);
      await remote.commit(request, { signal });
      author.advance(request);
      await vi.waitFor(() => {
        expect(heard).toContain(seq);
      }, 10_000);
    }
    expect(socket.connected).toBe(true);
  });

  it('is closed when the session ends', async () => {
    const { account, vault, socket } = await world();
    socket.subscribe(vault, () => undefined);
    await vi.waitFor(() => {
      expect(socket.connected).toBe(true);
    }, 10_000);
    await account.logout(callContext());
    await vi.waitFor(() => {
      expect(socket.connected).toBe(false);
    }, 10_000);
  });
});
