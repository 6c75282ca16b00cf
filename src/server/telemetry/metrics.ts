/** What Prometheus can ask. Labels are bounded: route templates and closed tables, never ids or addresses. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface ServerMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'method' | 'route' | 'status'>;
  readonly requestSeconds: Histogram<'method' | 'route'>;
  readonly inFlight: Gauge;
  readonly bodyBytes: Counter<'direction'>;
  readonly rateLimited: Counter<'class'>;
  readonly authAttempts: Counter<'outcome'>;
  readonly commits: Counter<'outcome'>;
  readonly commitSeconds: Histogram;
  readonly commitOps: Histogram;
  readonly packs: Counter<'outcome'>;
  readonly longPolls: Gauge;
  readonly sockets: Gauge;
  readonly socketCloses: Counter<'code'>;
  readonly frames: Counter<'type'>;
  readonly lostHints: Counter;
  readonly janitorRuns: Counter<'task' | 'outcome'>;
  readonly lastCommit: Gauge;
  readonly lastSuccess: Gauge<'job'>;
  readonly collected: Counter<'kind'>;
  readonly reclaimedBytes: Counter;
  readonly waitingBytes: Gauge;
  readonly scrubbed: Counter<'outcome'>;
  readonly damagedPacks: Gauge;
}

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createServerMetrics(options: { readonly version: string; readonly processMetrics: boolean }): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const build = new Gauge({ name: 'fsync_build_info', help: 'Version of the server', labelNames: ['version', 'node'], registers });
  build.set({ version: options.version, node: process.version }, 1);
  return {
    registry,
    requests: new Counter({
      name: 'fsync_http_requests_total',
      help: 'Requests answered',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'fsync_http_request_duration_seconds',
      help: 'Time to answer a request',
      labelNames: ['method', 'route'],
      buckets: SECONDS,
      registers,
    }),
    inFlight: new Gauge({ name: 'fsync_http_requests_in_flight', help: 'Requests being answered', registers }),
    bodyBytes: new Counter({
      name: 'fsync_http_body_bytes_total',
      help: 'Bytes of packs and chunks',
      labelNames: ['direction'],
      registers,
    }),
    rateLimited: new Counter({ name: 'fsync_rate_limited_total', help: 'Requests refused by a limit', labelNames: ['class'], registers }),
    authAttempts: new Counter({ name: 'fsync_auth_attempts_total', help: 'Sign-ins and refreshes', labelNames: ['outcome'], registers }),
    commits: new Counter({ name: 'fsync_commits_total', help: 'Commits by outcome', labelNames: ['outcome'], registers }),
    commitSeconds: new Histogram({ name: 'fsync_commit_duration_seconds', help: 'Time to accept a commit', buckets: SECONDS, registers }),
    commitOps: new Histogram({ name: 'fsync_commit_ops', help: 'Nodes in a commit', buckets: [1, 10, 100, 1000, 5000], registers }),
    packs: new Counter({ name: 'fsync_packs_total', help: 'Packs received', labelNames: ['outcome'], registers }),
    longPolls: new Gauge({ name: 'fsync_longpoll_waiting', help: 'Requests waiting for a change', registers }),
    sockets: new Gauge({ name: 'fsync_ws_connections', help: 'Open WebSockets', registers }),
    socketCloses: new Counter({ name: 'fsync_ws_closes_total', help: 'Closed WebSockets', labelNames: ['code'], registers }),
    frames: new Counter({ name: 'fsync_ws_frames_sent_total', help: 'Messages to WebSockets', labelNames: ['type'], registers }),
    lostHints: new Counter({ name: 'fsync_head_sweep_misses_total', help: 'Notices that the bus lost', registers }),
    janitorRuns: new Counter({ name: 'fsync_job_runs_total', help: 'Background jobs', labelNames: ['task', 'outcome'], registers }),
    lastCommit: new Gauge({ name: 'fsync_last_commit_timestamp_seconds', help: 'When the last commit was accepted', registers }),
    ...createCareMetrics(registers),
  };
}

type CareMetrics = Pick<ServerMetrics, 'lastSuccess' | 'collected' | 'reclaimedBytes' | 'waitingBytes' | 'scrubbed' | 'damagedPacks'>;

/** Of the work in the background; the gauges are of what the database says, whoever did it. */
function createCareMetrics(registers: Registry[]): CareMetrics {
  return {
    lastSuccess: new Gauge({
      name: 'fsync_job_last_success_timestamp_seconds',
      help: 'When garbage collection, scrub and backup were last done to their end',
      labelNames: ['job'],
      registers,
    }),
    collected: new Counter({ name: 'fsync_gc_deleted_total', help: 'What garbage collection deleted', labelNames: ['kind'], registers }),
    reclaimedBytes: new Counter({ name: 'fsync_gc_reclaimed_bytes_total', help: 'Bytes of removed blobs', registers }),
    waitingBytes: new Gauge({ name: 'fsync_gc_waiting_bytes', help: 'Bytes of blobs that are to be removed later', registers }),
    scrubbed: new Counter({
      name: 'fsync_scrub_packs_total',
      help: 'Stored packs that were read again',
      labelNames: ['outcome'],
      registers,
    }),
    damagedPacks: new Gauge({ name: 'fsync_scrub_damaged_packs', help: 'Stored packs that are known to be damaged', registers }),
  };
}
