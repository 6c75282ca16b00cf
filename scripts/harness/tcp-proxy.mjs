// @ts-check
/** A TCP proxy in front of the server: counts and records bytes, loses answers, cuts the line. */
import { once } from 'node:events';
import net from 'node:net';

/**
 * pass: both ways. drop-responses: the server gets each request, the client never an answer.
 * refuse: connections end at once. stall: they stay, and nothing comes through. corrupt-bulk: a bit is flipped in whatever large comes down.
 * @typedef {'pass' | 'drop-responses' | 'refuse' | 'stall' | 'corrupt-bulk'} ProxyMode
 */

/** What comes down in pieces larger than this is content, not an answer in JSON. */
const BULK_BYTES = 8_192;

/** How long a request may take to reach the server before its connection is cut, in drop-responses. */
const LOST_ANSWER_MS = 300;

/**
 * @param {number} targetPort
 * @param {{ record?: boolean }} [options] record keeps every byte in memory
 */
export async function createTcpProxy(targetPort, { record = false } = {}) {
  /** @type {ProxyMode} */
  let mode = 'pass';
  const bytes = { up: 0, down: 0 };
  /** Each direction of each connection for itself. @type {Buffer[][]} */
  const recorded = [];
  /** @type {Set<net.Socket>} */
  const sockets = new Set();

  const server = net.createServer((client) => {
    if (mode === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect(targetPort, '127.0.0.1');
    /** @type {Buffer[]} */
    const up = [];
    /** @type {Buffer[]} */
    const down = [];
    if (record) recorded.push(up, down);
    const drop = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', drop);
      socket.on('close', () => {
        sockets.delete(socket);
        drop();
      });
    }
    client.on('data', (data) => {
      if (mode === 'stall') return;
      bytes.up += data.length;
      if (record) up.push(data);
      forward(data, client, upstream);
    });
    upstream.on('data', (data) => {
      if (mode === 'stall') return;
      if (mode === 'drop-responses') {
        setTimeout(drop, LOST_ANSWER_MS);
        return;
      }
      bytes.down += data.length;
      if (record) down.push(data);
      if (mode === 'corrupt-bulk' && data.length > BULK_BYTES) data[data.length - 100] = (data[data.length - 100] ?? 0) ^ 1;
      forward(data, upstream, client);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');

  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    bytes,
    /** What went over every connection, one buffer for each direction of each. */
    streams: () => recorded.map((stream) => Buffer.concat(stream)),
    /** Forgets what was counted and recorded. */
    reset() {
      bytes.up = 0;
      bytes.down = 0;
      recorded.length = 0;
    },
    /** @param {ProxyMode} next */
    setMode(next) {
      mode = next;
      if (next === 'refuse') for (const socket of sockets) socket.destroy();
    },
    /** Ends the connections that are open now; new ones are as the mode says. */
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * @param {Buffer} data
 * @param {net.Socket} from
 * @param {net.Socket} to
 */
function forward(data, from, to) {
  if (to.write(data)) return;
  from.pause();
  to.once('drain', () => from.resume());
}

/** @typedef {Awaited<ReturnType<typeof createTcpProxy>>} TcpProxy */
