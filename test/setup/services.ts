/**
 * Finds PostgreSQL and Redis for the tests that need them, once for all test projects: the
 * variables FSYNC_TEST_DATABASE_URL / FSYNC_TEST_REDIS_URL, else servers on localhost, else ones
 * started here from what is installed. Tests read the two variables; where one stays unset they
 * are skipped by name, which under CI=true is a failure.
 */
import { startPostgres, findPostgres } from './postgres.js';
import { startRedis, findRedis } from './redis.js';

export interface StartedService {
  readonly url: string;
  stop(): Promise<void>;
}

interface Shared {
  readonly ready: Promise<readonly StartedService[]>;
  users: number;
}

/** Every project imports its own copy of this module: what they share hangs on the process. */
const registry = globalThis as typeof globalThis & { fsyncTestServices?: Shared | undefined };

export async function setup(): Promise<void> {
  const shared = (registry.fsyncTestServices ??= { ready: provideAll(), users: 0 });
  shared.users += 1;
  await shared.ready;
}

export async function teardown(): Promise<void> {
  const shared = registry.fsyncTestServices;
  if (shared === undefined) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  registry.fsyncTestServices = undefined;
  for (const service of await shared.ready) await service.stop();
}

async function provideAll(): Promise<readonly StartedService[]> {
  const started = await Promise.all([
    provide('FSYNC_TEST_DATABASE_URL', 'PostgreSQL', findPostgres, startPostgres),
    provide('FSYNC_TEST_REDIS_URL', 'Redis', findRedis, startRedis),
  ]);
  return started.filter((service) => service !== null);
}

async function provide(
  variable: string,
  name: string,
  find: () => Promise<string | null>,
  start: () => Promise<StartedService | null>,
): Promise<StartedService | null> {
  if (process.env[variable] !== undefined && process.env[variable] !== '') return null;
  const found = await find();
  if (found !== null) {
    process.env[variable] = found;
    return null;
  }
  const started = await start();
  if (started !== null) {
    process.env[variable] = started.url;
    return started;
  }
  const message = `no ${name} for the tests: set ${variable}, or install it`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`${message}; the tests that need it are skipped\n`);
  return null;
}
