import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { parseVaultId } from '../../../../src/core/base/ids.js';
import { socketRequest } from '../../../../src/core/protocol/http.js';
import {
  createNotificationSocket,
  type ManagedNotificationSocket,
  type SocketTarget,
} from '../../../../src/daemon/remote/notification-socket.js';
import { recordingLogger } from '../../../support/recording-logger.js';

const vaultA = parseVaultId('a'.repeat(64));
const vaultB = parseVaultId('b'.repeat(64));

interface Hub {
  readonly sockets: WebSocket[];
  readonly subscriptions: (readonly string[])[];
  readonly tokens: string[];
  readonly rejected: string[];
  readonly client: ManagedNotificationSocket;
}

async function hub(options: { silenceMs?: number; refuseToken?: string } = {}): Promise<Hub> {
  const sockets: WebSocket[] = [];
  const subscriptions: (readonly string[])[] = [];
  const tokens: string[] = [];
  const rejected: string[] = [];
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    path: '/sync/ws',
    verifyClient: ({ req }, done) => {
      const token = req.headers.authorization ?? '';
      tokens.push(token);
      if (token === `Bearer ${options.refuseToken ?? ''}`) done(false, 401);
      else done(true);
    },
  });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) =>
      subscriptions.push(socketRequest.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : '')).vaults),
    );
  });
  const address = server.address();
  const target: SocketTarget = {
    server: `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`,
    caPem: null,
    accessToken: () => Promise.resolve(`t${String(rejected.length)}`),
    reject: (token) => void rejected.push(token),
  };
  const client = createNotificationSocket({
    target: () => target,
    logger: recordingLogger(),
    random: () => 1,
    backoff: { baseMs: 5, capMs: 20 },
    ...(options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }),
  });
  onTestFinished(async () => {
    await client.close();
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  return { sockets, subscriptions, tokens, rejected, client };
}

const waitFor = (condition: () => void): Promise<void> => vi.waitFor(condition, { timeout: 10_000, interval: 5 });

describe('createNotificationSocket', () => {
  it('hands on heads of the vaults that were subscribed', async () => {
    const { client, sockets, subscriptions, tokens } = await hub();
    const heard: string[] = [];
    client.subscribe(vaultA, (seq) => heard.push(`a${String(seq)}`));
    client.subscribe(vaultB, (seq) => heard.push(`b${String(seq)}`));
    await waitFor(() => {
      expect(subscriptions.at(-1)).toEqual([vaultA, vaultB]);
    });
    await waitFor(() => {
      expect(client.connected).toBe(true);
    });
    expect(tokens).toEqual(['Bearer t0']);
    for (const [vault, seq] of [[vaultA, 3] as const, [vaultB, 4] as const]) sockets[0]?.send(JSON.stringify({ type: 'head', vault, seq }));
    await waitFor(() => {
      expect(heard).toEqual(['a3', 'b4']);
    });
  });

  it('does not connect before anybody subscribes', async () => {
    const { client, tokens } = await hub();
    client.restart();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(tokens).toEqual([]);
  });

  it('subscribes anew when a subscription is added or ended', async () => {
    const { client, subscriptions } = await hub();
    const end = client.subscribe(vaultA, () => undefined);
    await waitFor(() => {
      expect(subscriptions).toEqual([[vaultA]]);
    });
    client.subscribe(vaultB, () => undefined);
    end();
    await waitFor(() => {
      expect(subscriptions).toEqual([[vaultA], [vaultA, vaultB], [vaultB]]);
    });
  });

  it('comes back with its subscriptions after the connection breaks', async () => {
    const { client, sockets, subscriptions } = await hub();
    client.subscribe(vaultA, () => undefined);
    for (let round = 0; round < 3; round += 1) {
      await waitFor(() => {
        expect(subscriptions).toHaveLength(round + 1);
      });
      sockets[round]?.terminate();
    }
    await waitFor(() => {
      expect(sockets).toHaveLength(4);
    });
  });

  it('asks for another token when the session is closed or refused', async () => {
    const { client, sockets, rejected, tokens } = await hub({ refuseToken: 't1' });
    client.subscribe(vaultA, () => undefined);
    await waitFor(() => {
      expect(sockets).toHaveLength(1);
    });
    sockets[0]?.close(4401);
    await waitFor(() => {
      expect(sockets).toHaveLength(2);
    });
    expect(rejected).toEqual(['t0', 't1']);
    expect(tokens).toEqual(['Bearer t0', 'Bearer t1', 'Bearer t2']);
  });

  it('gives up a connection on which nothing comes', async () => {
    const { client, sockets } = await hub({ silenceMs: 30 });
    client.subscribe(vaultA, () => undefined);
    await waitFor(() => {
      expect(sockets.length).toBeGreaterThanOrEqual(2);
    });
  });

  it('hazard 56: ignores what is no hint', async () => {
    const { client, sockets, subscriptions } = await hub();
    const heard: number[] = [];
    client.subscribe(vaultA, (seq) => heard.push(seq));
    await waitFor(() => {
      expect(subscriptions).toHaveLength(1);
    });
    for (const text of ['not json', '{}', '[]', '{"type":"head","vault":"zz","seq":1}', `{"type":"head","vault":"${vaultA}","seq":-1}`])
      sockets[0]?.send(text);
    sockets[0]?.send(JSON.stringify({ type: 'head', vault: vaultA, seq: 9 }));
    await waitFor(() => {
      expect(heard).toEqual([9]);
    });
    expect(sockets).toHaveLength(1);
  });

  it('stays away after it is closed', async () => {
    const { client, sockets } = await hub();
    client.subscribe(vaultA, () => undefined);
    await waitFor(() => {
      expect(client.connected).toBe(true);
    });
    await client.close();
    client.subscribe(vaultB, () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect([client.connected, sockets.length]).toEqual([false, 1]);
  });
});
