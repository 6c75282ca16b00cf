/** Outermost: the id of the request, headers that every reply has, metrics and one log line. */
import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from '../../core/base/effects.js';
import type { AddressResolver } from '../http/client-address.js';
import type { ServerMetrics } from '../telemetry/metrics.js';
import type { AppState } from './app-state.js';

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
} as const;
const HSTS = 'max-age=31536000';

export function observeMiddleware(deps: {
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly resolveAddress: AddressResolver;
  readonly tls: boolean;
}): Middleware<AppState> {
  const { logger, metrics, resolveAddress } = deps;
  return async (context, next) => {
    const started = performance.now();
    const requestId = randomUUID();
    context.state.requestId = requestId;
    context.state.client = resolveAddress(context.req);
    context.set(HEADERS);
    context.set('X-Request-Id', requestId);
    if (deps.tls) context.set('Strict-Transport-Security', HSTS);
    metrics.inFlight.inc();
    try {
      await next();
    } finally {
      metrics.inFlight.dec();
      const { method, status } = context;
      const route = context.state.route ?? 'none';
      const seconds = (performance.now() - started) / 1000;
      metrics.requests.inc({ method, route, status });
      metrics.requestSeconds.observe({ method, route }, seconds);
      logger.info('request', { requestId, method, route, status, ms: Math.round(seconds * 10_000) / 10 });
    }
  };
}
