/** The process edge, in a process of its own: bundled from the sources, so that no build is needed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../../support/temp-folder.js';

/** Beside the packages that the bundle imports. */
const CACHE = resolve('node_modules/.cache');
let folder: string;

beforeAll(async () => {
  mkdirSync(CACHE, { recursive: true });
  folder = mkdtempSync(join(CACHE, 'server-main-'));
  copyFileSync('package.json', join(folder, 'package.json'));
  await build({
    stdin: {
      contents: `import { runServer } from './src/server/main.ts'; process.exitCode = await runServer(process.argv.slice(2));`,
      resolveDir: resolve('.'),
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: join(folder, 'dist/server/main.mjs'),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

function run(...args: readonly string[]): Run {
  const child = spawn(process.execPath, [join(folder, 'dist/server/main.mjs'), ...args], { env: { PATH: process.env['PATH'] } });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  return {
    child,
    output: () => output,
    errors: () => errors,
    ended: new Promise((done) => child.on('close', (code, signal) => done({ code, signal }))),
  };
}

async function urlOf(server: Run): Promise<string> {
  await expect.poll(server.output, { timeout: 20_000 }).toContain('listening on');
  return /listening on (\S+)/.exec(server.output())?.[1] ?? '';
}

describe('the server process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, serves, and ends with 0 on %s', async (signal) => {
    const server = run('start', '--port', '0', '--data-dir', tempFolder());
    const url = await urlOf(server);
    expect(server.output()).toBe(`fsync server listening on ${url}\n`);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      status: 'ok',
      checks: { database: 'ok', blobs: 'ok', bus: 'unused' },
    });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    server.child.kill(signal);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.errors()).toBe('');
  });

  it('migrates and ends', async () => {
    const data = tempFolder();
    const first = run('migrate', '--data-dir', data);
    expect((await first.ended).code).toBe(0);
    expect(first.output()).toBe('0001-initial\n0002-care\n0003-tokens\n0004-positions\n');
    const second = run('migrate', '--data-dir', data);
    expect((await second.ended).code).toBe(0);
    expect(second.output()).toBe('the database is up to date\n');
  });

  it.each([
    [['serve'], 2, 'unknown command'],
    [['start', '--prot', '1'], 2, '--prot'],
    [['start', '--port', '99999'], 2, 'FSYNC_PORT'],
    [['start', '--port', '0', '--redis-url', 'redis://127.0.0.1:1'], 1, 'FSYNC_REDIS_URL'],
  ])('ends with one line for %j', async (args, code, message) => {
    const server = run(...args, ...(args[0] === 'start' ? ['--data-dir', tempFolder()] : []));
    expect((await server.ended).code).toBe(code);
    expect(server.errors()).toContain(message);
    expect(server.errors()).not.toContain('    at ');
  });

  it.each([
    ['postgres://ada:secret@127.0.0.1:1/fsync', 'PostgreSQL at 127.0.0.1:1 cannot be reached (ECONNREFUSED)'],
    ['postgres://ada:secret@no-such-host.invalid/fsync', 'PostgreSQL at no-such-host.invalid cannot be reached'],
  ])('says which database cannot be reached, once and without its password: %s', async (url, message) => {
    for (const command of [['start', '--port', '0'], ['migrate']]) {
      const server = run(...command, '--database-url', url, '--data-dir', tempFolder());
      expect((await server.ended).code).toBe(1);
      expect(server.errors()).toMatch(/^fsync server: .*\n {2}Check --database-url .*\n$/);
      expect(server.errors()).toContain(message);
      expect(server.output() + server.errors()).not.toContain('secret');
    }
  });

  it('does not wait for a database that never answers', async () => {
    const deaf = createServer(() => undefined).listen(0, '127.0.0.1');
    onTestFinished(() => void deaf.close());
    await once(deaf, 'listening');
    const { port } = deaf.address() as AddressInfo;
    const server = run('migrate', '--database-url', `postgres://ada@127.0.0.1:${String(port)}/fsync`, '--data-dir', tempFolder());
    expect((await server.ended).code).toBe(1);
    expect(server.errors()).toContain(`PostgreSQL at 127.0.0.1:${String(port)} does not answer`);
  });

  it('says why its folder cannot be used, and ends even below a directory in which nothing can be made', async () => {
    const damaged = tempFolder();
    writeFileSync(join(damaged, 'server.db'), 'no database, but long enough to be looked at as one'.repeat(40));
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    for (const [folder, message] of [
      [damaged, 'cannot be opened: file is not a database'],
      [file, 'cannot be used: it is a file'],
      [join(file, 'x'), 'cannot be used: a part of it is a file'],
      ...(process.platform === 'linux' ? [['/proc/fsync', 'cannot be used: it cannot be made there'] as const] : []),
    ] as const) {
      const server = run('start', '--port', '0', '--data-dir', folder);
      expect((await server.ended).code).toBe(1);
      expect(server.errors()).toContain(message);
      expect(server.errors()).not.toContain('    at ');
      expect(server.output()).toBe('');
    }
  });

  it('says so when the port is taken', async () => {
    const first = run('start', '--port', '0', '--data-dir', tempFolder());
    const { port } = new URL(await urlOf(first));
    const second = run('start', '--port', port, '--data-dir', tempFolder());
    expect((await second.ended).code).toBe(2);
    expect(second.errors()).toContain(port);
    first.child.kill();
    await first.ended;
  });

  it('lists its options', async () => {
    const help = run('--help');
    expect((await help.ended).code).toBe(0);
    expect(help.output()).toContain('FSYNC_DATABASE_URL');
  });
});
