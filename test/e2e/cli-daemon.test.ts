/** The command line and real daemons: starting on demand, replacing an older one, failing clearly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { homePaths } from '../../src/core/home/home-paths.js';
import { alive, projectRoot, until } from '../../scripts/harness/processes.mjs';
import { attachedFolder, fsync, requireBuild, startFsync } from '../support/cli-process.js';
import { openFakeDaemon } from '../support/fake-daemon.js';
import { tempFolder } from '../support/temp-folder.js';

interface Status {
  readonly pid: number;
  readonly socket: string;
}

describe('the daemon', () => {
  let home: string;
  beforeAll(requireBuild);
  beforeEach(() => {
    home = join(tempFolder(), 'home');
    mkdirSync(home, { mode: 0o700 });
  });
  afterEach(async () => {
    await cli(['daemon', 'stop']);
  });

  const cli = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => fsync(args, { home, cwd: '/', env });
  const start = async (): Promise<Status> => JSON.parse((await cli(['daemon', 'start', '--json'])).stdout) as Status;

  it('starts when a command needs it, serves the next ones, and ends when told to', async () => {
    expect((await cli(['daemon', 'status'])).code).toBe(5);
    expect((await cli(['whoami'])).code).toBe(6);
    const first = await start();
    const second = await start();
    expect({ same: first.pid === second.pid, alive: alive(first.pid), socket: first.socket }).toEqual({
      same: true,
      alive: true,
      socket: join(home, 'daemon.sock'),
    });
    expect(await cli(['daemon', 'stop'])).toEqual({ code: 0, stdout: 'The daemon has stopped.\n', stderr: '' });
    await until('the daemon is gone', () => !alive(first.pid));
    expect((await cli(['daemon', 'logs', '-n', '1'])).stdout).toContain('daemon ends');
    expect((await cli(['daemon', 'logs'])).stdout).not.toMatch(/\berror\b/);
  });

  it('is one, however many commands start it at once', async () => {
    const statuses = await Promise.all([start(), start(), start(), start()]);
    expect(new Set(statuses.map(({ pid }) => pid)).size).toBe(1);
  });

  it('is another one after a restart', async () => {
    const before = await start();
    const after = JSON.parse((await cli(['daemon', 'restart', '--json'])).stdout) as Status;
    expect(after.pid).not.toBe(before.pid);
    // It gives up its socket and its lock before the new one starts; the process itself may take a moment to end.
    await until('the old daemon is gone', () => !alive(before.pid));
  });

  it('is started anew when it was killed and left its socket behind', async () => {
    const before = await start();
    process.kill(before.pid, 'SIGKILL');
    await until('the daemon is gone', () => !alive(before.pid));
    expect(existsSync(before.socket)).toBe(true);
    const after = await start();
    expect(after.pid).not.toBe(before.pid);
  });

  it('does not inherit the password, and takes a relative home from where the command ran', async () => {
    const args = ['daemon', 'start', '--json'];
    const { stdout } = await fsync(args, { home: './home', cwd: join(home, '..'), env: { FSYNC_PASSWORD: 'secret-in-the-environment' } });
    const { pid, socket } = JSON.parse(stdout) as Status;
    expect(socket).toBe(join(home, 'daemon.sock'));
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${String(pid)}/environ`, 'utf8')).not.toContain('secret-in-the-environment');
  });

  it('runs in the foreground in the process that was started, until a signal', async () => {
    const child = startFsync(['daemon', 'run'], { home, cwd: '/' });
    const ended = once(child, 'close');
    const status = await until('the daemon answers', async () => {
      const { code, stdout } = await cli(['daemon', 'status', '--json']);
      return code === 0 && (JSON.parse(stdout) as Status);
    });
    expect(status.pid).toBe(child.pid);
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  });

  it('is used over a short socket when the home has a long path', async () => {
    home = join(home, 'x'.repeat(120));
    mkdirSync(home, { mode: 0o700 });
    const { socket } = await start();
    expect(socket).toMatch(/^\/tmp\/fsync-\d+-[0-9a-f]{16}\/daemon\.sock$/);
  });

  it('is replaced when it speaks an older protocol, and the call is sent again', async () => {
    const old = await openFakeDaemon(onTestFinished, { home, version: 0 });
    const { code } = await cli(['whoami']);
    expect({ code, asked: old.calls.map(({ method }) => method) }).toEqual({ code: 6, asked: ['account.whoami', 'daemon.stop'] });
    expect((await start()).pid).toBeGreaterThan(0);
  });

  it('is left alone when it speaks a newer protocol', async () => {
    const newer = await openFakeDaemon(onTestFinished, { home, version: 99 });
    const { code, stderr } = await cli(['whoami']);
    expect({ code, asked: newer.calls.map(({ method }) => method) }).toEqual({ code: 5, asked: ['account.whoami'] });
    expect(stderr).toContain('a newer version');
  });

  it('names its log when it cannot start', async () => {
    const holder = spawn(process.execPath, ['--import', 'tsx', join(projectRoot, 'test', 'support', 'hold-home-lock.ts')], {
      cwd: projectRoot,
      env: { ...process.env, FSYNC_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    const { code, stdout, stderr } = await cli(['vaults', '--json']);
    const { logFile } = homePaths({ env: { FSYNC_HOME: home }, platform: process.platform, homedir: '/', uid: 0, cwd: '/' });
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/^fsync: the daemon could not be started: /);
    expect(stderr).toContain(logFile);
  });

  it('is not spoken to over a socket in a folder that others can write to', async () => {
    const fake = await openFakeDaemon(onTestFinished, { home });
    chmodSync(home, 0o777);
    const { code, stderr } = await cli(['whoami']);
    chmodSync(home, 0o700);
    expect({ code, asked: fake.calls }).toEqual({ code: 5, asked: [] });
    expect(stderr).toContain('only you can write to');
  });

  it('says what is wrong when nobody is signed in: --once needs no daemon and starts none', async () => {
    const root = attachedFolder(join(home, '..', 'notes'));
    writeFileSync(join(root, 'a.txt'), 'a');
    const { code, stdout, stderr } = await cli(['sync', root, '--once', '--timeout', '5', '--json']);
    expect({ failed: code !== 0, stdout }).toEqual({ failed: true, stdout: '' });
    expect(stderr).toMatch(/^fsync: .+\n.+\n/);
    expect((await cli(['daemon', 'status'])).code).toBe(5);
  });
});
