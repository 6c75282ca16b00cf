/** Every command against a daemon that answers with full documents: what is printed, for people and as JSON. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { firstMismatch } from '../../src/cli/client/document-check.js';
import { IPC_VERSION } from '../../src/core/protocol/ipc-version.js';
import { JSON_SHAPES, type SchemaName } from '../../src/cli/table/json-shapes.js';
import { attachedFolder, fsync, requireBuild } from '../support/cli-process.js';
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.js';
import {
  fullStatus,
  sampleAccount,
  sampleDaemonStatus,
  sampleGuard,
  sampleList,
  sampleLog,
  sampleRegister,
  sampleResolve,
  sampleRestore,
  sampleStatus,
  sampleLookup,
  sampleMembers,
  sampleShare,
  sampleUndo,
  sampleUnshare,
  sampleVaults,
  sampleVerify,
  sampleVersion,
  sampleWhy,
} from '../support/sample-documents.js';
import { tempFolder } from '../support/temp-folder.js';

const SIGN_IN = ['--server', 'https://sync.example.org/', '--user', 'ada', '--device', 'laptop'];

describe('documents', () => {
  let daemon: FakeDaemon;
  let root: string;
  beforeAll(requireBuild);
  beforeEach(async () => {
    const base = tempFolder();
    daemon = await openFakeDaemon(onTestFinished, { home: join(base, 'home') });
    root = attachedFolder(join(base, 'notes'));
    daemon.answer('daemon.status', () => sampleDaemonStatus(daemon.socket));
    daemon.answer('vault.status', () => fullStatus(root));
    daemon.answer('vault.sync', () => sampleStatus(root));
    daemon.answer('vault.init', () => sampleStatus(root));
    daemon.answer('vault.clone', () => sampleStatus(root));
    daemon.answer('vault.list', () => sampleVaults);
    daemon.answer('account.lookup', () => sampleLookup);
    daemon.answer('vault.members', () => sampleMembers);
    daemon.answer('vault.share', () => sampleShare);
    daemon.answer('vault.unshare', () => sampleUnshare);
    daemon.answer('vault.log', () => sampleLog);
    daemon.answer('vault.resolve', () => sampleResolve);
    daemon.answer('guard.show', () => ({ ...sampleGuard, guard: null }));
    daemon.answer('guard.decide', ({ decision }) => ({ ...sampleGuard, decision }));
    daemon.answer('vault.ls', () => sampleList);
    daemon.answer('vault.show', () => sampleVersion);
    daemon.answer('vault.diff', () => ({ commit: 3, changes: [{ path: 'dir', change: 'deleted', size: null }] }));
    daemon.answer('vault.restore', () => sampleRestore);
    daemon.answer('vault.undo', () => sampleUndo);
    daemon.answer('vault.why', () => sampleWhy);
    daemon.answer('vault.verify', () => sampleVerify);
    daemon.answer('vault.delete', () => ({ deleted: true, id: 'a'.repeat(64), name: 'notes', root: null }));
    daemon.answer('daemon.diagnose', () => ({ findings: [{ name: 'clock', level: 'warning', found: 'off', mend: 'set it' }] }));
    daemon.answer('vault.pause', () => ({ roots: [root] }));
    daemon.answer('vault.resume', () => ({ roots: [root] }));
    daemon.answer('vault.detach', () => ({ detached: true, name: 'notes' }));
    daemon.answer('account.register', () => sampleRegister);
    daemon.answer('account.login', () => sampleAccount);
    daemon.answer('account.whoami', () => sampleAccount);
    daemon.answer('account.logout', () => ({ loggedOut: true }));
    daemon.answer('config.reload', () => ({ reloaded: true }));
  });

  const cli = (args: readonly string[], more: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}) =>
    fsync(args, { home: daemon.home, cwd: root, ...more });

  it.each<[SchemaName, readonly string[]]>([
    ['fsync/register/1', ['register', ...SIGN_IN]],
    ['fsync/whoami/1', ['login', ...SIGN_IN]],
    ['fsync/whoami/1', ['whoami']],
    ['fsync/logout/1', ['logout']],
    ['fsync/status/1', ['init', '--name', 'other']],
    ['fsync/status/1', ['clone', 'photos']],
    ['fsync/vaults/1', ['vaults']],
    ['fsync/members/1', ['members']],
    ['fsync/share/1', ['share', 'grace', '--role', 'writer']],
    ['fsync/unshare/1', ['unshare', 'grace']],
    ['fsync/detach/1', ['detach']],
    ['fsync/ignore/1', ['ignore', '*.log']],
    ['fsync/check-ignore/1', ['check-ignore', '.fsync/state.db', 'a.txt']],
    ['fsync/status/1', ['status']],
    ['fsync/log/1', ['log']],
    ['fsync/ls/1', ['ls']],
    ['fsync/show/1', ['show', 'a.txt@3']],
    ['fsync/diff/1', ['diff']],
    ['fsync/restore/1', ['restore', 'a.txt', '--at', '2h']],
    ['fsync/undo/1', ['undo']],
    ['fsync/status/1', ['wait', '--timeout', '5m']],
    ['fsync/why/1', ['why', 'a.txt']],
    ['fsync/prompt/1', ['prompt']],
    ['fsync/verify/1', ['verify', '--server']],
    ['fsync/doctor/1', ['doctor']],
    ['fsync/vault-delete/1', ['vault', 'delete', 'notes', '--confirm', 'notes']],
    ['fsync/status/1', ['push']],
    ['fsync/status/1', ['pull']],
    ['fsync/status/1', ['sync', '--timeout', '5m']],
    ['fsync/guard/1', ['guard', 'show']],
    ['fsync/guard/1', ['guard', 'approve', '--id', '3f9a11c02b7e']],
    ['fsync/guard/1', ['guard', 'reject', '.']],
    ['fsync/pause/1', ['pause']],
    ['fsync/resume/1', ['resume', '.']],
    ['fsync/config/1', ['config', 'list']],
    ['fsync/config/1', ['config', 'get', 'watch.engine']],
    ['fsync/config/1', ['config', 'set', 'scan.interval', '5m']],
    ['fsync/config/1', ['config', 'unset', 'scan.interval']],
    ['fsync/daemon-status/1', ['daemon', 'status']],
    ['fsync/daemon-status/1', ['daemon', 'start']],
    ['fsync/daemon-stop/1', ['daemon', 'stop']],
  ])('prints one %s and nothing else for %j', async (schema, args) => {
    const { code, stdout } = await cli([...args, '--json'], { env: { FSYNC_PASSWORD: 'secret' } });
    const document: unknown = JSON.parse(stdout);
    expect({ code, lines: stdout.trimEnd().split('\n').length, document }).toMatchObject({ code: 0, lines: 1, document: { schema } });
    expect(firstMismatch(JSON_SHAPES[schema], document)).toBeNull();
  });

  it('shows what a guard holds back, with a sample and both decisions', async () => {
    daemon.answer('guard.show', () => sampleGuard);
    const json = await cli(['guard', 'show', '--json']);
    expect({ code: json.code, document: JSON.parse(json.stdout) as unknown }).toEqual({ code: 10, document: sampleGuard });
    const { code, stdout } = await cli(['guard', 'show']);
    expect({ code, lines: stdout.split('\n') }).toEqual({
      code: 10,
      lines: [
        'Held back: of 300 files, 200 would be deleted on the server (notes)',
        '',
        'On the server:',
        '  D  a.txt',
        '  … and 199 more',
        '',
        'In this folder:',
        '  M  b.txt (7 B)',
        '',
        'fsync guard approve lets it happen.',
        'fsync guard reject puts things back.',
        'Until then nothing is deleted or rewritten; new files go on syncing. Id: 3f9a11c02b7e',
        '',
      ],
    });
    expect((await cli(['guard', 'reject'])).stdout).toContain('Rejected: of 300 files');
    expect(daemon.calls.at(-1)?.params).toEqual({ root, decision: 'reject', id: null });
  });

  it('prints one event a line: how things are, and what is wrong', async () => {
    const { code, stdout } = await cli(['events', '--json']);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect({ code, events: events.map(({ event }) => event) }).toEqual({ code: 0, events: ['state', 'conflict', 'problem', 'transfer'] });
    for (const event of events) expect(firstMismatch(JSON_SHAPES['fsync/event/1'], event)).toBeNull();
  });

  it('sends what was typed at sign-in, with the slash at the end of the address removed', async () => {
    await cli(['login', ...SIGN_IN, '--insecure-key-file', '--ca-file', 'ca.pem'], { env: { FSYNC_PASSWORD: 'secret' } });
    expect(daemon.calls).toEqual([
      {
        method: 'account.login',
        version: String(IPC_VERSION),
        params: {
          server: 'https://sync.example.org',
          user: 'ada',
          password: 'secret',
          device: 'laptop',
          insecureKeyFile: true,
          caFile: join(root, 'ca.pem'),
        },
      },
    ]);
  });

  it('reads the password from stdin, and answers from the environment', async () => {
    const env = { FSYNC_SERVER: 'http://localhost:8000', FSYNC_USER: 'eve', FSYNC_DEVICE: 'ci' };
    await cli(['register', '--password-stdin'], { env, input: 'from a pipe\n' });
    expect(daemon.calls[0]?.params).toMatchObject({ server: 'http://localhost:8000', user: 'eve', device: 'ci', password: 'from a pipe' });
  });

  it('shows the recovery phrase whole', async () => {
    const { stdout } = await cli(['register', ...SIGN_IN], { env: { FSYNC_PASSWORD: 'secret' } });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(sampleRegister.recoveryPhrase);
  });

  it('makes one call for a status, and prints the state first', async () => {
    const { code, stdout, stderr } = await cli(['status']);
    expect({ code, stderr, calls: daemon.calls.map(({ method }) => method) }).toEqual({ code: 0, stderr: '', calls: ['vault.status'] });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'Syncing: 2 files to upload (3.9 KiB), 1 to download (notes)',
      '  uploading',
      '  Uploading 2 of 14 files, 1 MiB of 12 MiB, 3 MiB/s, 4 s left',
    ]);
    expect(stdout).toContain('  R  old name.txt -> new/name.txt (3.9 KiB)');
    expect(stdout).toContain('todo (conflict desktop 2026-11-22 140102 k3f9).md from desktop');
    expect(stdout).toContain('  !  run.sock: a socket, a pipe or a device');
  });

  it('prints one stable line a path with --short, sorted', async () => {
    const { stdout } = await cli(['status', '--short']);
    expect(stdout).toBe('U a.txt\nD b.txt\nU new/name.txt\n! run.sock\nC todo.md\n');
  });

  it.each([
    ['synced', 0],
    ['conflicts', 3],
    ['syncing', 12],
    ['offline', 12],
    ['paused', 12],
    ['guarded', 10],
    ['error', 1],
  ] as const)('exits for the state %s with %i when asked to', async (state, expected) => {
    daemon.answer('vault.status', () => sampleStatus(root, { state }));
    expect((await cli(['status', '--exit-code'])).code).toBe(expected);
    expect((await cli(['status'])).code).toBe(0);
  });

  it('finds the vault from a folder inside it, with -C, through a link, and for a file that is gone', async () => {
    mkdirSync(join(root, 'deep', 'er'), { recursive: true });
    symlinkSync(root, join(daemon.home, 'link'));
    await cli(['status'], { cwd: join(root, 'deep', 'er') });
    await cli(['-C', root, 'status'], { cwd: '/' });
    await cli(['status', '-C', join(root, 'deep')], { cwd: '/' });
    await cli(['status', join(daemon.home, 'link')], { cwd: '/' });
    await cli(['status', 'gone/file.txt']);
    expect(daemon.calls.map(({ params }) => params)).toEqual(Array.from({ length: 5 }, () => ({ root })));
  });

  it('asks the log for a path relative to the vault, with a moment and a limit', async () => {
    mkdirSync(join(root, 'deep'));
    const { stdout } = await cli(['log', 'gone.txt', '-n', '5', '--since', '2026-11-22T14:00:00Z', '--stat'], { cwd: join(root, 'deep') });
    expect(daemon.calls[0]?.params).toEqual({ root, path: 'deep/gone.txt', limit: 5, since: '2026-11-22T14:00:00.000Z' });
    expect(stdout).toMatch(
      /^4 {2}.* ada {2}laptop {2}gave grace \(not verified\) the role writer\n3 {2}.* ada {2}laptop {2}moved a\.txt -> b\.txt\n {4}R {2}a\.txt -> b\.txt \(5 B\)\n {4}1 moved\n2 .*added a\.txt and 1 more\n/,
    );
  });

  it.each([
    ['push', 'push'],
    ['pull', 'pull'],
    ['sync', 'both'],
  ])('waits with %s for the direction %s, a day unless told otherwise', async (command, direction) => {
    await cli([command]);
    await cli([command, root, '--timeout', '1.5']);
    expect(daemon.calls.map(({ params }) => params)).toEqual([
      { root, direction, timeoutMs: 86_400_000 },
      { root, direction, timeoutMs: 1_500 },
    ]);
  });

  it('exits with 3 when conflicts are left, after printing the document', async () => {
    daemon.answer('vault.sync', () => ({ ...fullStatus(root), state: 'conflicts' }));
    const { code, stdout, stderr } = await cli(['sync', '--json']);
    expect({ code, schema: (JSON.parse(stdout) as { schema: string }).schema }).toEqual({ code: 3, schema: 'fsync/status/1' });
    expect(stderr).toMatch(/^fsync: 1 unresolved conflict\n.*fsync resolve/);
  });

  it('makes a folder for a clone, named like the vault', async () => {
    await cli(['clone', 'photos'], { cwd: daemon.home });
    await cli(['clone', 'c'.repeat(64)], { cwd: root });
    expect(daemon.calls.filter(({ method }) => method === 'vault.clone').map(({ params }) => params)).toEqual([
      { vault: 'photos', root: join(daemon.home, 'photos') },
      { vault: 'c'.repeat(64), root: join(root, 'photos') },
    ]);
  });

  it('settles the conflicts that are named, relative to the vault, and all when none is', async () => {
    const { code, stdout } = await cli(['resolve', 'todo.md', 'x.bin', '--ours']);
    expect({ code, stdout }).toEqual({
      code: 3,
      stdout: 'settled  todo.md: kept the version of this device\nremains  x.bin: binary: cannot be merged\n',
    });
    daemon.answer('vault.resolve', () => ({ ...sampleResolve, remaining: [] }));
    expect((await cli(['resolve', '--theirs'])).code).toBe(0);
    expect((await cli(['resolve', '.', '--both'])).code).toBe(0);
    expect(daemon.calls.map(({ params }) => params)).toEqual([
      { root, paths: ['todo.md', 'x.bin'], choice: 'ours' },
      { root, paths: [], choice: 'theirs' },
      { root, paths: [], choice: 'both' },
    ]);
  });

  it('pauses all vaults without a folder, one with it', async () => {
    await cli(['pause']);
    await cli(['resume', root]);
    expect(daemon.calls).toMatchObject([
      { method: 'vault.pause', params: { root: null } },
      { method: 'vault.resume', params: { root } },
    ]);
  });

  it('appends each new pattern once and warns about what it matches', async () => {
    writeFileSync(join(root, '.fsyncignore'), '*.tmp');
    for (const name of ['a.log', 'b.log', 'c.txt']) writeFileSync(join(root, name), '');
    const { stdout, stderr } = await cli(['ignore', '*.log', '*.tmp', '*.log']);
    expect(readFileSync(join(root, '.fsyncignore'), 'utf8')).toBe('*.tmp\n*.log\n');
    expect(stdout).toBe('.fsyncignore: added *.log\n.fsyncignore: *.tmp is there already\n');
    expect(stderr).toContain('2 paths here match: a.log, b.log');
  });

  it('says which rule ignores a path and exits like git check-ignore', async () => {
    writeFileSync(join(root, '.fsyncignore'), '# build\n*.log\n!keep.log\n');
    const found = await cli(['check-ignore', 'x/a.log', 'keep.log', 'b.txt']);
    expect({ code: found.code, stdout: found.stdout }).toEqual({ code: 0, stdout: '.fsyncignore:2:*.log  x/a.log\n' });
    expect((await cli(['check-ignore', 'keep.log'])).code).toBe(1);
    const { stdout } = await cli(['check-ignore', '--json', 'keep.log']);
    expect(JSON.parse(stdout)).toMatchObject({
      paths: [{ ignored: false, rule: { pattern: '!keep.log', source: '.fsyncignore', line: 3 } }],
    });
  });

  it('keeps settings in the settings file and tells the daemon', async () => {
    expect((await cli(['config', 'set', 'log.max-size', '2MiB'])).code).toBe(0);
    expect((await cli(['config', 'get', 'log.max-size'])).stdout).toBe('2097152\n');
    expect((await cli(['config', 'list'])).stdout).toContain('log.max-size = 2097152 (default 10485760)');
    expect((await cli(['config', 'unset', 'log.max-size'])).code).toBe(0);
    expect((await cli(['config', 'get', 'log.max-size'])).stdout).toBe('10485760\n');
    expect(daemon.calls.map(({ method }) => method)).toEqual(['config.reload', 'config.reload']);
  });

  it('never overwrites a settings file that it does not understand', async () => {
    writeFileSync(join(daemon.home, 'config.json'), '{ not json');
    const { code, stderr } = await cli(['config', 'set', 'watch.engine', 'polling']);
    expect({ code, stderr: stderr.split('\n')[0] }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/settings file is not JSON/) as string,
    });
    expect(readFileSync(join(daemon.home, 'config.json'), 'utf8')).toBe('{ not json');
  });

  it('prints the log file as text and as JSON, also lines that are none', async () => {
    mkdirSync(join(daemon.home, 'logs'));
    const line = { level: 'warn', time: '2026-11-22T14:00:00.000Z', pid: 1, msg: 'no keychain', reason: 'none' };
    writeFileSync(join(daemon.home, 'logs', 'daemon.log'), `first\n${JSON.stringify(line)}\nSegmentation fault\n`);
    const { stdout } = await cli(['daemon', 'logs', '-n', '2', '--json']);
    const documents = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as unknown);
    expect(documents).toEqual([
      { schema: 'fsync/daemon-logs/1', at: '2026-11-22T14:00:00.000Z', level: 'warn', message: 'no keychain', fields: { reason: 'none' } },
      { schema: 'fsync/daemon-logs/1', at: '', level: 'error', message: 'Segmentation fault', fields: {} },
    ]);
    expect((await cli(['daemon', 'logs'])).stdout).toMatch(/warn no keychain reason=none\n/);
  });
});
