/** The one place where an error becomes a reply: application/problem+json of RFC 9457. */
import type { Context, Middleware } from 'koa';
import type { Logger } from '../../core/base/effects.js';
import { FsyncError } from '../../core/base/errors.js';
import { hasCode } from '../blobs/blob-files.js';
import { outageOf } from '../store/database-outage.js';
import { errorFields } from '../telemetry/logger.js';
import type { ServerMetrics } from '../telemetry/metrics.js';
import type { AppState } from './app-state.js';

const TITLES: Partial<Record<string, string>> = {
  behind: 'Newer commits exist',
  chunks_missing: 'Chunks are missing',
  rate_limited: 'Too many requests',
  session_expired: 'The session is over',
};

/** What a thrown value means to the client. Nothing unknown gets out. */
function asFsyncError(error: unknown): FsyncError {
  if (error instanceof FsyncError) return error;
  const outage = outageOf(error);
  if (outage !== null) return outage;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 401) return new FsyncError('not_signed_in', 'the access token is missing or not valid', { cause: error });
  if (status === 404) return new FsyncError('not_found', 'nothing is here', { cause: error });
  if (hasCode(error, 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'))
    return new FsyncError('aborted', 'the client went away', { cause: error });
  return new FsyncError('internal', 'the server failed', { cause: error, hints: ['the log of the server has the request id'] });
}

/** A token that only has run out is told apart: the client refreshes it and goes on. */
function withTokenReason(error: FsyncError): FsyncError {
  const { cause } = error;
  const original = cause instanceof Error && 'originalError' in cause ? cause.originalError : undefined;
  if (error.code !== 'not_signed_in' || !(original instanceof Error)) return error;
  if (original.name !== 'TokenExpiredError' && original.message !== 'Token revoked') return error;
  return new FsyncError('session_expired', 'the access token has run out or was revoked', { cause });
}

function reply(context: Context, error: FsyncError, requestId: string): void {
  const { code, message, hints, details } = error;
  const { retryAfterMs } = details;
  context.status = error.kind.http;
  context.type = 'application/problem+json';
  if (typeof retryAfterMs === 'number') context.set('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
  if (context.status === 401) context.set('WWW-Authenticate', 'Bearer realm="fsync"');
  if (context.status === 503) context.set('Retry-After', '5');
  context.body = JSON.stringify({
    type: `urn:fsync:problem:${code.replaceAll('_', '-')}`,
    title: TITLES[code] ?? code.replaceAll('_', ' '),
    status: context.status,
    detail: message,
    instance: `urn:fsync:request:${requestId}`,
    code,
    ...(hints.length > 0 ? { hints } : {}),
    ...details,
  });
}

export function problemMiddleware(deps: { readonly logger: Logger; readonly metrics: ServerMetrics }): Middleware<AppState> {
  return async (context, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = withTokenReason(asFsyncError(thrown));
      const { requestId, route } = context.state;
      if (error.kind.category === 'bug' || error.code === 'io_error') {
        deps.logger.error('a request failed', {
          requestId,
          route,
          ...errorFields(error.code === 'internal' ? (error.cause ?? error) : error),
        });
      }
      if (error.code === 'unavailable' && error.cause !== undefined) {
        deps.logger.warn(error.message, { requestId, route, ...errorFields(error.cause) });
      }
      const { limit } = error.details;
      if (error.code === 'rate_limited' && typeof limit === 'string') deps.metrics.rateLimited.inc({ class: limit });
      reply(context, error, requestId);
    }
  };
}
