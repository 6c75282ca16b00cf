/** Pipes, signals, progress and what goes on: the parts of the command line that live in time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../scripts/harness/processes.mjs';
import { attachedFolder, fsync, fsyncOnTerminal, hasTerminal, requireBuild, startFsync } from '../support/cli-process.js';
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.js';
import { fullStatus, sampleAccount, sampleLog, sampleRegister, sampleStatus } from '../support/sample-documents.js';
import { tempFolder } from '../support/temp-folder.js';

const transfer = { direction: 'up', filesDone: 1, filesTotal: 2, bytesDone: 1, bytesTotal: 2, bytesPerSecond: 0, etaMs: null } as const;

describe('streams', () => {
  let daemon: FakeDaemon;
  let root: string;
  beforeAll(requireBuild);
  beforeEach(async () => {
    const base = tempFolder();
    daemon = await openFakeDaemon(onTestFinished, { home: join(base, 'home') });
    root = attachedFolder(join(base, 'notes'));
  });

  it('ends quietly when the reader goes away', async () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => ({ ...sampleLog.entries[0], commit: index }));
    daemon.answer('vault.log', () => ({ schema: 'fsync/log/1', entries }));
    const program = join(projectRoot, 'bin', 'fsync.js');
    const child = spawn('sh', ['-c', `"${process.execPath}" "${program}" log -n 20000 | head -n 1`], {
      cwd: root,
      env: { ...process.env, FSYNC_HOME: daemon.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaints = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
    await once(child, 'close');
    expect({ lines: output.trimEnd().split('\n').length, complaints }).toEqual({ lines: 1, complaints: '' });
  });

  it('ends with 130 on Ctrl-C, hangs up on the daemon, and says that it goes on', async () => {
    const arrived = deferred();
    daemon.answer('vault.sync', async () => {
      arrived.resolve(undefined);
      await new Promise(() => undefined);
    });
    const child = startFsync(['sync'], { home: daemon.home, cwd: root });
    let complaints = '';
    child.stderr?.on('data', (data: Buffer) => (complaints += data.toString()));
    const closed = once(child, 'close');
    await arrived.promise;
    child.kill('SIGINT');
    const [code] = (await closed) as [number];
    expect({ code, complaints }).toEqual({ code: 130, complaints: 'fsync: interrupted\nThe daemon goes on with what it was doing.\n' });
  });

  it('writes no progress to a pipe in the first seconds, and none to stdout', async () => {
    daemon.answer('vault.sync', (_, say) => {
      for (let round = 0; round < 50; round += 1) say({ kind: 'transfer', transfer });
      say({ kind: 'phase', text: 'scanning' });
      return sampleStatus(root);
    });
    const { stdout, stderr } = await fsync(['sync', '--json'], { home: daemon.home, cwd: root });
    expect({ lines: stdout.trimEnd().split('\n').length, stderr }).toEqual({ lines: 1, stderr: '' });
  });

  it('prints warnings of the daemon to stderr at once', async () => {
    daemon.answer('account.login', (_, say) => {
      say({ kind: 'warning', text: 'the keys are in a plain file' });
      return sampleAccount;
    });
    const args = ['login', '--server', 'https://x.example', '--user', 'ada', '--json'];
    const { stderr } = await fsync(args, { home: daemon.home, env: { FSYNC_PASSWORD: 'x' } });
    expect(stderr).toBe('warning: the keys are in a plain file\n');
  });

  it('follows the log: old commits first, each new one once', async () => {
    let entries = [...sampleLog.entries];
    daemon.answer('vault.log', () => ({ schema: 'fsync/log/1', entries }));
    const child = startFsync(['log', '--follow', '--json'], { home: daemon.home, cwd: root });
    const seen: number[] = [];
    for await (const line of createInterface(child.stdout ?? process.stdin)) {
      const document = JSON.parse(line) as { schema: string; entries: { commit: number }[] };
      seen.push(...document.entries.map(({ commit }) => commit));
      if (seen.length === 2) entries = [...sampleLog.entries.slice(0, 1).map((entry) => ({ ...entry, commit: 4 })), ...entries];
      if (seen.length === 3) child.kill('SIGINT');
    }
    expect(seen).toEqual([2, 3, 4]);
  });

  it('follows the log file, also when it is rotated', async () => {
    const log = join(daemon.home, 'logs', 'daemon.log');
    mkdirSync(join(daemon.home, 'logs'));
    writeFileSync(log, 'one\n');
    const child = startFsync(['daemon', 'logs', '-f', '--json'], { home: daemon.home, cwd: root });
    const seen: string[] = [];
    for await (const line of createInterface(child.stdout ?? process.stdin)) {
      seen.push((JSON.parse(line) as { message: string }).message);
      if (seen.length === 1) appendFileSync(log, 'two\n');
      if (seen.length === 2) {
        // Written before it is renamed, and maybe after it was looked at.
        appendFileSync(log, 'three\n');
        renameSync(log, `${log}.1`);
        writeFileSync(log, 'four\n');
      }
      if (seen.length === 4) child.kill('SIGINT');
    }
    expect(seen).toEqual(['one', 'two', 'three', 'four']);
  });

  it('watches without a terminal: one document for each change', async () => {
    let status = sampleStatus(root);
    daemon.answer('vault.status', () => status);
    const child = startFsync(['status', '--watch', '--json'], { home: daemon.home, cwd: root });
    const states: string[] = [];
    for await (const line of createInterface(child.stdout ?? process.stdin)) {
      states.push((JSON.parse(line) as { state: string }).state);
      if (states.length === 1) status = sampleStatus(root, { state: 'syncing' });
      else child.kill('SIGINT');
    }
    expect(states).toEqual(['synced', 'syncing']);
  });

  it('has no colour in a pipe, unless told so', async () => {
    daemon.answer('vault.status', () => fullStatus(root));
    const home = { home: daemon.home, cwd: root };
    expect((await fsync(['status'], home)).stdout).not.toContain('\u001b');
    expect((await fsync(['status', '--color', 'always'], home)).stdout).toContain('\u001b[36mSyncing');
    expect((await fsync(['--color=always', 'status'], { ...home, env: { NO_COLOR: '1' } })).stdout).toContain('\u001b[36mSyncing');
  });

  describe.runIf(hasTerminal)('on a terminal', () => {
    it('colours, unless NO_COLOR is set, the terminal is dumb, or told not to', async () => {
      daemon.answer('vault.status', () => fullStatus(root));
      const screen = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<boolean> =>
        (await fsyncOnTerminal(['status', ...args], { home: daemon.home, cwd: root, env })).screen.includes('\u001b[');
      expect(await screen([])).toBe(true);
      expect(await screen([], { NO_COLOR: '1' })).toBe(false);
      expect(await screen([], { TERM: 'dumb' })).toBe(false);
      expect(await screen(['--color', 'never'])).toBe(false);
    });

    it('asks for the password twice at registering, and shows nothing of it', async () => {
      daemon.answer('account.register', () => sampleRegister);
      const args = ['register', '--server', 'https://x.example', '--user', 'ada', '--device', 'd'];
      const { code, screen } = await fsyncOnTerminal(args, {
        home: daemon.home,
        type: [
          ['Password: ', 'corr\u007frect\r'],
          ['Password again: ', 'correct\r'],
        ],
      });
      expect({ code, shown: screen.includes('corr') }).toEqual({ code: 0, shown: false });
      expect(daemon.calls[0]?.params).toMatchObject({ password: 'correct' });
    });

    it('refuses two passwords that differ, and asks for what else is missing', async () => {
      const { code, screen } = await fsyncOnTerminal(['register', '--device', 'd'], {
        home: daemon.home,
        type: [
          ['Server: ', 'https://x.example\r'],
          ['User: ', 'ada\r'],
          ['Password: ', 'one\r'],
          ['Password again: ', 'two\r'],
        ],
      });
      expect({ code, calls: daemon.calls }).toEqual({ code: 2, calls: [] });
      expect(screen).toContain('User: ada');
      expect(screen).toContain('the two passwords are not the same');
      expect(screen).not.toMatch(/one|again: two/);
    });

    it('ends with 130 on Ctrl-C at a prompt, with the terminal as before', async () => {
      const { code, screen } = await fsyncOnTerminal(['login', '--server', 'https://x.example', '--user', 'ada'], {
        home: daemon.home,
        type: [['Password: ', '\u0003']],
      });
      expect({ code, calls: daemon.calls }).toEqual({ code: 130, calls: [] });
      expect(screen).toContain('interrupted');
    });

    it('shows the conflicts when resolve has no option, and applies nothing when it is left', async () => {
      daemon.answer('vault.status', () => fullStatus(root));
      const { code, screen } = await fsyncOnTerminal(['resolve', '--color', 'never'], {
        home: daemon.home,
        cwd: root,
        type: [['nothing applied', 'q']],
      });
      expect({ code, calls: daemon.calls.map(({ method }) => method) }).toEqual({ code: 3, calls: ['vault.status'] });
      for (const text of ['todo.md', 'o ours', 't theirs', 'Nothing was applied.']) expect(screen).toContain(text);
    });

    it('draws progress on one line that is gone in the end', async () => {
      daemon.answer('vault.sync', async (_, say) => {
        for (let round = 1; round <= 4; round += 1) {
          say({ kind: 'transfer', transfer: { ...transfer, filesDone: round, filesTotal: 4 } });
          await new Promise((resolve) => setTimeout(resolve, 120));
        }
        return sampleStatus(root);
      });
      const { screen } = await fsyncOnTerminal(['sync'], { home: daemon.home, cwd: root });
      expect(screen).toMatch(/\r\u001b\[KUploading 1 of 4 files[^\n]*\r\u001b\[KUploading 2 of 4/);
      expect(screen.slice(screen.lastIndexOf('Uploading'))).toMatch(/^Uploading[^\n]*\r\u001b\[K.*In sync/);
    });

    it('shows a live view that q ends, with the cursor back', async () => {
      daemon.answer('vault.status', () => fullStatus(root));
      daemon.answer('vault.log', () => sampleLog);
      const { code, screen } = await fsyncOnTerminal(['status', '--watch'], { home: daemon.home, cwd: root, type: [['run.sock', 'q']] });
      expect(code).toBe(0);
      for (const text of ['notes', 'Syncing', '█', 'todo.md', 'run.sock']) expect(screen).toContain(text);
      expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'));
    });

    it('ends the live view on Ctrl-C with 130', async () => {
      daemon.answer('vault.status', () => fullStatus(root));
      daemon.answer('vault.log', () => sampleLog);
      const { code } = await fsyncOnTerminal(['status', '--watch'], { home: daemon.home, cwd: root, type: [['q quit', '\u0003']] });
      expect(code).toBe(130);
    });
  });
});

function deferred(): { promise: Promise<undefined>; resolve: (value: undefined) => void } {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
