/** How commands fail: one clear line, what to do, the exit code of the contract, nothing on stdout. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ERROR_TABLE, FsyncError, type ErrorCode } from '../../src/core/base/errors.js';
import { attachedFolder, fsync, requireBuild } from '../support/cli-process.js';
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.js';
import { sampleStatus } from '../support/sample-documents.js';
import { tempFolder } from '../support/temp-folder.js';

describe('failures', () => {
  let daemon: FakeDaemon;
  let root: string;
  beforeAll(requireBuild);
  beforeEach(async () => {
    const base = tempFolder();
    daemon = await openFakeDaemon(onTestFinished, { home: join(base, 'home') });
    root = attachedFolder(join(base, 'notes'));
  });

  const cli = (args: readonly string[], more: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}) =>
    fsync(args, { home: daemon.home, cwd: root, ...more });

  const SOME_CODES: readonly ErrorCode[] = [
    'not_found',
    'not_signed_in',
    'server_unreachable',
    'timed_out',
    'integrity',
    'guarded',
    'disk_full',
    'internal',
  ];

  it.each(SOME_CODES)('turns the code %s of the daemon into its exit code, with the hint on the next line', async (code) => {
    daemon.answer('vault.list', () => {
      throw new FsyncError(code, 'it went wrong', { hints: ['do this about it'] });
    });
    expect(await cli(['vaults', '--json'])).toEqual({
      code: ERROR_TABLE[code].exit,
      stdout: '',
      stderr: 'fsync: it went wrong\ndo this about it\n',
    });
  });

  it('has a hint of its own when the error brings none', async () => {
    daemon.answer('vault.list', () => {
      throw new FsyncError('session_expired', 'the session is over');
    });
    expect((await cli(['vaults'])).stderr).toBe('fsync: the session is over\nSign in again: fsync login\n');
  });

  it('shows where an error comes from with --debug only', async () => {
    const plain = await cli(['vaults']);
    const debug = await cli(['vaults', '--debug']);
    expect({ code: plain.code, hasStack: /\n\s+at /.test(plain.stderr) }).toEqual({ code: 4, hasStack: false });
    expect(debug.stderr).toMatch(/\n\s+at /);
  });

  it.each([
    [['statsu'], "unknown command 'statsu'", 'Did you mean status?'],
    [['status', '--shrot'], "unknown option '--shrot'", 'Did you mean --short?'],
    [['daemon', 'strat'], "unknown command 'strat'", 'Did you mean start?'],
    [['clone'], "missing required argument 'VAULT'", 'fsync clone --help'],
    [['vaults', 'extra'], 'too many arguments', 'fsync vaults --help'],
    [['completion', 'csh'], 'csh', 'fsync completion --help'],
    [['status', '--color', 'pink'], 'pink', 'fsync status --help'],
    [['log', '-n', 'many'], '--number', ''],
    [['log', '--since', 'whenever'], 'not a time', '2026-11-22'],
    [['sync', '--timeout', 'soon'], '--timeout', '90s'],
    [['config', 'get', 'watch.engin'], 'unknown setting', 'watch.engine'],
    [['config', 'set', 'watch.engine', 'mine'], 'watch.engine', ''],
    [['resolve', '--ours', '--theirs'], '--ours and --theirs', ''],
    [['ignore', ''], 'not a pattern', ''],
    [['-C', '/no/such/dir', 'status'], '/no/such/dir', ''],
  ])('refuses %j with 2 and says what would be right', async (args, what, hint) => {
    const { code, stdout, stderr } = await cli(args);
    const [first = '', second = ''] = stderr.split('\n');
    expect({ code, stdout, first, second }).toEqual({
      code: 2,
      stdout: '',
      first: expect.stringContaining(what) as string,
      second: expect.stringContaining(hint) as string,
    });
    expect(first).toMatch(/^fsync: /);
    expect(second).not.toBe('');
  });

  it.each([
    [['register', '--user', 'ada'], /--server URL or FSYNC_SERVER/],
    [['login', '--server', 'https://x.example'], /--user NAME or FSYNC_USER/],
    [['login', '--server', 'https://x.example', '--user', 'ada'], /FSYNC_PASSWORD or --password-stdin/],
    [['login', '--server', 'https://x.example', '--user', 'ada', '--password-stdin'], /no password/],
  ])('does not ask without a terminal: %j exits with 2 and names what would have answered', async (args, expected) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(daemon.calls).toEqual([]);
  });

  it.each(['ftp://x.example', 'x.example', 'http://192.0.2.1:8000', 'https://ada:pw@x.example', 'https://x.example/?q'])(
    'refuses the server address %s before anything is sent',
    async (server) => {
      const { code, stderr } = await cli(['login', '--server', server, '--user', 'ada'], { env: { FSYNC_PASSWORD: 'secret' } });
      expect({ code, calls: daemon.calls, secret: stderr.includes('secret') }).toEqual({ code: 2, calls: [], secret: false });
      expect(stderr).toContain('https://');
    },
  );

  it('says what is wrong with a home that cannot be one', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    const homes = [file, join(file, 'x'), ...(process.platform === 'linux' ? ['/proc/fsync'] : [])];
    for (const home of homes) {
      for (const args of [
        ['config', 'set', 'watch.engine', 'polling'],
        ['config', 'list'],
        ['daemon', 'start'],
      ]) {
        const { code, stderr } = await fsync(args, { home, cwd: root });
        expect({ home, args, code, stderr }).toEqual({
          ...{ home, args, code: args[0] === 'daemon' ? 5 : 1 },
          stderr: expect.stringMatching(/^fsync: .*(cannot be used|cannot be written to|is not a directory).*\n.+\n$/) as string,
        });
      }
    }
  });

  it('asks for a way to settle conflicts when there is no terminal, and for nothing when there are none', async () => {
    daemon.answer('vault.status', () => sampleStatus(root));
    expect(await cli(['resolve'])).toEqual({ code: 0, stdout: 'No conflicts.\n', stderr: '' });
    const conflict = { path: 'a', copy: 'b', winner: 'c', loser: 'd', at: '2026-11-22T14:02:11.120Z', binary: false };
    daemon.answer('vault.status', () => sampleStatus(root, { state: 'conflicts', conflicts: [conflict] }));
    const { code, stderr } = await cli(['resolve']);
    expect(code).toBe(2);
    expect(stderr).toContain('--ours, --theirs, --both, --merge');
  });

  it('exits with 4 outside of a vault and makes no call', async () => {
    for (const command of ['status', 'log', 'push', 'pull', 'sync', 'resolve', 'detach']) {
      const { code, stdout, stderr } = await cli([command], { cwd: daemon.home });
      expect({ command, code, stdout }).toEqual({ command, code: 4, stdout: '' });
      expect(stderr).toMatch(/is not inside a vault\n.*fsync init.*fsync clone/);
    }
    expect(daemon.calls).toEqual([]);
  });

  it('prints how it stands when the time is over, and exits with 8', async () => {
    daemon.answer('vault.sync', () => {
      throw new FsyncError('timed_out', 'not in sync after 1 s');
    });
    daemon.answer('vault.status', () => sampleStatus(root, { state: 'syncing' }));
    const { code, stdout, stderr } = await cli(['sync', '--timeout', '1', '--json']);
    expect({ code, state: (JSON.parse(stdout) as { state: string }).state }).toEqual({ code: 8, state: 'syncing' });
    expect(stderr).toMatch(/^fsync: not in sync after 1 s\n/);
  });

  it.each([
    ['guarded', 10],
    ['offline', 7],
    ['paused', 1],
    ['error', 1],
  ] as const)('does not call the state %s a success: sync exits with %i', async (state, expected) => {
    daemon.answer('vault.sync', () => sampleStatus(root, { state }));
    const { code, stderr } = await cli(['sync']);
    expect(code).toBe(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('leaves no empty folder behind when a clone fails, and nothing of a folder that was there', async () => {
    const there = join(daemon.home, 'there');
    mkdirSync(there);
    writeFileSync(join(there, 'file'), '');
    expect((await cli(['clone', 'nope', join(daemon.home, 'new')])).code).toBe(4);
    expect((await cli(['clone', 'nope', there])).code).toBe(4);
    expect({ made: existsSync(join(daemon.home, 'new')), there: existsSync(join(there, 'file')) }).toEqual({ made: false, there: true });
  });

  it('refuses a file where a folder is meant', async () => {
    const file = join(daemon.home, 'file');
    writeFileSync(file, '');
    expect((await cli(['init', file])).code).toBe(2);
    expect((await cli(['clone', 'v', join(file, 'inner')])).code).toBe(2);
  });

  it.each([
    ['not JSON at all\n', 'not understood'],
    ['{"result":{"schema":"fsync/vaults/2"}}\n', 'fsync/vaults/1'],
    ['{"result":{"schema":"fsync/vaults/1","vaults":[{"id":1}]}}\n', 'vaults[].id'],
    ['{"event":{"kind":"phase","text":"x"}}\n', 'without an answer'],
    ['', 'without an answer'],
  ])('does not believe a reply that is not as documented: %j', async (text, what) => {
    daemon.answerRaw('vault.list', text);
    const { code, stdout, stderr } = await cli(['vaults']);
    expect({ code: [1, 5].includes(code), stdout }).toEqual({ code: true, stdout: '' });
    expect(stderr).toContain(what);
    expect(stderr).toContain('fsync daemon');
  });

  it('spells out control characters in names, messages and JSON', async () => {
    const name = 'a\u001b[31m\nb\u202ec\u007f.txt';
    daemon.answer('vault.status', () => sampleStatus(root, { unsyncable: [{ path: name, reason: 'x\u0007' }] }));
    const text = await cli(['status', '--color', 'always']);
    expect(text.stdout).toContain('a\\x1b[31m\\nb\\u202ec\\x7f.txt');
    const json = await cli(['status', '--json']);
    expect(json.stdout).toMatch(/^[ -~]*\n$/);
    expect((JSON.parse(json.stdout) as { unsyncable: { path: string }[] }).unsyncable[0]?.path).toBe(name);
    daemon.answer('vault.list', () => {
      throw new FsyncError('internal', name);
    });
    expect((await cli(['vaults'])).stderr).toMatch(/^fsync: a\\x1b\[31m\\nb/);
  });

  it('says that the daemon is not running, and does not start it, for daemon status and stop', async () => {
    await daemon.close();
    rmSync(daemon.socket, { force: true });
    expect(await cli(['daemon', 'status', '--json'])).toMatchObject({ code: 5, stdout: '' });
    expect(await cli(['daemon', 'stop', '--json'])).toMatchObject({
      code: 0,
      stdout: '{"schema":"fsync/daemon-stop/1","stopped":false}\n',
    });
    expect(existsSync(daemon.socket)).toBe(false);
  });
});
