/** The only place that builds the server's adapters and puts its parts together. */
import { Redis } from 'ioredis';
import type { Clock, Logger } from '../core/base/effects.js';
import { FsyncError } from '../core/base/errors.js';
import { refuseUnfinishedRestore } from './backup/unfinished-restore.js';
import { createDiskBlobStore } from './blobs/disk-blob-store.js';
import { createMemoryBus } from './bus/memory-bus.js';
import { createRedisBus } from './bus/redis-bus.js';
import { prepareDataDir } from './config/data-dir.js';
import type { ServerOptions } from './config/options.js';
import { loadServerSecrets } from './config/secrets.js';
import { createApp } from './http/app.js';
import { createAddressResolver } from './http/client-address.js';
import { createListener, type Listener } from './http/listener.js';
import { createRateLimiter, createUnlimitedRateLimiter } from './limits/rate-limiter.js';
import type { NoticeBus } from './ports.js';
import { createApiRoutes } from './routes/api-routes.js';
import { createHealthRoutes } from './routes/health-routes.js';
import { watchAccess, type AccessWatch } from './services/access-watch.js';
import { createServices, type Services } from './services/create-services.js';
import { createJanitor, type Janitor } from './services/janitor.js';
import type { ServiceContext } from './services/service-context.js';
import { createSocketHub, type SocketHub } from './socket/socket-hub.js';
import { acceptSockets, refuseSockets } from './socket/upgrade.js';
import { connectDatabase, LONG_QUERY_MS, type Database } from './store/database.js';
import { migrateDatabase, pendingMigrations } from './store/schema.js';
import { createServerMetrics } from './telemetry/metrics.js';

export interface ServerEnvironment {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Off in tests, where many servers share one process. */
  readonly processMetrics: boolean;
}

export interface RunningServer {
  /** Where it listens, like http://127.0.0.1:8000. */
  readonly url: string;
  readonly services: Services;
  readonly janitor: Janitor;
  readonly database: Database;
  /** Drains and stops; what is under way may finish. */
  stop(): Promise<void>;
}

/** Requests under way have this long to finish. */
const FINISH_MS = 30_000;
const SOCKETS_MS = 2_000;

interface SharedState {
  readonly bus: NoticeBus;
  readonly limits: Redis | null;
  close(): Promise<void>;
}

async function connectRedis(url: string, logger: Logger): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, connectTimeout: 5_000 });
  redis.on('error', (error: Error) => logger.warn('redis is not reachable', { error: error.message }));
  try {
    await redis.connect();
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw new FsyncError('unavailable', 'FSYNC_REDIS_URL: redis cannot be reached', { cause });
  }
}

async function openSharedState(options: ServerOptions, logger: Logger): Promise<SharedState> {
  const { redisUrl, redisPrefix: prefix } = options;
  if (redisUrl === undefined) {
    const bus = createMemoryBus();
    return { bus, limits: null, close: () => bus.close() };
  }
  const publisher = await connectRedis(redisUrl, logger);
  const subscriber = await connectRedis(redisUrl, logger);
  const limits = await connectRedis(redisUrl, logger);
  const bus = await createRedisBus({ publisher, subscriber, prefix, logger });
  return {
    bus,
    limits,
    async close() {
      await bus.close();
      limits.disconnect();
    },
  };
}

async function prepareSchema(options: ServerOptions): Promise<void> {
  if (options.migrate === 'auto') {
    await migrateOnly(options);
    return;
  }
  const pending = await withDatabase(options, pendingMigrations);
  if (pending.length === 0) return;
  throw new FsyncError('unavailable', `the database lacks migrations: ${pending.join(', ')}`, { hints: ['run `fsync server migrate`'] });
}

/** Runs what is pending. For `fsync server migrate`. */
export async function migrateOnly(options: ServerOptions): Promise<readonly string[]> {
  prepareDataDir(options.dataDir);
  return withDatabase(options, migrateDatabase);
}

/** On a connection of its own, whose queries may take as long as a large table needs. */
async function withDatabase<Result>(options: ServerOptions, work: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await connectDatabase({ ...options, databaseTimeoutMs: LONG_QUERY_MS });
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

interface Parts {
  readonly listener: Listener;
  readonly hub: SocketHub | null;
  readonly janitor: Janitor;
  readonly accessWatch: AccessWatch;
  readonly services: Services;
  readonly context: ServiceContext;
  readonly shared: SharedState;
  readonly stopping: AbortController;
  readonly drainMs: number;
}

async function stopParts(parts: Parts): Promise<void> {
  const { services, hub, listener, janitor, accessWatch, context, shared, stopping, drainMs } = parts;
  services.health.drain();
  if (drainMs > 0) await new Promise((resolve) => setTimeout(resolve, drainMs));
  stopping.abort();
  const closed = listener.close(FINISH_MS);
  await hub?.drain(SOCKETS_MS);
  hub?.close();
  await closed;
  await janitor.stop();
  await accessWatch.stop();
  await shared.close();
  await context.database.destroy();
}

function assemble(
  options: ServerOptions,
  environment: ServerEnvironment,
  built: Omit<Parts, 'listener' | 'hub' | 'accessWatch' | 'drainMs'>,
): Parts {
  const { context, services, shared } = built;
  const { logger, version, clock } = environment;
  const limiter =
    options.rateLimits === 'off'
      ? createUnlimitedRateLimiter()
      : createRateLimiter({
          redis: shared.limits,
          prefix: options.redisPrefix,
          factor: options.rateFactor,
          localFactor: options.rateLoopbackFactor,
        });
  const resolveAddress = createAddressResolver(options.trustedProxies);
  const hasApi = options.role === 'all' || options.role === 'api';
  const metricsAccess = { mode: options.metrics, token: options.metricsToken ?? null };
  const routes = [
    ...(hasApi ? createApiRoutes(services, limiter) : []),
    ...createHealthRoutes({ health: services.health, metrics: context.metrics, metricsAccess, clock, version }),
  ];
  const tls = options.tlsCert !== undefined;
  const app = createApp({ ...services, routes, limiter, logger, metrics: context.metrics, resolveAddress, tls });
  const handle = app.callback();
  const listener = createListener(options, (request, response) => void handle(request, response));
  const hub = options.role === 'all' || options.role === 'ws' ? createSocketHub(context) : null;
  if (hub === null) refuseSockets(listener.server);
  else acceptSockets(listener.server, { ...services, hub, limiter, resolveAddress, allowedOrigins: options.allowedOrigins, logger });
  const accessWatch = watchAccess(context, async () => {
    services.sessions.forget();
    await hub?.dropEnded((session) => services.sessions.isActive(session));
  });
  return { ...built, listener, hub, accessWatch, drainMs: options.drainMs };
}

/**
 * Builds a server from its options and starts it.
 *
 * @throws FsyncError usage, unavailable, io_error when something it needs is not there
 */
export async function startServer(options: ServerOptions, environment: ServerEnvironment): Promise<RunningServer> {
  const { clock, logger, version, processMetrics } = environment;
  prepareDataDir(options.dataDir);
  await refuseUnfinishedRestore(options.dataDir);
  const secrets = await loadServerSecrets(options);
  await prepareSchema(options);
  const database = await connectDatabase(options);
  const opened: (() => Promise<void>)[] = [() => database.destroy()];
  try {
    const blobs = await createDiskBlobStore(options.dataDir);
    const shared = await openSharedState(options, logger);
    opened.push(() => shared.close());
    const metrics = createServerMetrics({ version, processMetrics });
    const context: ServiceContext = { database, clock, logger, metrics, bus: shared.bus };
    const stopping = new AbortController();
    const registrationOpen = options.registration === 'open';
    const services = createServices(context, {
      secrets,
      blobs,
      registrationOpen,
      quotaBytes: options.quotaBytes,
      shutdown: stopping.signal,
    });
    const janitor = createJanitor({ ...context, blobs, collection: options });
    const parts = assemble(options, environment, { context, services, shared, janitor, stopping });
    const url = await parts.listener.listen();
    if (options.role === 'all' || options.role === 'worker') janitor.start();
    return { url, services, janitor, database, stop: () => stopParts(parts) };
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
}
