/** GET /sync/ws: who is it, before the connection becomes a WebSocket. The token is in the header, never in the URL. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { FsyncError } from '../../core/base/errors.js';
import type { Logger } from '../../core/base/effects.js';
import type { AddressResolver } from '../http/client-address.js';
import type { Caller } from '../http/route.js';
import type { RateLimiter } from '../ports.js';
import type { Sessions } from '../services/sessions.js';
import type { Tokens } from '../services/tokens.js';
import { errorFields } from '../telemetry/logger.js';
import type { SocketHub } from './socket-hub.js';

/** A subscription to the most vaults that are allowed, and some room. */
const MAX_PAYLOAD = 128 * 1024;
const PATHS = new Set(['/sync/ws', '/v1/sync/ws']);

export interface UpgradeDeps {
  readonly hub: SocketHub;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly limiter: RateLimiter;
  readonly resolveAddress: AddressResolver;
  /** Browsers send an Origin; only these may connect. */
  readonly allowedOrigins: readonly string[];
  readonly logger: Logger;
}

function refuse(socket: Duplex, error: FsyncError): void {
  const { code, message } = error;
  const body = JSON.stringify({
    type: `urn:fsync:problem:${code.replaceAll('_', '-')}`,
    title: code.replaceAll('_', ' '),
    status: error.kind.http,
    detail: message,
    instance: 'urn:fsync:request:upgrade',
    code,
  });
  const head = [
    `HTTP/1.1 ${String(error.kind.http)} Refused`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

async function authorise(deps: UpgradeDeps, request: IncomingMessage): Promise<Caller> {
  const { origin, authorization } = request.headers;
  if (!PATHS.has(request.url?.split('?')[0] ?? '')) throw new FsyncError('not_found', 'nothing is here');
  if (origin !== undefined && !deps.allowedOrigins.includes(origin)) throw new FsyncError('forbidden', 'this origin may not connect');
  const bearer = /^Bearer ([A-Za-z0-9._-]+)$/.exec(authorization ?? '');
  if (bearer?.[1] === undefined) throw new FsyncError('not_signed_in', 'the access token is missing');
  const claims = deps.tokens.verifyAccess(bearer[1]);
  if (!(await deps.sessions.isActive(claims.session))) throw new FsyncError('session_expired', 'the session is over');
  const caller = await deps.sessions.callerOf(claims);
  await deps.limiter.take('metadata', { key: caller.device, local: deps.resolveAddress(request).local });
  return caller;
}

/** Attaches the upgrade handler to a server. */
export function acceptSockets(server: Server, deps: UpgradeDeps): void {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_PAYLOAD, clientTracking: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const onEarlyError = (): void => {
      socket.destroy();
    };
    socket.on('error', onEarlyError);
    authorise(deps, request).then(
      (caller) => {
        socket.off('error', onEarlyError);
        sockets.handleUpgrade(request, socket, head, (upgraded) => deps.hub.add(upgraded, caller));
      },
      (error: unknown) => {
        if (!(error instanceof FsyncError)) deps.logger.error('an upgrade failed', errorFields(error));
        refuse(socket, error instanceof FsyncError ? error : new FsyncError('internal', 'the server failed'));
      },
    );
  });
}

/** For processes without the ws role: an upgrade is answered, not left hanging. */
export function refuseSockets(server: Server): void {
  server.on('upgrade', (_request, socket: Duplex) => refuse(socket, new FsyncError('not_found', 'no WebSockets are served here')));
}
