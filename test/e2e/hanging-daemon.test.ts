/** A real daemon that hangs (SIGSTOP: it accepts connections and says nothing): no command waits for it without end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/table/command-table.js';
import type { RunResult } from '../../scripts/harness/processes.mjs';
import { attachedFolder, fsync, requireBuild } from '../support/cli-process.js';
import { tempFolder } from '../support/temp-folder.js';

const SIGN_IN = ['--server', 'https://127.0.0.1:9', '--user', 'ada'];

/** Commands that need the daemon, as a person would type them. */
const ASKING: Readonly<Record<string, readonly string[]>> = {
  register: SIGN_IN,
  login: SIGN_IN,
  logout: [],
  whoami: [],
  'device list': [],
  'device rename': ['laptop', 'desk'],
  'device revoke': ['laptop', '--yes'],
  'token create': ['ci', '--vault', 'notes'],
  'token list': [],
  'token revoke': ['ci'],
  init: ['new'],
  clone: ['notes', 'copy'],
  vaults: [],
  detach: [],
  'vault delete': ['notes', '--confirm', 'notes'],
  share: ['bob', '--role', 'reader'],
  unshare: ['bob'],
  members: [],
  status: [],
  push: [],
  pull: [],
  sync: ['--timeout', '2'],
  pause: [],
  resume: [],
  resolve: ['--ours'],
  'guard show': [],
  'guard approve': [],
  'guard reject': [],
  wait: ['--timeout', '2'],
  why: ['a.txt'],
  events: ['--follow'],
  verify: [],
  doctor: [],
  log: [],
  ls: [],
  show: ['a.txt@1'],
  diff: ['a.txt'],
  restore: ['a.txt@1'],
  undo: [],
  'config set': ['watch.engine', 'polling'],
  'config unset': ['watch.engine'],
  'daemon start': [],
  'daemon stop': [],
  'daemon restart': [],
  'daemon status': [],
};

/** Commands that go their way without it. */
const NOT_ASKING: Readonly<Record<string, readonly string[]>> = {
  ignore: ['*.bak'],
  'check-ignore': ['a.tmp'],
  'config list': [],
  'config get': ['watch.engine'],
  completion: ['bash'],
  prompt: [],
  'daemon logs': ['-n', '1'],
};

/** What is another process, or asks the service manager; each is tested elsewhere. */
const APART = /^(server .*|daemon (run|install|uninstall))$/;

const isSaved = (name: string): boolean => name === 'config set' || name === 'config unset';

describe('beside a daemon that hangs', () => {
  let home: string;
  let root: string;
  let pid = 0;
  /** All at once: each of them only waits. */
  const running = new Map<string, Promise<RunResult>>();
  beforeAll(async () => {
    requireBuild();
    const base = tempFolder(afterAll);
    home = join(base, 'home');
    mkdirSync(home, { mode: 0o700 });
    root = attachedFolder(join(base, 'notes'));
    writeFileSync(join(root, 'a.txt'), 'a\n');
    writeFileSync(join(root, '.fsyncignore'), '*.tmp\n');
    const started = await cli(['daemon', 'start', '--json']);
    pid = (JSON.parse(started.stdout) as { pid: number }).pid;
    process.kill(pid, 'SIGSTOP');
    for (const [name, args] of Object.entries({ ...ASKING, ...NOT_ASKING })) running.set(name, cli([...name.split(' '), ...args]));
  });
  afterAll(() => {
    if (pid !== 0) process.kill(pid, 'SIGKILL');
  });

  const cli = (args: readonly string[]): Promise<RunResult> => fsync(args, { home, cwd: root, env: { FSYNC_PASSWORD: 'correct horse' } });

  const outcomeOf = async (name: string): Promise<RunResult> => {
    const outcome = running.get(name);
    if (outcome === undefined) throw new Error(`${name} was not run`);
    return outcome;
  };

  it('has a line here for every command of the table', () => {
    const listed = [...Object.keys(ASKING), ...Object.keys(NOT_ASKING)];
    const wanted = COMMANDS.map(({ name }) => name).filter((name) => !APART.test(name));
    expect(listed.sort()).toEqual(wanted.sort());
  });

  it.each(Object.entries(ASKING))(
    '%s ends, and says what it waited for',
    async (name) => {
      const { code, stdout, stderr } = await outcomeOf(name);
      const said = name === 'doctor' ? stdout : stderr;
      if (isSaved(name)) {
        // The setting is in its file: that was asked for, and holds from the next start on.
        expect({ code, said }).toEqual({
          code: 0,
          said: expect.stringMatching(/^warning: saved, but .* has not answered for \d+ s\n/) as string,
        });
        return;
      }
      expect({ code, said }).toEqual({
        code: name === 'doctor' ? 1 : 5,
        said: expect.stringMatching(/the daemon has not answered for \d+ s/) as string,
      });
      expect(said).toMatch(/fsync daemon restart|kill -9 \d+/);
    },
    90_000,
  );

  it.each(Object.entries(NOT_ASKING))('%s goes its way', async (name) => {
    const { code, stderr } = await outcomeOf(name);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('says how to end it, and the next command starts another one', async () => {
    const { stderr } = await cli(['daemon', 'restart']);
    expect(stderr).toBe(
      'fsync: the daemon has not answered for 10 s, not even when asked to stop\n' +
        `Kill it: kill -9 ${String(pid)}. Nothing is lost: the next command starts another one.\n`,
    );
    process.kill(pid, 'SIGKILL');
    const { pid: next } = JSON.parse((await cli(['daemon', 'start', '--json'])).stdout) as { pid: number };
    expect(next).not.toBe(pid);
    expect((await cli(['daemon', 'stop'])).code).toBe(0);
    pid = 0;
  });
});
