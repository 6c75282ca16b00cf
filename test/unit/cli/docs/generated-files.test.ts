/** The files that are made from the command table and checked in. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bashCompletion } from '../../../../src/cli/docs/completion-bash.js';
import { fishCompletion } from '../../../../src/cli/docs/completion-fish.js';
import { zshCompletion } from '../../../../src/cli/docs/completion-zsh.js';
import { manPages } from '../../../../src/cli/docs/man-pages.js';
import { COMMANDS } from '../../../../src/cli/table/command-table.js';
import { projectRoot } from '../../../../scripts/harness/processes.mjs';
import { isInstalled } from '../../../support/cli-process.js';

const STALE = 'stale: npm run build && node scripts/generate-docs.mjs';
const file = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

describe('the manual', () => {
  it('is as the command table says', () => {
    expect(readdirSync(join(projectRoot, 'man')).toSorted(), STALE).toEqual([...manPages().keys()].toSorted());
    for (const [name, text] of manPages()) expect(file(`man/${name}`) === text, `${name} is ${STALE}`).toBe(true);
  });

  it.runIf(isInstalled('mandoc'))('has no fault that mandoc knows', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', ...[...manPages().keys()].map((name) => `man/${name}`)], { cwd: projectRoot });
    const faults = stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.includes('referenced manual not found'));
    expect(faults).toEqual([]);
  });
});

describe('the completions', () => {
  it.each([
    ['completions/fsync.bash', bashCompletion],
    ['completions/_fsync', zshCompletion],
    ['completions/fsync.fish', fishCompletion],
  ])('%s is as the command table says', (path, make) => {
    expect(file(path) === make(), `${path} is ${STALE}`).toBe(true);
  });

  /** What bash offers for the last word. */
  function offered(...words: readonly string[]): readonly string[] {
    const script = [
      file('completions/fsync.bash'),
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
      `COMP_CWORD=${String(words.length - 1)}`,
      'compopt() { :; }',
      '_fsync',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n');
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { cwd: join(projectRoot, 'bin') });
    expect(stderr.toString('utf8')).toBe('');
    return stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  describe.runIf(isInstalled('bash'))('in bash', () => {
    it('offer every command and group as the first word', () => {
      const first = new Set(COMMANDS.map(({ name }) => name.split(' ')[0]));
      expect(new Set(offered('fsync', ''))).toEqual(new Set([...first, 'help']));
      expect(offered('fsync', 'st')).toEqual(['status']);
      expect(offered('fsync', '-C', '/tmp', 'who')).toEqual(['whoami']);
    });

    it('offer the commands of a group, their options, and nothing of another command', () => {
      expect(offered('fsync', 'daemon', 'r')).toEqual(['run', 'restart']);
      expect(offered('fsync', 'sync', '--o')).toEqual(['--once']);
      expect(offered('fsync', 'push', '--o')).toEqual([]);
      expect(offered('fsync', 'daemon', 'logs', '--f')).toEqual(['--follow']);
      expect(offered('fsync', 'status', '--c')).toEqual(['--color']);
    });

    it('offer values: settings, shells, choices, files', () => {
      expect(offered('fsync', 'config', 'get', 'watch.e')).toEqual(['watch.engine']);
      expect(offered('fsync', 'config', 'set', 'watch.engine', 'x')).toEqual([]);
      expect(offered('fsync', 'completion', 'z')).toEqual(['zsh']);
      expect(offered('fsync', 'status', '--color', 'n')).toEqual(['never']);
      expect(offered('fsync', 'server', 'start', '--role', 'w')).toEqual(['ws', 'worker']);
      expect(offered('fsync', 'check-ignore', 'fsync.')).toEqual(['fsync.js']);
    });
  });

  it.runIf(isInstalled('zsh'))('are understood by zsh', () => {
    expect(spawnSync('zsh', ['-n', 'completions/_fsync'], { cwd: projectRoot }).stderr.toString('utf8')).toBe('');
  });

  it.runIf(isInstalled('fish'))('are understood by fish, which offers the commands of a group', () => {
    expect(spawnSync('fish', ['--no-execute', 'completions/fsync.fish'], { cwd: projectRoot }).stderr.toString('utf8')).toBe('');
    const ask = (line: string): readonly string[] => {
      const script = `source completions/fsync.fish; complete --do-complete='${line}'`;
      const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { cwd: projectRoot });
      return stdout
        .toString('utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => text.split('\t')[0] ?? '');
    };
    expect(ask('fsync sta')).toEqual(['status']);
    expect(ask('fsync daemon re')).toEqual(['restart']);
    expect(ask('fsync sync --on')).toEqual(['--once']);
  });
});
