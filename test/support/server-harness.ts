/** A whole server for a test: real HTTP on a free port, real database, its own folder; gone at the end. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Clock } from '../../src/core/base/effects.js';
import { startServer as composeServer, type RunningServer } from '../../src/server/compose.js';
import { readServerOptions } from '../../src/server/config/options.js';
import { createServerLogger } from '../../src/server/telemetry/logger.js';

export type ServerEngine = 'sqlite' | 'postgres';

export interface ServerHarnessOptions {
  readonly engine: ServerEngine;
  /** FSYNC_… variables on top of the harness's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Share database, secrets and blobs with another server: a second replica. */
  readonly replicaOf?: ServerHarness;
}

export interface ServerHarness {
  readonly url: string;
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  /** What the server logged, at every level. */
  readonly logs: readonly string[];
  readonly server: RunningServer;
  /** Stops it and starts it again on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const DATABASE_URL = process.env['FSYNC_TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';

async function runSql(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A schema of its own in the test database. */
export async function createSchema(): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const name = `fsync_${randomBytes(6).toString('hex')}`;
  await runSql(`create schema ${name}`);
  const url = new URL(DATABASE_URL);
  url.searchParams.set('options', `-c search_path=${name}`);
  return { url: url.toString(), drop: () => runSql(`drop schema ${name} cascade`) };
}

export async function startServer(options: ServerHarnessOptions): Promise<ServerHarness> {
  const { replicaOf } = options;
  const dataDir = replicaOf?.dataDir ?? mkdtempSync(join(tmpdir(), 'fsync-server-'));
  const schema = options.engine === 'postgres' && replicaOf === undefined ? await createSchema() : null;
  const databaseUrl = replicaOf?.databaseUrl ?? schema?.url ?? null;
  const logs: string[] = [];
  const logger = createServerLogger('debug', { write: (line: string) => void logs.push(line) });
  const environment = {
    FSYNC_PORT: '0',
    FSYNC_DATA_DIR: dataDir,
    FSYNC_RATE_LOOPBACK_FACTOR: '100000',
    ...(databaseUrl === null ? {} : { FSYNC_DATABASE_URL: databaseUrl }),
    ...options.env,
  };
  const start = (): Promise<RunningServer> =>
    composeServer(readServerOptions([], environment), {
      clock: options.clock ?? { now: () => Date.now() },
      logger,
      version: '0.0.0-test',
      processMetrics: false,
    });
  let server = await start();
  return {
    get url() {
      return server.url;
    },
    get server() {
      return server;
    },
    dataDir,
    databaseUrl,
    logs,
    async restart() {
      await server.stop();
      server = await start();
    },
    async stop() {
      await server.stop();
      await schema?.drop();
      if (replicaOf === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
