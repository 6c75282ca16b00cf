/** `sync --once` between real devices: what CI and cron run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTwoDevices, settle, type TwoDevices } from '../support/two-devices.js';
import type { StatusDocument } from '../../src/core/protocol/ipc.js';

describe('sync --once', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    world = await openTwoDevices();
  });
  afterAll(async () => {
    await world.close();
  });
  const once = (more: readonly string[] = []) => world.b.installation.fsync(['sync', world.b.root, '--once', '--timeout', '60', ...more]);

  it('exchanges both ways without a daemon, and starts none', async () => {
    await world.b.installation.stopDaemon();
    writeFileSync(join(world.a.root, 'from-a.txt'), 'a');
    await world.a.installation.sync(world.a.root);
    writeFileSync(join(world.b.root, 'from-b.txt'), 'b');
    const { code, stdout } = await once(['--json']);
    const status = JSON.parse(stdout) as StatusDocument;
    expect({ code, schema: status.schema, state: status.state }).toEqual({ code: 0, schema: 'fsync/status/1', state: 'synced' });
    expect(readFileSync(join(world.b.root, 'from-a.txt'), 'utf8')).toBe('a');
    expect(await world.b.installation.daemonPid()).toBeNull();
    await world.a.installation.sync(world.a.root);
    expect(readFileSync(join(world.a.root, 'from-b.txt'), 'utf8')).toBe('b');
  });

  it('pushes and pulls without a daemon: each waits for its way only', async () => {
    const { a, b } = world;
    writeFileSync(join(a.root, 'pulled.txt'), 'from a');
    await a.installation.sync(a.root);
    const once = (command: string) => b.installation.fsync([command, b.root, '--once', '--timeout', '60', '--json']);
    expect((await once('pull')).code).toBe(0);
    expect(readFileSync(join(b.root, 'pulled.txt'), 'utf8')).toBe('from a');
    writeFileSync(join(b.root, 'pushed.txt'), 'from b');
    expect((await once('push')).code).toBe(0);
    await a.installation.sync(a.root);
    expect(readFileSync(join(a.root, 'pushed.txt'), 'utf8')).toBe('from b');
    expect(await b.installation.daemonPid()).toBeNull();
  });

  it('leaves the work to a daemon that runs', async () => {
    await world.b.installation.startDaemon();
    const pid = await world.b.installation.daemonPid();
    writeFileSync(join(world.b.root, 'more.txt'), 'more');
    expect((await once()).code).toBe(0);
    expect(await world.b.installation.daemonPid()).toBe(pid);
    await settle(world);
    expect(readFileSync(join(world.a.root, 'more.txt'), 'utf8')).toBe('more');
  });

  it('ends with 1 for a paused vault and says how to go on', async () => {
    await world.b.installation.must(['pause', world.b.root]);
    await world.b.installation.stopDaemon();
    const { code, stdout, stderr } = await once(['--json']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/paused\n.*fsync resume/);
    await world.b.installation.must(['resume', world.b.root]);
  });

  it('ends with 7 or 8 when the server is gone', async () => {
    await world.b.installation.stopDaemon();
    await world.server.stop();
    writeFileSync(join(world.b.root, 'later.txt'), 'later');
    const { code, stderr } = await world.b.installation.fsync(['sync', world.b.root, '--once', '--timeout', '2']);
    expect([7, 8]).toContain(code);
    expect(stderr).toMatch(/^fsync: .+\n.+\n/);
    await world.server.start();
  });
});
