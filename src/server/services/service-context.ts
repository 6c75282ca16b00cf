/** What most services are built from. */
import type { Clock, Logger } from '../../core/base/effects.js';
import type { NoticeBus } from '../ports.js';
import type { Database } from '../store/database.js';
import type { ServerMetrics } from '../telemetry/metrics.js';

export interface ServiceContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly bus: NoticeBus;
}
