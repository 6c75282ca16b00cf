/** A database of its own on the shared PostgreSQL, and names of its own on the shared Redis, for one server of the tests. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

const databaseUrl = process.env['FSYNC_TEST_DATABASE_URL'] ?? '';
const redisUrl = process.env['FSYNC_TEST_REDIS_URL'] ?? '';

export const hasSharedServices = databaseUrl !== '' && redisUrl !== '';

export interface ServerServices {
  /** What the server has to be started with. */
  readonly env: NodeJS.ProcessEnv;
  /** Remembers the database as it is, for `restore`. Nobody may be connected to it. */
  save(): Promise<void>;
  restore(): Promise<void>;
  drop(): Promise<void>;
}

export async function claimSharedServices(): Promise<ServerServices> {
  if (!hasSharedServices) throw new Error('neither FSYNC_TEST_DATABASE_URL and FSYNC_TEST_REDIS_URL nor servers on localhost');
  const name = `fsync_test_${randomBytes(6).toString('hex')}`;
  const saved = `${name}_saved`;
  await administer(`CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return {
    env: { FSYNC_DATABASE_URL: url.href, FSYNC_REDIS_URL: redisUrl, FSYNC_REDIS_PREFIX: `${name}:` },
    save: () => copyDatabase(name, saved),
    restore: () => copyDatabase(saved, name),
    async drop() {
      await administer(`DROP DATABASE IF EXISTS ${saved} WITH (FORCE)`);
      await administer(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function copyDatabase(from: string, to: string): Promise<void> {
  await administer(`DROP DATABASE IF EXISTS ${to} WITH (FORCE)`);
  await administer(`CREATE DATABASE ${to} TEMPLATE ${from}`);
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
