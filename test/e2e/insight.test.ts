/** What is going on: wait, why, events, prompt, verify, doctor and vault delete with the real command line, daemon and server. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../scripts/harness/processes.mjs';
import { isInstalled } from '../support/cli-process.js';
import { openTwoDevices, settle, type Device, type TwoDevices } from '../support/two-devices.js';

describe('what is going on', () => {
  let world: TwoDevices;
  let a: Device;
  let b: Device;
  beforeAll(async () => {
    world = await openTwoDevices();
    ({ a, b } = world);
    writeFileSync(at(a, 'note.md'), 'one\n');
    await settle(world);
  });
  afterAll(() => world.close());

  const at = (device: Device, ...names: string[]): string => path.join(device.root, ...names);
  const run = (device: Device, ...args: string[]) => device.installation.fsync(args, { cwd: device.root });
  const json = (device: Device, ...args: string[]) => device.installation.json(args, { cwd: device.root });

  it('waits until the server has it, and until both are the same', async () => {
    writeFileSync(at(a, 'note.md'), 'two\n');
    expect((await run(a, 'wait', '--until', 'uploaded', '--timeout', '60')).code).toBe(0);
    expect((await run(b, 'wait', '--timeout', '60')).code).toBe(0);
    expect(readFileSync(at(b, 'note.md'), 'utf8')).toBe('two\n');
    expect((await json(b, 'wait', '--timeout', '60')).schema).toBe('fsync/status/1');
  });

  it('waits for a server that is away, exits 8 in the end, and says what for', async () => {
    await world.server.stop();
    writeFileSync(at(a, 'late.md'), 'late\n');
    const { code, stderr } = await run(a, 'wait', '--timeout', '3');
    expect(code).toBe(8);
    expect(stderr).toMatch(/^fsync: not true after 3 s; still waiting until in sync: /);
    const patient = run(a, 'wait', '--timeout', '60');
    await world.server.start();
    expect((await patient).code).toBe(0);
  });

  it('does not wait for a paused vault', async () => {
    await a.installation.must(['pause', a.root]);
    expect((await run(a, 'wait', '--timeout', '5')).code).toBe(1);
    await a.installation.must(['resume', a.root]);
    await settle(world);
  });

  it('says why a path is, or is not, in sync', async () => {
    writeFileSync(at(a, '.fsyncignore'), '*.log\nbuild/\n');
    writeFileSync(at(a, 'x.log'), '');
    mkdirSync(at(a, 'build'));
    writeFileSync(at(a, 'build/out.o'), '');
    await settle(world);
    expect((await run(a, 'why', 'build/out.o')).stdout).toBe('build/out.o: ignored by .fsyncignore:2: build/\n');
    expect((await run(a, 'why', 'build/other.o')).stdout).toBe(
      'build/other.o: nothing is there; it would be ignored by .fsyncignore:2: build/\n',
    );
    expect((await run(a, 'why', 'x.log')).stdout).toMatch(/^x\.log: ignored by \.fsyncignore:1: \*\.log\n/);
    await a.installation.must(['wait', a.root, '--until', 'all-devices', '--timeout', '60']);
    expect((await run(a, 'why', 'note.md')).stdout).toMatch(
      /^note\.md: in sync\n {2}on: laptop, desktop\n {2}2 versions, the newest:\n.*laptop {2}modified\n.*laptop {2}added\n$/,
    );
    expect((await run(a, 'why', 'never.md')).stdout).toBe('never.md: nothing is or was there\n');
    await a.installation.must(['pause', a.root]);
    writeFileSync(at(a, 'note.md'), 'three\n');
    await until('the change is noticed', async () => (await json(a, 'why', 'note.md')).state === 'upload', { timeoutMs: 30_000 });
    expect((await run(a, 'why', 'note.md')).stdout).toMatch(/^note\.md: modified, not uploaded yet\n {2}the vault is paused/);
    await a.installation.must(['resume', a.root]);
    await settle(world);
    expect((await run(a, 'why', '.')).code).toBe(2);
  });

  it('streams what happens, one object a line', async () => {
    const child = spawn(process.execPath, [a.installation.program, 'events', '--follow', a.root], {
      cwd: a.root,
      env: { ...process.env, ...a.installation.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const events: { schema: string; event: string; commit?: { changes: { path: string }[] } }[] = [];
    for await (const line of createInterface(child.stdout)) {
      const event = JSON.parse(line);
      events.push(event);
      if (events.length === 1) writeFileSync(at(b, 'from-b.md'), 'b\n');
      if (event.event === 'commit') child.kill('SIGINT');
    }
    clearTimeout(timer);
    expect(events[0]).toMatchObject({ schema: 'fsync/event/1', event: 'state', vault: { name: 'notes', root: a.root } });
    expect(events.find(({ event }) => event === 'commit')?.commit?.changes).toMatchObject([{ path: 'from-b.md', change: 'added' }]);
    await settle(world);
    expect((await run(a, 'events')).stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it('has a segment for the prompt, with and without Node', async () => {
    mkdirSync(at(a, 'deep'), { recursive: true });
    await settle(world);
    await until('the line says ok', () => readFileSync(at(a, '.fsync', 'prompt'), 'utf8').startsWith('synced 0 0 0 '), {
      timeoutMs: 30_000,
    });
    expect((await run(a, 'prompt')).stdout).toBe('[fsync ok]\n');
    expect((await a.installation.fsync(['prompt'], { cwd: world.base })).stdout).toBe('');
    const script = (await run(a, 'prompt', '--shell')).stdout;
    const shell = (name: string, cwd: string): string =>
      spawnSync(name, ['-c', `${script}\nfsync_prompt`], { cwd, encoding: 'utf8', env: { PATH: '' } }).stdout;
    for (const name of ['/bin/sh', '/bin/bash'].filter((file) => existsSync(file))) {
      expect([name, shell(name, at(a, 'deep')), shell(name, world.base)]).toEqual([name, '[fsync ok]', '']);
    }
    if (isInstalled('shellcheck'))
      expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0 });
    await a.installation.stopDaemon();
    expect([shell('/bin/sh', a.root), (await run(a, 'prompt')).stdout]).toEqual(['[fsync off]', '[fsync off]\n']);
    await a.installation.startDaemon();
  });

  it('hazard 87: hashes every file, and finds chunks that the server lost', async () => {
    const file = at(a, 'photo.raw');
    writeFileSync(file, Buffer.alloc(300_000, 7));
    await settle(world);
    const old = new Date(Date.now() - 86_400_000);
    utimesSync(file, old, old);
    await settle(world);
    expect(await json(a, 'verify', '--server')).toMatchObject({ damaged: [], unreadable: [], server: { missing: [], broken: [] } });
    expect((await run(a, 'verify')).stdout).toMatch(/Whole: \d+ files/);
    const packs = readdirSync(path.join(world.base, 'server'), { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(world.base, 'server', name))
      .filter((name) => !name.includes('.db') && statSync(name).isFile() && statSync(name).size > 200);
    const before = packs.map((name) => [name, readFileSync(name)] as const);
    for (const pack of packs.filter((name) => /pack|blob/.test(name))) truncateSync(pack, 10);
    const broken = await a.installation.fsync(['verify', '--server', '--json'], { cwd: a.root, timeoutMs: 120_000 });
    for (const [name, bytes] of before) writeFileSync(name, bytes);
    expect(broken.code).toBe(9);
    expect(JSON.parse(broken.stdout).server.broken).toContain('photo.raw');
  });

  it('finds nothing wrong here, and a server that is away', async () => {
    const { findings } = await json(a, 'doctor');
    const names = findings.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['versions', 'daemon', 'account', 'keys', 'server', 'clock', 'notifications', 'vault notes']),
    );
    expect(findings.filter(({ level }: { level: string }) => level === 'problem')).toEqual([]);
    await world.server.stop();
    const away = await run(a, 'doctor');
    expect(away.code).toBe(1);
    expect(away.stdout).toMatch(/problem {2}server: http/);
    await world.server.start();
  });

  it('deletes a vault only when its name is typed', async () => {
    expect((await run(a, 'vault', 'delete', 'notes')).code).toBe(2);
    expect((await run(a, 'vault', 'delete', 'notes', '--confirm', 'other')).code).toBe(2);
    expect((await run(a, 'vault', 'delete', 'nothing', '--confirm', 'nothing')).code).toBe(4);
    expect(await json(a, 'vault', 'delete', 'notes', '--confirm', 'notes')).toMatchObject({ deleted: true, name: 'notes', root: a.root });
    expect((await json(a, 'vaults')).vaults).toEqual([]);
    expect(existsSync(at(a, 'note.md'))).toBe(true);
    expect(existsSync(at(a, '.fsync'))).toBe(false);
  });
});
