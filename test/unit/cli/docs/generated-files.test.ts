/** The files that are made from the command table and checked in. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bashCompletion } from '../../../../src/cli/docs/completion-bash.js';
import { fishCompletion } from '../../../../src/cli/docs/completion-fish.js';
import { zshCompletion } from '../../../../src/cli/docs/completion-zsh.js';
import { manPages } from '../../../../src/cli/docs/man-pages.js';
import { SETTING_KEYS } from '../../../../src/core/config/settings.js';
import { GROUPS } from '../../../../src/cli/table/command-spec.js';
import { COMMANDS } from '../../../../src/cli/table/command-table.js';
import { projectRoot } from '../../../../scripts/harness/processes.mjs';
import { isExpected } from '../../../support/cli-process.js';

const STALE = 'stale: npm run build && node scripts/generate-docs.mjs';
const file = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

describe('the manual', () => {
  const pages = manPages({ protocol: file('docs/protocol.md') });

  it('is as the command table says', () => {
    expect(readdirSync(join(projectRoot, 'man')).toSorted(), STALE).toEqual([...pages.keys()].toSorted());
    for (const [name, text] of pages) expect(file(`man/${name}`) === text, `${name} is ${STALE}`).toBe(true);
  });

  it('is installed as a whole', () => {
    const { man } = JSON.parse(file('package.json')) as { readonly man: readonly string[] };
    expect(man).toEqual([...pages.keys()].map((name) => `man/${name}`).toSorted());
  });

  it('has a page for the program, each group of commands, and each format', () => {
    const formats = ['fsync-config.5', 'fsyncignore.5', 'fsyncattributes.5', 'fsync-protocol.7', 'fsync-server.8'];
    const groups = GROUPS.filter(({ group }) => group !== 'server').map(({ group }) => `fsync-${group}.1`);
    expect([...pages.keys()].toSorted()).toEqual(['fsync.1', ...groups, ...formats].toSorted());
  });

  it('names in the page of the settings each setting, and in that of the protocol each section of the document', () => {
    for (const key of SETTING_KEYS) expect(pages.get('fsync-config.5')).toContain(key.replaceAll('-', '\\-'));
    const sections = file('docs/protocol.md').match(/^## /gm)?.length ?? 0;
    expect(pages.get('fsync-protocol.7')?.match(/^\.Sh .*\d+\. /gm)).toHaveLength(sections);
  });

  it.runIf(isExpected('mandoc'))('has no fault that mandoc knows (mandoc)', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', ...[...pages.keys()].map((name) => `man/${name}`)], {
      cwd: projectRoot,
    });
    expect(stdout.toString('utf8')).toBe('');
  });

  it.runIf(isExpected('man'))('can be read with man (man)', () => {
    for (const name of pages.keys()) {
      const env = { ...process.env, MANPAGER: 'cat', MANWIDTH: '80', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' };
      const { status, stdout, stderr } = spawnSync('man', ['--warnings', '-l', `man/${name}`], { cwd: projectRoot, env });
      const text = stdout.toString('utf8');
      expect({ name, status, stderr: stderr.toString('utf8') }).toEqual({ name, status: 0, stderr: '' });
      expect(text).toContain('DESCRIPTION');
      expect(text).toContain(name.replace(/\.\d$/, '').replace(/^fsync-server$/, 'fsync'));
    }
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

  describe.runIf(isExpected('bash'))('in bash', () => {
    it('offer every command and group as the first word', () => {
      const first = new Set(COMMANDS.map(({ name }) => name.split(' ')[0]));
      expect(new Set(offered('fsync', ''))).toEqual(new Set([...first, 'help']));
      expect(offered('fsync', 'st')).toEqual(['status']);
      expect(offered('fsync', '-C', '/tmp', 'who')).toEqual(['whoami']);
    });

    it('offer the commands of a group, their options, and nothing of another command', () => {
      expect(offered('fsync', 'daemon', 'r')).toEqual(['run', 'restart']);
      expect(offered('fsync', 'sync', '--o')).toEqual(['--once']);
      expect(offered('fsync', 'wait', '--o')).toEqual([]);
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

  it.runIf(isExpected('zsh'))('are understood by zsh (zsh)', () => {
    expect(spawnSync('zsh', ['-n', 'completions/_fsync'], { cwd: projectRoot }).stderr.toString('utf8')).toBe('');
  });

  it.runIf(isExpected('fish'))('are understood by fish, which offers the commands of a group (fish)', () => {
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
