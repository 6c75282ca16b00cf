/** A daemon that the system refuses watches: it says so, and finds changes there by looking regularly. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endChild, until } from '../../scripts/harness/processes.mjs';
import { arrives, differences, openTwoDevices, settle, type TwoDevices } from '../support/two-devices.js';

const WATCHES = 3;
const DIRECTORIES = 6;
/** A limit of its own, in a user namespace of its own. */
const LIMITED = `echo ${WATCHES} > /proc/sys/user/max_inotify_watches && exec "$@"`;
const canLimit = spawnSync('unshare', ['-Ur', 'sh', '-c', LIMITED, 'sh', 'true']).status === 0;

describe.skipIf(!canLimit)('at the limit of watches', () => {
  let world: TwoDevices;
  let daemon: ChildProcess | undefined;
  beforeEach(async () => {
    world = await openTwoDevices();
  });
  afterEach(async () => {
    if (daemon !== undefined) await endChild(daemon);
    await world.close();
  });

  it('hazard 2: says so in status, and still notices what changes in directories without a watch', async () => {
    const { installation, root } = world.a;
    for (let i = 0; i < DIRECTORIES; i += 1) mkdirSync(path.join(root, `d${i}`));
    await settle(world);
    expect((await installation.json(['status', root])).unwatched).toBeNull();
    await installation.stopDaemon();
    await until('the daemon is gone', async () => (await installation.daemonPid()) === null, { timeoutMs: 10_000 });
    const command = ['-Ur', 'sh', '-c', LIMITED, 'sh', process.execPath, installation.program, 'daemon', 'run'];
    daemon = spawn('unshare', command, { env: { ...process.env, ...installation.environment }, stdio: 'ignore' });
    await until('the daemon runs', async () => (await installation.daemonPid()) !== null, { timeoutMs: 30_000 });
    await until('status says it', async () => (await installation.json(['status', root])).unwatched !== null, { timeoutMs: 30_000 });
    const { unwatched } = await installation.json(['status', root]);
    expect(unwatched.reason).toBe('watch-limit');
    expect(unwatched.directories).toBeGreaterThanOrEqual(DIRECTORIES + 1 - WATCHES);
    expect(await installation.must(['status', root])).toContain('cannot be watched (watch-limit)');
    for (let i = 0; i < DIRECTORIES; i += 1) writeFileSync(path.join(root, `d${i}`, 'f'), `in ${i}\n`);
    for (let i = 0; i < DIRECTORIES; i += 1) await arrives(world.b, `d${i}/f`, `in ${i}\n`, 90_000);
    await settle(world);
    expect(differences(world)).toEqual([]);
  });
});
