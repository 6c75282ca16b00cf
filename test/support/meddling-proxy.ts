/** An HTTP proxy in front of a server, as they are met: with another clock, and with ideas of its own about WebSockets. */
import { once } from 'node:events';
import { createServer as createHttpServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type AddressInfo } from 'node:net';
import type { Certificate } from './certificates.js';

/**
 * pass: both ways. refuse: status 400. hang-up: no answer. cut: open for a second. deaf: opens, and
 * then nothing comes through.
 */
export type UpgradeMode = 'pass' | 'refuse' | 'hang-up' | 'cut' | 'deaf';

export interface Meddling {
  upgrade: UpgradeMode;
  /** Added to the Date of every answer, in milliseconds. */
  shiftMs: number;
  /** What the server says its version is; null for what it is. */
  version: string | null;
}

export interface MeddlingProxy {
  readonly url: string;
  /** How it behaves from now on. */
  readonly meddling: Meddling;
  /** Only where it was made with one; connections that are open end. */
  setCertificate(certificate: Certificate): void;
  /** Ends the connections that are open. */
  cut(): void;
  close(): Promise<void>;
}

const CUT_MS = 1_000;

export async function openMeddlingProxy(targetPort: number, certificate: Certificate | null = null): Promise<MeddlingProxy> {
  const meddling: Meddling = { upgrade: 'pass', shiftMs: 0, version: null };
  const open = new Set<Duplex>();
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => forward(targetPort, meddling, incoming, outgoing);
  const secure = certificate === null ? null : createHttpsServer(certificate, answer);
  const server = secure ?? createHttpServer(answer);
  server.on('connection', (socket: Duplex) => {
    open.add(socket.on('close', () => open.delete(socket)));
  });
  server.on('upgrade', (incoming, socket) => upgrade(targetPort, meddling.upgrade, incoming, socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: certificate === null ? `http://127.0.0.1:${String(port)}` : `https://localhost:${String(port)}`,
    meddling,
    setCertificate(next) {
      secure?.setSecureContext(next);
      cut();
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(port: number, meddling: Meddling, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url: path, headers } = incoming;
  const upstream = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (reply) => {
    const date = Date.parse(reply.headers.date ?? '');
    const shifted = Number.isNaN(date) ? {} : { date: new Date(date + meddling.shiftMs).toUTCString() };
    if (meddling.version !== null && path === '/health/live') {
      reply.resume();
      outgoing.writeHead(200, { ...shifted, 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ status: 'ok', version: meddling.version, time: 0, checks: {} }));
      return;
    }
    outgoing.writeHead(reply.statusCode ?? 502, { ...reply.headers, ...shifted });
    reply.pipe(outgoing);
  });
  upstream.on('error', () => outgoing.destroy());
  outgoing.on('error', () => upstream.destroy());
  incoming.pipe(upstream);
}

function upgrade(port: number, mode: UpgradeMode, incoming: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined);
  if (mode === 'refuse') socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  if (mode === 'hang-up') socket.destroy();
  if (mode === 'refuse' || mode === 'hang-up') return;
  const upstream = connect(port, '127.0.0.1');
  const end = (): void => {
    socket.destroy();
    upstream.destroy();
  };
  upstream.on('error', end).on('close', end);
  socket.on('close', end);
  const fields = incoming.rawHeaders.flatMap((name, index, all) => (index % 2 === 0 ? [`${name}: ${all[index + 1] ?? ''}`] : []));
  upstream.write(`${[`GET ${incoming.url ?? ''} HTTP/1.1`, ...fields].join('\r\n')}\r\n\r\n`);
  if (mode === 'deaf') {
    upstream.once('data', (data: Buffer) => socket.write(data.subarray(0, data.indexOf('\r\n\r\n') + 4)));
    return;
  }
  upstream.pipe(socket);
  socket.pipe(upstream);
  if (mode === 'cut') setTimeout(end, CUT_MS);
}
