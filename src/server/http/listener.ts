/** The HTTP or HTTPS server itself: time-outs, caps, and an orderly end. */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { FsyncError } from '../../core/base/errors.js';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly maxConnections: number;
}

export interface Listener {
  readonly server: Server;
  /** Starts to listen and says where. Throws usage when the address cannot be had. */
  listen(): Promise<string>;
  /** Takes nobody new, waits for what is under way, and cuts off what is left at the deadline. */
  close(deadlineMs: number): Promise<void>;
}

const LIMITS = {
  /** Longer than the idle time of the usual proxies, so that it is they who hang up. */
  keepAliveTimeout: 75_000,
  headersTimeout: 15_000,
  /** A pack of 17 MiB at 20 KB/s. */
  requestTimeout: 900_000,
  maxHeaderSize: 16 * 1024,
  maxHeadersCount: 100,
} as const;

const IDLE_CHECK_MS = 20;

function readPem(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new FsyncError('usage', `${name}: the file ${path} cannot be read`, { cause });
  }
}

function createServer(options: ListenerOptions, handler: RequestListener): Server {
  const { keepAliveTimeout, headersTimeout, requestTimeout, maxHeaderSize } = LIMITS;
  const limits = { keepAliveTimeout, headersTimeout, requestTimeout, maxHeaderSize, noDelay: true };
  if (options.tlsCert === undefined || options.tlsKey === undefined) return createHttpServer(limits, handler);
  const cert = readPem('FSYNC_TLS_CERT', options.tlsCert);
  const key = readPem('FSYNC_TLS_KEY', options.tlsKey);
  return createHttpsServer({ ...limits, cert, key, minVersion: 'TLSv1.2' }, handler);
}

function urlOf(address: AddressInfo, tls: boolean): string {
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${tls ? 'https' : 'http'}://${host}:${String(address.port)}`;
}

export function createListener(options: ListenerOptions, handler: RequestListener): Listener {
  const server = createServer(options, handler);
  server.maxHeadersCount = LIMITS.maxHeadersCount;
  server.maxConnections = options.maxConnections;
  return {
    server,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', (cause) => {
          reject(new FsyncError('usage', `cannot listen on ${options.host}:${String(options.port)}: ${cause.message}`, { cause }));
        });
        server.listen(options.port, options.host, () => {
          const address = server.address();
          if (address === null || typeof address === 'string') reject(new FsyncError('internal', 'no address'));
          else resolve(urlOf(address, options.tlsCert !== undefined));
        });
      }),
    close: (deadlineMs) =>
      new Promise((resolve) => {
        const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
        // A connection is idle again once its last reply is out, and clients would keep it open.
        const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
        server.close(() => {
          clearTimeout(deadline);
          clearInterval(idle);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
