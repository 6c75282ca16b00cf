/** A job that has nothing but a token: real command line, daemons and server. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { projectRoot, run, until } from '../../scripts/harness/processes.mjs';
import { parseToken } from '../../src/core/account/token-secret.js';
import { decodeTokenText } from '../../src/core/account/token-text.js';
import { toBase64Url, toHex } from '../../src/core/base/bytes.js';
import { everyByteOf, findSecrets, type Haystack } from '../support/canary.js';
import { arrives, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

/** The shell lines of a recipe: those of `run: |`, or the entries of `script:` and `after_script:`. */
function recipeOf(yaml: string): readonly string[] {
  const block = /\n( +)run: \|\n(.*)/s.exec(yaml)?.[2]?.trim().split('\n');
  const lines = block ?? yaml.split('\n').filter((line) => /^ +- /.test(line));
  return lines.map((line) => line.trim().replace(/^- /, ''));
}

describe('tokens', () => {
  let world: TwoDevices;
  /** Every token that was made, for the search at the end. */
  const made: string[] = [];
  const jobs: Installation[] = [];
  beforeAll(async () => {
    world = await openTwoDevices({ record: true, names: { vault: 'assets', a: 'laptop', b: 'desktop' } });
    const other = path.join(world.base, 'private');
    mkdirSync(other);
    writeFileSync(path.join(other, 'diary.md'), 'not for jobs\n');
    await world.a.installation.must(['init', other, '--name', 'private']);
    writeFileSync(path.join(world.a.root, 'logo.svg'), '<svg/>\n');
    writeFileSync(path.join(world.a.root, 'large.bin'), Buffer.alloc(300_000, 'x'));
    await settle(world);
  });
  afterAll(async () => {
    for (const job of jobs) await job.dispose();
    await world.close();
  });

  const create = async (...args: string[]): Promise<string> => {
    const token = (await world.a.installation.must(['token', 'create', ...args])).trim();
    made.push(token);
    return token;
  };
  /** A machine that was never here before, without password and keychain. */
  const newJob = (token: string, env: NodeJS.ProcessEnv = {}): Installation => {
    const name = `job-${String(jobs.length + 1)}`;
    const given = { FSYNC_TOKEN: token, FSYNC_SERVER: world.a.proxy.url, FSYNC_KEYCHAIN: 'off', ...env };
    const job = createInstallation({ name, home: path.join(world.base, name), password: '', env: given });
    jobs.push(job);
    return job;
  };
  const folderOf = (job: Installation): string => path.join(world.base, `work-${job.name}`);
  const answer = async (job: Installation, ...args: string[]) => {
    const { code, stderr } = await job.fsync(args);
    return { code, says: stderr.split('\n')[0] };
  };
  const headOf = async (): Promise<number> => (await world.a.installation.json(['sync', world.a.root])).head.commit;

  it('are printed alone, once, with what they are told on stderr', async () => {
    const { code, stdout, stderr } = await world.a.installation.fsync(['token', 'create', 'shown', '--vault', 'assets', '--expires', '2w']);
    made.push(stdout.trim());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^fst1_[A-Za-z0-9_-]{72}\n$/)]);
    expect(stderr).toMatch(/^Made the token shown: read assets, until \d{4}-\d\d-\d\d\.\nIt is shown only now\./);
    const document = await world.a.installation.json(['token', 'create', '--vault', 'assets', '--vault', 'private', '--write']);
    made.push(document.token);
    expect(document).toMatchObject({ schema: 'fsync/token-create/1', name: 'token-1', access: 'write' });
    expect(document.vaults.map((one: { name: string }) => one.name).sort()).toEqual(['assets', 'private']);
    const { tokens } = await world.b.installation.json(['token', 'list']);
    expect(tokens).toMatchObject([
      { name: 'shown', access: 'read', lastUsedAt: null, expired: false },
      { name: 'token-1', access: 'write' },
    ]);
    expect(await world.b.installation.must(['token', 'list'])).toMatch(
      /^NAME +ID +MAY +VAULTS +LAST USED +UNTIL\nshown +[0-9a-f]{12} +read +assets +never /,
    );
  });

  it('are asked for with care', async () => {
    const { installation } = world.a;
    expect(await answer(installation, 'token', 'create', 'x')).toEqual({ code: 2, says: 'fsync: which vaults may the token reach?' });
    expect((await answer(installation, 'token', 'create', 'x', '--vault', 'nowhere')).code).toBe(4);
    expect((await answer(installation, 'token', 'create', 'x', '--vault', 'assets', '--expires', '366d')).code).toBe(2);
    expect((await answer(installation, 'token', 'create', 'x', '--vault', 'assets', '--expires', '0d')).code).toBe(2);
    expect((await answer(installation, 'token', 'create', 'x'.repeat(64), '--vault', 'assets')).code).toBe(2);
    expect((await answer(installation, 'token', 'create', 'shown', '--vault', 'assets')).code).toBe(1);
    expect(await answer(installation, 'token', 'revoke', 'nothing')).toEqual({ code: 4, says: 'fsync: no token is called "nothing"' });
  });

  it('let a job read its vault and nothing else', async () => {
    const job = newJob(await create('reader', '--vault', 'assets'));
    const folder = folderOf(job);
    await job.must(['clone', 'assets', folder]);
    expect(readFileSync(path.join(folder, 'logo.svg'), 'utf8')).toBe('<svg/>\n');
    expect((await job.json(['status', folder])).state).toBe('synced');
    expect((await job.json(['ls', folder])).entries.map((one: { path: string }) => one.path).sort()).toEqual(['large.bin', 'logo.svg']);
    await job.must(['verify', folder, '--server']);
    await job.must(['pull', folder]);

    expect((await job.json(['vaults'])).vaults).toMatchObject([{ name: 'assets', role: 'reader' }]);
    expect((await answer(job, 'clone', 'private', path.join(world.base, 'no'))).code).toBe(4);
    expect(existsSync(path.join(world.base, 'no'))).toBe(false);

    const who = await job.json(['whoami']);
    expect(who).toMatchObject({ user: 'ada', keyStore: 'token', device: { name: 'reader' } });
    expect(who.token).toMatchObject({ access: 'read', vaults: [{ name: 'assets' }] });
    expect(Date.parse(who.token.expiresAt) - Date.now()).toBeGreaterThan(89 * 86_400_000);
    expect(await job.must(['whoami'])).toMatch(/^ada on .*\nToken: {4}reader \([0-9a-f]{32}\)\nMay: {6}read assets\nUntil: /);
    expect(
      (await world.a.installation.json(['token', 'list'])).tokens.find((one: { name: string }) => one.name === 'reader').lastUsedAt,
    ).not.toBeNull();
  });

  it('that may only read push nothing', async () => {
    const job = newJob(await create('no-push', '--vault', 'assets'));
    const folder = folderOf(job);
    await job.must(['clone', 'assets', folder]);
    const before = await headOf();
    writeFileSync(path.join(folder, 'smuggled.md'), 'not wanted\n');
    expect(await answer(job, 'push', folder)).toEqual({ code: 6, says: 'fsync: this token may only read assets' });
    expect(await answer(job, 'sync', folder)).toMatchObject({ code: 6, says: expect.stringContaining('was not sent') });
    writeFileSync(path.join(world.a.root, 'newer.md'), 'wanted\n');
    const pushed = (await world.a.installation.json(['push', world.a.root])).head.commit;
    await job.must(['pull', folder]);
    expect(readFileSync(path.join(folder, 'newer.md'), 'utf8')).toBe('wanted\n');
    expect([pushed, await headOf()]).toEqual([before + 1, before + 1]);
    expect(treeOf(world.a).has('smuggled.md')).toBe(false);
  });

  it('with --write build and push, live and without a daemon, under their own name', async () => {
    const job = newJob(await create('builder', '--vault', 'assets', '--write', '--expires', '1h'));
    const folder = folderOf(job);
    await job.must(['clone', 'assets', folder]);
    mkdirSync(path.join(folder, 'dist'));
    writeFileSync(path.join(folder, 'dist', 'site.html'), '<h1>built</h1>\n');
    writeFileSync(path.join(folder, 'dist', 'bundle.bin'), Buffer.alloc(200_000, 'y'));
    await job.must(['push', folder]);
    await arrives(world.b, 'dist/site.html', '<h1>built</h1>\n');
    await job.stopDaemon();
    writeFileSync(path.join(folder, 'dist', 'site.html'), '<h1>again</h1>\n');
    await job.must(['sync', folder, '--once']);
    await arrives(world.b, 'dist/site.html', '<h1>again</h1>\n');
    const [entry] = (await world.a.installation.json(['log', world.a.root])).entries;
    expect(entry).toMatchObject({ device: { name: 'builder' }, author: { user: 'ada' } });
  });

  it('make the recipes of the guide work', async () => {
    const page = readFileSync(path.join(projectRoot, 'docs', 'guide', 'scripts.md'), 'utf8');
    const recipes = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => recipeOf(yaml));
    expect(recipes.map((lines) => lines.length)).toEqual([4, 4]);
    for (const lines of recipes) {
      const job = newJob(await create(`recipe-${String(jobs.length)}`, '--vault', 'assets', '--write'));
      const folder = folderOf(job);
      mkdirSync(folder);
      writeFileSync(path.join(folder, 'build.sh'), '#!/bin/sh\ncp "$1/logo.svg" "$1/built-by-$JOB.svg"\n', { mode: 0o755 });
      writeFileSync(path.join(folder, 'fsync'), `#!/bin/sh\nexec '${process.execPath}' '${job.program}' "$@"\n`, { mode: 0o755 });
      const env = { ...job.environment, JOB: job.name, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
      const { code, stderr } = await run('sh', ['-e', '-c', lines.join('\n')], { cwd: folder, env, timeoutMs: 90_000 });
      expect([code, stderr]).toEqual([0, '']);
      await arrives(world.b, `built-by-${job.name}.svg`, '<svg/>\n');
      expect(await job.daemonPid()).toBeNull();
    }
  });

  it('are used by many jobs at once', async () => {
    const token = await create('matrix', '--vault', 'assets', '--write');
    const all = [newJob(token), newJob(token), newJob(token)];
    await Promise.all(all.map((job) => job.must(['clone', 'assets', folderOf(job)])));
    await Promise.all(
      all.map(async (job) => {
        writeFileSync(path.join(folderOf(job), `${job.name}.log`), `by ${job.name}\n`);
        await job.must(['push', folderOf(job), '--timeout', '60']);
      }),
    );
    for (const { name } of all) await arrives(world.b, `${name}.log`, `by ${name}\n`);
    for (const job of all) await job.must(['sync', folderOf(job), '--timeout', '60']);
    expect(readFileSync(path.join(folderOf(all[0] ?? newJob(token)), `${all[2]?.name ?? ''}.log`), 'utf8')).toContain('by job-');
  });

  it('do nothing that is for devices', async () => {
    const job = newJob(await create('limits', '--vault', 'assets', '--write'));
    const refused = { code: 6, says: 'fsync: a token may not do this' };
    const folder = path.join(world.base, 'made-by-a-token');
    expect(await answer(job, 'init', folder)).toEqual(refused);
    expect(existsSync(folder)).toBe(false);
    expect(await answer(job, 'vault', 'delete', 'assets', '--confirm', 'assets')).toEqual(refused);
    expect(await answer(job, 'device', 'list')).toEqual(refused);
    expect(await answer(job, 'device', 'revoke', 'laptop', '--yes')).toEqual(refused);
    expect(await answer(job, 'token', 'list')).toEqual(refused);
    expect(await answer(job, 'token', 'create', 'more', '--vault', 'assets')).toEqual(refused);
    expect(await answer(job, 'token', 'revoke', 'limits')).toEqual(refused);
    expect(await answer(job, 'logout')).toEqual(refused);
    const signIn = { env: { FSYNC_PASSWORD: world.password, FSYNC_USER: 'ada' } };
    expect((await job.fsync(['login'], signIn)).code).toBe(6);
  });

  it('say at once what is wrong with them', async () => {
    const token = await create('typed', '--vault', 'assets');
    const wrong = newJob(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`);
    expect(await answer(wrong, 'vaults')).toEqual({ code: 2, says: expect.stringMatching(/^fsync: the token is not whole/) });
    expect(await wrong.daemonPid()).toBeNull();
    expect(existsSync(path.join(wrong.home, 'logs'))).toBe(false);
    const nowhere = newJob(token, { FSYNC_SERVER: '' });
    expect(await answer(nowhere, 'vaults')).toEqual({ code: 2, says: 'fsync: FSYNC_TOKEN needs to know the server' });
    const device = await world.b.installation.fsync(['vaults'], { env: { FSYNC_TOKEN: token, FSYNC_SERVER: world.a.proxy.url } });
    expect([device.code, device.stderr.split('\n')[0]]).toEqual([
      2,
      'fsync: the daemon that runs here does not work for the token in FSYNC_TOKEN',
    ]);
    await world.b.installation.stopDaemon();
    const signedIn = await world.b.installation.fsync(['vaults'], { env: { FSYNC_TOKEN: token, FSYNC_SERVER: world.a.proxy.url } });
    expect([signedIn.code, signedIn.stderr.split('\n')[0]]).toEqual([2, 'fsync: FSYNC_TOKEN is set, but this home is signed in as ada']);
    await world.b.installation.stopDaemon();
    await world.b.installation.must(['sync', world.b.root, '--timeout', '60']);
  });

  it('work for a daemon that starts without the server, and goes on when that is back', async () => {
    const job = newJob(await create('offline', '--vault', 'assets', '--write'), { FSYNC_SERVER: world.b.proxy.url });
    onTestFinished(() => world.b.proxy.setMode('pass'));
    world.b.proxy.setMode('refuse');
    expect((await answer(job, 'clone', 'assets', folderOf(job))).code).toBe(7);
    world.b.proxy.setMode('pass');
    await job.must(['clone', 'assets', folderOf(job)]);
    await job.stopDaemon();
    world.b.proxy.setMode('refuse');
    expect((await job.json(['whoami'])).token.access).toBe('write');
    writeFileSync(path.join(folderOf(job), 'written-offline.md'), 'later\n');
    expect((await job.json(['status', folderOf(job)])).vault.name).toBe('assets');
    world.b.proxy.setMode('pass');
    await job.must(['push', folderOf(job), '--timeout', '60']);
    await arrives(world.a, 'written-offline.md', 'later\n');
  });

  it('that are revoked are refused within seconds, by a daemon that runs as well', async () => {
    const token = await create('doomed', '--vault', 'assets', '--write');
    const [job, idle] = [newJob(token), newJob(token)];
    const folder = folderOf(job);
    await job.must(['clone', 'assets', folder]);
    await world.b.installation.must(['token', 'revoke', 'doomed']);
    writeFileSync(path.join(folder, 'too-late.md'), 'no\n');
    const refused = { code: 6, says: 'fsync: the token is not known here, was revoked or has expired' };
    expect(await answer(job, 'sync', folder, '--timeout', '30')).toEqual(refused);
    expect(await answer(job, 'push', folder, '--timeout', '30')).toEqual(refused);
    await until('the running daemon says so by itself', async () => (await job.json(['status', folder])).state === 'error', {
      timeoutMs: 10_000,
    });
    expect(await answer(idle, 'clone', 'assets', folderOf(idle))).toEqual(refused);
    await settle(world);
    expect(treeOf(world.a).has('too-late.md')).toBe(false);
    expect(await world.a.installation.must(['token', 'list'])).not.toContain('doomed');
  });

  it('are replaced in a home that stays: the folder goes on with the next one', async () => {
    const old = newJob(await create('old', '--vault', 'assets', '--write'));
    const folder = folderOf(old);
    await old.must(['clone', 'assets', folder]);
    await old.stopDaemon();
    await world.a.installation.must(['token', 'revoke', 'old']);
    const next = createInstallation({
      name: 'next',
      home: old.home,
      password: '',
      env: { ...old.environment, FSYNC_TOKEN: await create('next', '--vault', 'assets', '--write') },
    });
    onTestFinished(() => next.dispose());
    writeFileSync(path.join(folder, 'by-the-next.md'), 'on and on\n');
    await next.must(['push', folder, '--timeout', '60']);
    await arrives(world.a, 'by-the-next.md', 'on and on\n');
  });

  it('are nowhere: in no file of a job, no file and no log of the server, no argument, no byte of the traffic', async () => {
    for (const job of jobs) await job.dispose();
    const running = newJob(await create('looked-for', '--vault', 'assets'));
    await running.must(['clone', 'assets', folderOf(running)]);
    const pid = String(await running.daemonPid());
    const argv: Haystack = { name: 'argv', bytes: readFileSync(`/proc/${pid}/cmdline`) };
    await running.stopDaemon();
    expect(made.length).toBeGreaterThan(10);
    const seeds = made.map((text) => decodeTokenText(text).secret);
    const inTraffic = [...made, ...made.map((text) => text.slice(5)), ...seeds.flatMap((seed) => [toHex(seed), toBase64Url(seed)])];
    const shown = made.map((text) => parseToken(text).apiSecret);
    const anywhere = [...inTraffic, ...shown.flatMap((secret) => [toHex(secret), toBase64Url(secret)])];
    const raw = [...seeds, ...shown].map((bytes) => Buffer.from(bytes));
    const homes = [...jobs, world.a.installation, world.b.installation].flatMap(({ home }) =>
      existsSync(home) ? [...everyByteOf(home)] : [],
    );
    const folders = jobs.flatMap((job) => (existsSync(folderOf(job)) ? [...everyByteOf(folderOf(job))] : []));
    const server = [...everyByteOf(world.server.dataDir), { name: 'server.log', bytes: readFileSync(world.server.logFile) }];
    const files = [argv, ...homes, ...folders, ...server];
    expect(files.length).toBeGreaterThan(100);
    expect(findSecrets(anywhere, files)).toEqual([]);
    expect(files.filter(({ bytes }) => raw.some((needle) => bytes.includes(needle))).map(({ name }) => name)).toEqual([]);
    const streams = [world.a, world.b].flatMap(({ proxy }) =>
      proxy.streams().map((bytes, index) => ({ name: `stream ${String(index)}`, bytes })),
    );
    expect(streams.some(({ bytes }) => bytes.includes('/auth/token'))).toBe(true);
    expect(findSecrets(inTraffic, streams)).toEqual([]);
    rmSync(folderOf(running), { recursive: true });
  });
});
