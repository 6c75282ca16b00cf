/** /health, /health/live, /health/ready, /metrics. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../core/base/effects.js';
import { FsyncError } from '../../core/base/errors.js';
import { noBody, nothing, route, type ClientAddress, type Route } from '../http/route.js';
import type { Health } from '../services/health.js';
import type { ServerMetrics } from '../telemetry/metrics.js';

export interface MetricsAccess {
  /** `local`: to clients on this machine, and to others with the token. */
  readonly mode: 'local' | 'open' | 'off';
  readonly token: string | null;
}

function mayReadMetrics(access: MetricsAccess, request: IncomingMessage, client: ClientAddress): boolean {
  if (access.mode === 'off') return false;
  if (access.mode === 'open' || client.local) return true;
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${access.token ?? ''}`);
  return access.token !== null && given.length === expected.length && timingSafeEqual(given, expected);
}

export function createHealthRoutes(deps: {
  readonly health: Health;
  readonly metrics: ServerMetrics;
  readonly metricsAccess: MetricsAccess;
  readonly clock: Clock;
  readonly version: string;
}): readonly Route[] {
  const { health, metrics, clock, version } = deps;
  const common = { method: 'GET', access: 'public', limit: 'none', params: nothing, query: nothing, body: noBody } as const;
  return [
    route({
      ...common,
      path: '/health',
      handle: async () => ({ status: 200, body: { ...(await health.report()), version, time: clock.now() } }),
    }),
    route({
      ...common,
      path: '/health/live',
      handle: () => Promise.resolve({ status: 200, body: { status: 'ok', version, time: clock.now(), checks: {} } }),
    }),
    route({
      ...common,
      path: '/health/ready',
      async handle() {
        const report = await health.report();
        // Without the bus hints are late, but nothing is refused.
        const ready = report.status !== 'draining' && report.checks['database'] === 'ok' && report.checks['blobs'] === 'ok';
        return { status: ready ? 200 : 503, body: { ...report, version, time: clock.now() } };
      },
    }),
    route({
      ...common,
      path: '/metrics',
      async handle({ request, client }) {
        if (!mayReadMetrics(deps.metricsAccess, request, client)) throw new FsyncError('not_found', 'nothing is here');
        return { status: 200, text: { type: metrics.registry.contentType, content: await metrics.registry.metrics() } };
      },
    }),
  ];
}
