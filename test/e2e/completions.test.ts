/** What the shells offer of what only the daemon knows: real shells, a real daemon, real vaults. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { projectRoot, run } from '../../scripts/harness/processes.mjs';
import { isExpected, requireBuild } from '../support/cli-process.js';
import { hasTmux, openTerminal } from '../support/terminal.js';
import { openTwoDevices, settle, type TwoDevices } from '../support/two-devices.js';

const script = (name: string): string => join(projectRoot, 'completions', name);

describe('completions of what the daemon knows', () => {
  let world: TwoDevices;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    requireBuild();
    world = await openTwoDevices();
    const { a, b } = world;
    writeFileSync(join(a.root, 'my notes.md'), 'one\n');
    writeFileSync(join(a.root, 'gone.txt'), 'x');
    await settle(world);
    rmSync(join(a.root, 'gone.txt'));
    await settle(world);
    await b.installation.must(['pause', b.root]);
    writeFileSync(join(a.root, 'my notes.md'), 'from a\n');
    await a.installation.must(['sync', a.root]);
    writeFileSync(join(b.root, 'my notes.md'), 'from b\n');
    await b.installation.must(['resume', b.root]);
    await settle(world);
    const bin = join(world.base, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'fsync'), `#!/bin/sh\nexec '${process.execPath}' '${b.installation.program}' "$@"\n`);
    chmodSync(join(bin, 'fsync'), 0o755);
    env = { ...b.installation.environment, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, LC_ALL: 'C.UTF-8' };
  });
  afterAll(async () => {
    await world.close();
  });

  const offers = async (shell: string, args: readonly string[]): Promise<readonly string[]> => {
    const { stdout, stderr } = await run(shell, [...args], { cwd: world.b.root, env, timeoutMs: 60_000 });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  };
  const cases: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
    [['clone', ''], ['notes']],
    [['vault', 'delete', 'n'], ['notes']],
    [['device', 'rename', 'l'], ['laptop']],
    [['resolve', ''], ['my notes.md']],
    [['restore', 'go'], ['gone.txt']],
    [['diff', 'my notes.md', '--version', '2'], ['2']],
    [['show', 'my notes.md@2'], ['my notes.md@2']],
    [['device', 'rename', 'nobody'], []],
  ];

  describe.runIf(isExpected('bash'))('in bash', () => {
    it.each(cases)('offers for %j %j', async (words, offered) => {
      const quoted = ['fsync', ...words].map((word) => `'${word}'`);
      const text = [
        `source '${script('fsync.bash')}'`,
        `COMP_WORDS=(${quoted.join(' ')}); COMP_CWORD=${String(words.length)}`,
        'compopt() { :; }; _fsync; printf "%s\\n" "${COMPREPLY[@]}"',
      ].join('\n');
      expect(await offers('bash', ['--norc', '-c', text])).toEqual(offered);
    });
  });

  describe.runIf(isExpected('fish'))('in fish (fish)', () => {
    it.each(cases)('offers for %j %j', async (words, offered) => {
      const line = ['fsync', ...words.map((word) => word.replaceAll(' ', '\\ '))].join(' ');
      const text = `source '${script('fsync.fish')}'; complete --do-complete='${line}'`;
      const found = (await offers('fish', ['--no-config', '-c', text])).map((entry) => entry.split('\t')[0]?.replaceAll('\\ ', ' '));
      expect(found).toEqual(offered);
    });
  });

  describe.runIf(isExpected('zsh') && hasTmux)('in zsh (zsh, tmux)', () => {
    it('completes names at the prompt', async () => {
      const terminal = await openTerminal(onTestFinished, {
        columns: 100,
        rows: 24,
        cwd: world.b.root,
        env: { ...env, TERM: 'screen-256color' },
      });
      await terminal.type(`PS1='%% ' zsh -f`);
      await terminal.type(
        `path=('${join(world.base, 'bin')}' $path); fpath=('${join(projectRoot, 'completions')}' $fpath); autoload -Uz compinit; compinit -u -D; clear; echo ready`,
      );
      await terminal.shows(/^ready/m);
      const completes = async (typed: string, line: string): Promise<void> => {
        await terminal.press('-l', typed);
        await terminal.press('Tab');
        // A screen is read without the spaces at the end of a line.
        await terminal.shows(line.trimEnd());
        await terminal.press('C-u');
      };
      await completes('fsync clone no', 'fsync clone notes ');
      await completes('fsync device revoke la', 'fsync device revoke laptop ');
      await completes('fsync resolve ', 'fsync resolve my\\ notes.md ');
      await completes('fsync restore gon', 'fsync restore gone.txt ');
      await completes('fsync show my\\ notes.md@2', 'fsync show my\\ notes.md@2 ');
    });
  });

  it('says nothing and starts nothing when there is no daemon', async () => {
    const home = join(world.base, 'nobody');
    mkdirSync(home);
    for (const kind of ['vault', 'device', 'conflict', 'version', 'deleted', 'path-version', 'no-such-kind']) {
      const { code, stdout, stderr } = await run('fsync', ['__complete', kind, '', 'clone'], {
        cwd: home,
        env: { ...env, FSYNC_HOME: home },
      });
      expect({ kind, code, stdout, stderr }).toEqual({ kind, code: 0, stdout: '', stderr: '' });
    }
    const status = await run('fsync', ['daemon', 'status'], { cwd: home, env: { ...env, FSYNC_HOME: home } });
    expect(status.code).toBe(5);
  });
});
