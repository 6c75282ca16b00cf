/** The daemon as a service: what is written for systemd, how it is started there, and what the daemon tells it. */
import { createHash } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { until } from '../../scripts/harness/processes.mjs';
import { isInstalled } from '../support/cli-process.js';
import { tempFolder } from '../support/temp-folder.js';

interface Site {
  readonly installation: Installation;
  readonly unit: () => string;
  /** A `systemctl` that writes down what it is asked, and ends like this. */
  readonly manager: (status: number, says?: string) => { readonly env: NodeJS.ProcessEnv; readonly asked: () => readonly string[] };
}

/** A home of its own, which keeps its services below `config`. */
function openSite(): Site {
  const base = tempFolder();
  const config = path.join(base, 'config');
  const installation = createInstallation({
    name: 'laptop',
    home: path.join(base, 'home'),
    password: '',
    env: { XDG_CONFIG_HOME: config },
  });
  onTestFinished(() => installation.dispose());
  return {
    installation,
    unit: () => path.join(config, 'systemd', 'user', `fsync-${nameOf(installation.home)}.service`),
    manager(status, says = '') {
      const [bin, log] = [path.join(base, 'bin'), path.join(base, 'systemctl.log')];
      mkdirSync(bin, { recursive: true });
      writeFileSync(path.join(bin, 'systemctl'), `#!/bin/sh\necho "$@" >> '${log}'\necho '${says}' >&2\nexit ${String(status)}\n`);
      chmodSync(path.join(bin, 'systemctl'), 0o755);
      const asked = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
      return { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` }, asked };
    },
  };
}

function nameOf(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 8);
}

describe.runIf(process.platform === 'linux')('the daemon as a service of systemd', () => {
  it('is written down, started in place of the one that runs, and removed', async () => {
    const { installation, unit, manager } = openSite();
    const { env, asked } = manager(0);
    await installation.startDaemon();
    const document = JSON.parse(await installation.must(['daemon', 'install', '--json'], { env }));
    expect(document).toMatchObject({ manager: 'systemd', file: unit(), started: true });
    expect(asked()).toEqual(['--user daemon-reload', `--user enable --now ${path.basename(unit())}`]);
    expect(readFileSync(unit(), 'utf8')).toContain(`Environment="FSYNC_HOME=${installation.home}"`);
    expect(await installation.daemonPid(), 'the one in the background has ended').toBeNull();

    expect(await installation.must(['daemon', 'uninstall'], { env })).toMatch(/^Removed /);
    expect(asked().at(-1)).toBe(`--user disable --now ${path.basename(unit())}`);
    expect(existsSync(unit())).toBe(false);
    expect(await installation.must(['daemon', 'uninstall'], { env })).toBe('The daemon is not installed as a service.\n');
  });

  it('says what the manager said when it refuses', async () => {
    const { installation, unit, manager } = openSite();
    const { code, stderr } = await installation.fsync(['daemon', 'install'], { env: manager(1, 'Failed to connect to bus').env });
    expect(code).toBe(1);
    expect(stderr.split('\n').slice(0, 2)).toEqual([
      'fsync: systemd did not take the service: Failed to connect to bus',
      `It is described in ${unit()}. Try: systemctl --user daemon-reload`,
    ]);
  });

  it.skipIf(!isInstalled('systemd-analyze'))('is a unit that systemd understands (needs systemd-analyze)', async () => {
    const { installation, unit } = openSite();
    await installation.must(['daemon', 'install', '--write-only']);
    const checked = spawnSync('systemd-analyze', ['--user', '--man=no', 'verify', unit()], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: tempFolder() },
    });
    expect(checked.stderr).toBe('');
    expect(checked.status).toBe(0);
  });

  it.skipIf(!isInstalled('systemd-notify') || !isInstalled('python3'))(
    'says when it is ready, that it is alive, and that it ends (needs systemd-notify and python3)',
    async () => {
      const { installation } = openSite();
      const socket = path.join(tempFolder(), 'notify');
      const program = fileURLToPath(new URL('../support/notify-listener.py', import.meta.url));
      const listener = spawn('python3', [program, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
      onTestFinished(() => void listener.kill());
      const told: string[] = [];
      createInterface({ input: listener.stdout }).on('line', (line) => told.push(line));
      await until('the listener is there', () => told.includes('listening'), { timeoutMs: 20_000 });
      const daemon = spawn(process.execPath, [installation.program, 'daemon', 'run'], {
        env: { ...process.env, ...installation.environment, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' },
        stdio: 'ignore',
      });
      onTestFinished(() => void daemon.kill('SIGKILL'));
      const isTold = (message: string) => until(message, () => told.some((line) => line.includes(message)), { timeoutMs: 30_000 });
      await isTold('READY=1');
      await isTold('WATCHDOG=1');
      expect(told.findIndex((line) => line.includes('READY=1'))).toBeLessThan(told.findIndex((line) => line.includes('WATCHDOG=1')));
      daemon.kill('SIGTERM');
      await isTold('STOPPING=1');
    },
  );
});
