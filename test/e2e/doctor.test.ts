/** Doctor and real trouble: each thing that usually goes wrong is made to go wrong, and doctor names it and what mends it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { endChild, until } from '../../scripts/harness/processes.mjs';
import { startServer, type ServerProcess } from '../../scripts/harness/server-process.mjs';
import type { Finding } from '../../src/core/protocol/vault-documents.js';
import { canMount } from '../support/can-mount.js';
import { canCertify, openAuthority, selfSigned, type Authority } from '../support/certificates.js';
import { requireBuild } from '../support/cli-process.js';
import { openMeddlingProxy, type MeddlingProxy } from '../support/meddling-proxy.js';
import { tempFolder } from '../support/temp-folder.js';
import { mountTmpfs, type SmallDisk } from '../support/tmpfs.js';

const PASSWORD = 'correct horse battery staple';
const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };

let base: string;
let server: ServerProcess;
beforeAll(async () => {
  requireBuild();
  base = tempFolder(afterAll);
  server = await startServer({ dataDir: path.join(base, 'server'), logFile: path.join(base, 'server.log') });
});
afterAll(() => server.stop());

interface Examined {
  readonly code: number;
  readonly findings: readonly Finding[];
  /** Everything that is not as it should be, in the words that people see. */
  readonly text: string;
  of(name: string): Finding;
}

async function examine(installation: Installation, env: NodeJS.ProcessEnv = {}): Promise<Examined> {
  const { code, stdout, stderr } = await installation.fsync(['doctor', '--json'], { env });
  expect(stderr).toBe('');
  const { schema, findings } = JSON.parse(stdout) as { schema: string; findings: readonly Finding[] };
  expect(schema).toBe('fsync/doctor/1');
  for (const { level, found, mend } of findings) {
    expect(found).not.toContain('\n');
    expect(level === 'ok' || (mend !== null && mend !== '')).toBe(true);
  }
  // Warnings alone are no failure.
  expect(code).toBe(findings.some(({ level }) => level === 'problem') ? 1 : 0);
  return {
    code,
    findings,
    text: findings.flatMap(({ name, level, found }) => (level === 'ok' ? [] : [`${level} ${name}: ${found}`])).join('\n'),
    of(name) {
      const finding = findings.find((one) => one.name === name);
      if (finding === undefined) throw new Error(`nothing about ${name}: ${JSON.stringify(findings)}`);
      return finding;
    },
  };
}

/** Asks doctor until it says this. */
function untilFound(installation: Installation, name: string, expected: Partial<Record<keyof Finding, unknown>>): Promise<Examined> {
  return until(
    `doctor finds ${name}`,
    async () => {
      const examined = await examine(installation);
      expect(examined.of(name)).toMatchObject(expected);
      return examined;
    },
    { timeoutMs: 90_000, everyMs: 300 },
  );
}

/** A home of its own; its daemon ends with the test. */
function device(name: string, options: Partial<Parameters<typeof createInstallation>[0]> = {}): Installation {
  const installation = createInstallation({ name, home: path.join(base, name), password: PASSWORD, ...options });
  onTestFinished(() => installation.dispose());
  return installation;
}

/** A device that is signed in and has a vault, in the end as it should be. */
async function healthyDevice(name: string, url: string, options: { root?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Installation> {
  const installation = device(name, { env: options.env ?? {} });
  await installation.must(['register', '--server', url, '--user', name, '--device', name]);
  const root = options.root ?? path.join(base, `${name}-folder`);
  mkdirSync(root, { recursive: true });
  writeFileSync(path.join(root, 'a.txt'), 'a\n');
  await installation.must(['init', root, '--name', name]);
  await installation.sync(root);
  return installation;
}

async function meddlingProxy(): Promise<MeddlingProxy> {
  const proxy = await openMeddlingProxy(server.port);
  onTestFinished(() => proxy.close());
  return proxy;
}

describe('a daemon that is down', () => {
  it('is started, and doctor says that it did not run', async () => {
    const installation = device('down');
    const first = await examine(installation);
    expect(first.of('daemon')).toMatchObject({
      level: 'warning',
      found: expect.stringMatching(/^did not run; started now as process \d+/),
    });
    expect(first.of('daemon').mend).toContain('fsync daemon install');
    expect(first.code).toBe(0);
    const pid = await installation.daemonPid();
    expect((await examine(installation)).of('daemon')).toMatchObject({
      level: 'ok',
      found: expect.stringContaining(`process ${String(pid)},`),
    });
    await installation.killDaemon();
    expect((await examine(installation)).of('daemon').found).toMatch(/^did not run; started now/);
  });

  it('cannot be started: another process holds its home', async () => {
    const installation = device('locked');
    const holder = spawn(process.execPath, ['--import', 'tsx', 'test/support/hold-home-lock.ts'], {
      env: { ...process.env, ...installation.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => endChild(holder, { signal: 'SIGKILL' }));
    await once(holder.stdout, 'data');
    const { code, findings, of } = await examine(installation);
    expect(code).toBe(1);
    expect(of('daemon').found).toBe(`the daemon could not be started: a daemon runs for this home already (process ${String(holder.pid)})`);
    expect(of('daemon').mend).toBe('Stop it with: fsync daemon stop');
    expect(findings.map(({ name }) => name)).toEqual(expect.arrayContaining(['versions', 'home']));
  });

  it('cannot be started: its home is a file', async () => {
    const home = path.join(base, 'a-file');
    const installation = createInstallation({
      name: 'file',
      home: path.join(base, 'cwd-of-file'),
      password: PASSWORD,
      env: { FSYNC_HOME: home },
    });
    writeFileSync(home, '');
    const { code, of } = await examine(installation);
    expect(code).toBe(1);
    expect(of('home')).toMatchObject({ level: 'problem', mend: `It must be a directory of yours: ls -ld ${home}` });
    expect(of('daemon').found).toBe(`${home} is not a directory`);
  });

  it.runIf(isRoot)('cannot be started: its home cannot be written to', async () => {
    const home = path.join(base, 'read-only');
    mkdirSync(home, { recursive: true });
    chownSync(home, NOBODY.uid, NOBODY.gid);
    chmodSync(base, 0o711);
    chmodSync(home, 0o500);
    const installation = createInstallation({ name: 'read-only', home, password: PASSWORD, ...NOBODY });
    const { code, of } = await examine(installation);
    expect(code).toBe(1);
    expect(of('home').found).toBe(`${home} cannot be used: permission denied`);
    expect(of('daemon')).toMatchObject({
      level: 'problem',
      found: `the daemon could not be started: ${home}/logs cannot be written to (EACCES)`,
      mend: `It must belong to you: ls -ld ${home}`,
    });
  });

  it('runs for a home whose path is too long for a socket; nothing is sent to a socket that others could have made', async () => {
    const installation = device(`long-${'x'.repeat(120)}`);
    expect((await examine(installation)).of('daemon').found).toMatch(/^did not run; started now/);
    const { socket } = await installation.json(['daemon', 'status']);
    expect(socket).toMatch(/^\/tmp\/fsync-/);
    chmodSync(path.dirname(socket), 0o777);
    onTestFinished(() => chmodSync(path.dirname(socket), 0o700));
    const { code, of } = await examine(installation);
    expect(code).toBe(1);
    expect(of('daemon').found).toBe(`${path.dirname(socket)} is not a directory that only you can write to`);
    expect(of('daemon').mend).toContain(`chmod 700 ${path.dirname(socket)}`);
    chmodSync(path.dirname(socket), 0o700);
  });

  it('hangs: it holds its socket and answers nothing', async () => {
    const installation = device('hanging');
    await installation.startDaemon();
    const pid = (await installation.daemonPid()) ?? 0;
    process.kill(pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(pid, 'SIGCONT'));
    const { code, of } = await examine(installation);
    process.kill(pid, 'SIGCONT');
    expect(code).toBe(1);
    expect(of('daemon').found).toMatch(/^the daemon has not answered for \d+ s$/);
    expect(of('daemon').mend).toContain('fsync daemon restart');
  });

  it('cannot be started: its settings are no JSON', async () => {
    const installation = device('settings');
    writeFileSync(path.join(installation.home, 'config.json'), '{ not json');
    const { code, of } = await examine(installation);
    expect(code).toBe(1);
    expect(of('daemon').found).toBe(`the daemon could not be started: ${installation.home}/config.json is not JSON`);
    expect(of('daemon').mend).toMatch(/^Mend or remove it/);
  });
});

const canLimit = spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 3 > /proc/sys/user/max_inotify_watches']).status === 0;

describe.skipIf(!canLimit)('at the limits of inotify', () => {
  async function withLimit(name: string, limit: string): Promise<{ readonly installation: Installation; readonly root: string }> {
    const root = path.join(base, `${name}-folder`);
    for (const directory of ['d0', 'd1/e0/f0', 'd1/e1', 'd2']) mkdirSync(path.join(root, directory), { recursive: true });
    const installation = await healthyDevice(name, server.url, { root });
    expect((await examine(installation)).findings.map((finding) => finding.name)).not.toContain('watching');
    await installation.stopDaemon();
    const command = ['-Ur', 'sh', '-c', `echo ${limit} && exec "$@"`, 'sh', process.execPath, installation.program, 'daemon', 'run'];
    const daemon: ChildProcess = spawn('unshare', command, { env: { ...process.env, ...installation.environment }, stdio: 'ignore' });
    onTestFinished(() => endChild(daemon));
    await until('the daemon runs', async () => (await installation.daemonPid()) !== null);
    return { installation, root };
  }

  it('names the subtrees that are not watched, and the limit of watches', async () => {
    const { installation, root } = await withLimit('watches', '3 > /proc/sys/user/max_inotify_watches');
    const { code, of } = await untilFound(installation, 'watching', { level: 'warning' });
    const { found, mend } = of('watching');
    const [, count, places = ''] = /^(\d+) directories are looked at every 30 s only \(watch-limit\): below (.*)$/.exec(found) ?? [];
    expect(Number(count)).toBe(4);
    for (const place of places.split(', ')) expect(existsSync(place) && place.startsWith(`${root}/d`)).toBe(true);
    expect(mend).toContain('fs.inotify.max_user_watches=');
    expect(code).toBe(0);
  });

  it('names the limit of programs that watch, when that is the one', async () => {
    const { installation, root } = await withLimit('watchers', '0 > /proc/sys/user/max_inotify_instances');
    const { of } = await untilFound(installation, 'watching', { level: 'warning' });
    expect(of('watching').found).toBe(`7 directories are looked at every 30 s only (watcher-limit): below ${root}`);
    expect(of('watching').mend).toContain('fs.inotify.max_user_instances=');
    expect(await installation.must(['status', root])).toContain('max_user_instances');
  });

  it('says when the limit itself is low, before it is reached', async () => {
    const installation = device('low-limit');
    await installation.startDaemon();
    const limited = (limit: string) =>
      spawnSync('unshare', ['-Ur', 'sh', '-c', `echo ${limit} && exec "$@"`, 'sh', process.execPath, installation.program, 'doctor'], {
        env: { ...process.env, ...installation.environment },
        encoding: 'utf8',
      }).stdout;
    expect(limited('100 > /proc/sys/user/max_inotify_watches')).toMatch(
      /warning {2}inotify: 100 directories can be watched, by \d+ programs\n\s+Raise it: echo fs\.inotify\.max_user_watches=/,
    );
    expect(limited('2 > /proc/sys/user/max_inotify_instances')).toMatch(
      /warning {2}inotify: \d+ directories can be watched, by 2 programs\n\s+Raise it: echo fs\.inotify\.max_user_instances=/,
    );
  });
});

describe('a clock that is off', () => {
  it.each([
    ['behind', 600_000, /^this clock is (599|600|601) s behind the server's$/],
    ['ahead', -600_000, /^this clock is (599|600|601) s ahead of the server's$/],
  ])('is said to be %s', async (name, shiftMs, found) => {
    const proxy = await meddlingProxy();
    const installation = await healthyDevice(`clock-${name}`, proxy.url);
    expect((await examine(installation)).of('clock')).toMatchObject({ level: 'ok' });
    proxy.meddling.shiftMs = shiftMs;
    const { code, of } = await untilFound(installation, 'clock', { level: 'warning', found: expect.stringMatching(found) });
    expect(of('clock').mend).toContain('timedatectl set-ntp true');
    expect(code).toBe(0);
  });
});

describe.runIf(canCertify)('a certificate that is refused', () => {
  let authority: Authority;
  beforeAll(() => {
    authority = openAuthority(path.join(base, 'authority'));
  });

  it('is told apart by what is wrong with it, and each mend mends it', async () => {
    const good = authority.certify('good', 'DNS:localhost');
    const proxy = await openMeddlingProxy(server.port, good);
    onTestFinished(() => proxy.close());
    const installation = device('tls');
    const registering = ['register', '--server', proxy.url, '--user', 'tls', '--device', 'tls'];
    const refused = await installation.fsync(registering);
    expect(refused.code).toBe(7);
    expect(refused.stderr).toMatch(
      /^fsync: the certificate of localhost:\d+ is of an authority that is not known here \(\w+\)\n.*--ca-file FILE/m,
    );
    await installation.must([...registering, '--ca-file', authority.file]);
    const root = path.join(base, 'tls-folder');
    mkdirSync(root);
    await installation.must(['init', root, '--name', 'tls']);
    expect((await examine(installation)).of('server').level).toBe('ok');
    expect((await examine(installation)).of('notifications').found).toBe('by WebSocket');

    proxy.setCertificate(authority.certify('expired', 'DNS:localhost', '20210101000000Z'));
    const expired = await examine(installation);
    expect(expired.code).toBe(1);
    expect(expired.of('server')).toMatchObject({
      level: 'problem',
      found: expect.stringMatching(/the certificate of localhost:\d+ has expired/),
    });
    expect(expired.of('server').mend).toMatch(/^Renew it on the server/);

    proxy.setCertificate(authority.certify('elsewhere', 'DNS:elsewhere.example'));
    const elsewhere = await examine(installation);
    expect(elsewhere.of('server').found).toMatch(/the certificate of localhost:\d+ is for another name/);
    expect(elsewhere.of('server').mend).toMatch(/^Use the name that the certificate is for/);

    const own = path.join(base, 'authority', 'own.pem');
    proxy.setCertificate(selfSigned(path.dirname(own), 'own', '/CN=own', 'subjectAltName=DNS:localhost'));
    const signedByItself = await examine(installation);
    expect(signedByItself.of('server').found).toMatch(/the certificate of localhost:\d+ is signed by itself/);
    expect(signedByItself.of('server').mend).toContain('fsync config set network.ca-file FILE && fsync daemon restart');
    await installation.must(['config', 'set', 'network.ca-file', own]);
    await installation.must(['daemon', 'restart']);
    await untilFound(installation, 'server', { level: 'ok' });
    await untilFound(installation, 'notifications', { found: 'by WebSocket' });

    // The authority that was given at sign-in is still trusted.
    proxy.setCertificate(good);
    await untilFound(installation, 'server', { level: 'ok' });

    rmSync(own);
    await installation.must(['daemon', 'restart']);
    const gone = await examine(installation);
    expect(gone.of('account')).toMatchObject({ level: 'problem', found: `there is no certificate in ${own}` });
  });

  it('is not asked for where nobody speaks TLS', async () => {
    const installation = device('no-tls');
    const { code, stderr } = await installation.fsync([
      'register',
      '--server',
      server.url.replace('http:', 'https:'),
      '--user',
      'no-tls',
      '--device',
      'no-tls',
    ]);
    expect(code).toBe(7);
    expect(stderr).toMatch(/^fsync: 127\.0\.0\.1:\d+ does not speak TLS as it should \(\w+\)\nIs the address right/m);
  });
});

describe('the keys of the device', () => {
  it('in a plain file are a warning', async () => {
    const installation = await healthyDevice('plain-keys', server.url, { env: { FSYNC_KEYCHAIN: 'off' } });
    const { code, of } = await examine(installation);
    expect(of('keys')).toMatchObject({ level: 'warning', found: 'the secrets of this device are in a plain file' });
    expect(of('keys').mend).toContain('FSYNC_KEY_PASSPHRASE');
    expect(code).toBe(0);
  });

  it('that were sealed cannot be opened without the passphrase', async () => {
    const sealing = { FSYNC_KEY_PASSPHRASE: 'a long passphrase' };
    const installation = device('sealed-keys');
    await installation.must(['register', '--server', server.url, '--user', 'sealed', '--device', 'sealed'], { env: sealing });
    expect((await examine(installation)).of('keys')).toMatchObject({ level: 'ok', found: 'in a file sealed by a passphrase' });
    await installation.must(['daemon', 'restart']);
    const { code, of, text } = await examine(installation);
    expect(code).toBe(1);
    expect(of('keys')).toMatchObject({ level: 'problem', found: 'the keys of this device are sealed by a passphrase' });
    expect(of('keys').mend).toContain('fsync daemon restart');
    expect(text).not.toContain('nobody is signed in');
    await installation.must(['daemon', 'restart'], { env: sealing });
    expect((await examine(installation)).of('server').level).toBe('ok');
    await installation.must(['daemon', 'restart'], { env: { FSYNC_KEY_PASSPHRASE: 'another one' } });
    expect((await examine(installation)).code).toBe(1);
  });

  it('that are gone are said to be gone', async () => {
    const installation = await healthyDevice('lost-keys', server.url, { env: { FSYNC_KEYCHAIN: 'off' } });
    await installation.killDaemon();
    rmSync(path.join(installation.home, 'keys'), { recursive: true });
    const { code, text } = await examine(installation);
    expect(code).toBe(1);
    expect(text).toMatch(/^problem (keys|account): /m);
    expect(text).not.toContain('nobody is signed in');
  });
});

describe.runIf(canMount())('a disk without room', () => {
  function smallDisk(name: string): SmallDisk {
    const disk = mountTmpfs(path.join(base, name), { bytes: 32 * MIB, inodes: 2_000 });
    onTestFinished(() => disk.close());
    return disk;
  }

  it('for a vault: nearly full, full, and out of inodes', async () => {
    const disk = smallDisk('vault-disk');
    const root = path.join(disk.root, 'vault');
    const installation = await healthyDevice('full', server.url, { root });
    expect((await examine(installation)).of('disk of full')).toMatchObject({ level: 'ok' });
    // Half a mebibyte more than it is to say, for what the daemon may write meanwhile.
    disk.fill(2.5 * MIB);
    const low = await examine(installation);
    expect(low.of('disk of full')).toMatchObject({ level: 'warning', found: `${root}: the disk is nearly full, 2 MiB free` });
    expect(low.code).toBe(0);
    disk.fill();
    const full = await examine(installation);
    expect(full.of('disk of full')).toMatchObject({ level: 'problem', found: `${root}: the disk is full, 0 MiB free` });
    expect(full.of('disk of full').mend).toBe(`Make room: df -h ${root}`);
    expect(full.code).toBe(1);
    disk.empty();
    disk.useInodes();
    const crowded = await examine(installation);
    expect(crowded.of('disk of full')).toMatchObject({ level: 'problem', found: expect.stringContaining('no more files') });
    expect(crowded.of('disk of full').mend).toBe(`Remove files you do not need: df -i ${root}`);
    disk.empty();
    await untilFound(installation, 'disk of full', { level: 'ok' });
    await installation.stopDaemon();
  });

  it.each([
    ['full', (disk: SmallDisk) => disk.fill(), 'the disk is full, 0 MiB free'],
    ['out of inodes', (disk: SmallDisk) => disk.useInodes(), 'the disk can hold no more files: all its inodes are used'],
  ])('for the home: %s, so that no daemon starts', async (name, use, found) => {
    const disk = smallDisk(`home-${name.replaceAll(' ', '-')}`);
    const home = path.join(disk.root, 'home');
    const installation = device(`home-${name}`, { home });
    use(disk);
    const { code, of } = await examine(installation);
    expect(code).toBe(1);
    expect(of('home')).toMatchObject({ level: 'problem', found: `${home}: ${found}` });
    expect(of('daemon').found).toMatch(/^the daemon could not be started: /);
    expect(of('daemon').found).toContain(`no space left for ${home}`);
    disk.empty();
    expect((await examine(installation)).of('daemon').found).toMatch(/^did not run; started now/);
    await installation.stopDaemon();
    await until('the daemon is gone', () => !existsSync(path.join(home, 'daemon.pid')));
  });
});

describe('a server of another version', () => {
  it('is a warning when the releases are apart', async () => {
    const proxy = await meddlingProxy();
    const installation = await healthyDevice('apart', proxy.url);
    expect((await examine(installation)).of('server')).toMatchObject({ level: 'ok', found: expect.stringMatching(/answers, version \d/) });
    proxy.meddling.version = '9.2.0';
    expect((await examine(installation)).of('server')).toMatchObject({ level: 'warning', mend: 'Update fsync on this device.' });
    proxy.meddling.version = '0.0.9';
    const { code, of } = await examine(installation);
    expect(of('server')).toMatchObject({ level: 'warning', mend: 'Update fsync on the server.' });
    expect(code).toBe(0);
  });
});

describe('a proxy that cuts WebSockets', () => {
  it.each([
    ['refuse', /^a proxy, or the server, answers the WebSocket with status 400; /],
    ['hang-up', /^the WebSocket ends \(.*\), as when a proxy cuts it; /],
    ['cut', /^the WebSocket opens and is cut soon, again and again, as by a proxy; /],
    ['deaf', /^the WebSocket opens but nothing comes through, as when a proxy holds it back; /],
  ] as const)('%s: doctor says so, and changes still arrive', async (mode, found) => {
    const proxy = await meddlingProxy();
    const installation = await healthyDevice(`ws-${mode}`, proxy.url);
    await untilFound(installation, 'notifications', { level: 'ok', found: 'by WebSocket' });
    proxy.meddling.upgrade = mode;
    proxy.cut();
    const { code, of } = await untilFound(installation, 'notifications', { level: 'warning', found: expect.stringMatching(found) });
    expect(of('notifications').mend).toContain('let it pass Upgrade');
    expect(code).toBe(0);
    await installation.must(['config', 'set', 'network.websocket', 'false']);
    expect((await examine(installation)).of('notifications')).toMatchObject({ level: 'ok' });
    proxy.meddling.upgrade = 'pass';
    await installation.must(['config', 'set', 'network.websocket', 'true']);
    await untilFound(installation, 'notifications', { level: 'ok', found: 'by WebSocket' });
  });

  it('is not suspected where there is nothing to listen for', async () => {
    const installation = device('no-vault');
    await installation.must(['register', '--server', server.url, '--user', 'no-vault', '--device', 'no-vault']);
    expect((await examine(installation)).of('notifications')).toMatchObject({ level: 'ok', found: 'no vault to listen for yet' });
  });
});

it('says the same to people as to programs', async () => {
  const installation = await healthyDevice('people', server.url, { env: { FSYNC_KEYCHAIN: 'off' } });
  const { stdout, code } = await installation.fsync(['doctor']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ok {7}versions: Node /);
  expect(stdout).toMatch(/^warning {2}keys: .*\n {9}Sign in again/m);
  expect(stdout).toMatch(/\n\n0 problems, 1 warning\.\n$/);
  expect(readFileSync(path.join(installation.home, 'logs', 'daemon.log'), 'utf8')).not.toContain(PASSWORD);
});
