/** PostgreSQL for the tests: the one on localhost, or a scratch cluster from the installed programs. */
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { endProcess, findProgram, freePort, run, waitFor, type ServerUser } from './local-server.js';
import type { StartedService } from './services.js';

const LOCAL_URL = 'postgres://postgres@127.0.0.1:5432/test';

export async function findPostgres(): Promise<string | null> {
  if (await connects(LOCAL_URL)) return LOCAL_URL;
  if (!(await connects('postgres://postgres@127.0.0.1:5432/postgres'))) return null;
  await createDatabase('postgres://postgres@127.0.0.1:5432/postgres');
  return LOCAL_URL;
}

/** null when PostgreSQL is not installed or cannot be run by this user. */
export async function startPostgres(): Promise<StartedService | null> {
  const initdb = findProgram('initdb', debianFolders());
  if (initdb === null) return null;
  const asPostgres = asServerUser();
  if (asPostgres === null) return null;
  const folder = mkdtempSync(path.join(tmpdir(), 'fsync-test-pg-'));
  if (asPostgres.uid !== undefined && asPostgres.gid !== undefined) chownSync(folder, asPostgres.uid, asPostgres.gid);
  const data = path.join(folder, 'data');
  await run(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], asPostgres);
  const port = await freePort();
  const options = [
    '-D',
    data,
    '-p',
    String(port),
    '-c',
    `unix_socket_directories=${folder}`,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
  ];
  const child = spawn(path.join(path.dirname(initdb), 'postgres'), options, { stdio: 'ignore', ...asPostgres });
  const admin = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await waitFor('PostgreSQL', () => createDatabase(admin));
  return {
    url: `postgres://postgres@127.0.0.1:${port}/test`,
    stop: async () => {
      await endProcess(child, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function debianFolders(): readonly string[] {
  const base = '/usr/lib/postgresql';
  return existsSync(base) ? readdirSync(base).map((version) => path.join(base, version, 'bin')) : [];
}

/** PostgreSQL refuses to run as root: then it runs as the user postgres; null when there is none. */
function asServerUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres']);
    return status === 0 ? Number(stdout.toString()) : Number.NaN;
  };
  const user = { uid: id('-u'), gid: id('-g') };
  return Number.isNaN(user.uid) ? null : user;
}

async function connects(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

async function createDatabase(admin: string): Promise<void> {
  const client = new pg.Client({ connectionString: admin, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query('CREATE DATABASE test');
  } finally {
    await client.end();
  }
}
