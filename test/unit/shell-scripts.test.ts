/** Every shell script of the project and every shell snippet of its documents, as shellcheck sees them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/harness/processes.mjs';
import { isExpected } from '../support/cli-process.js';
import { parseGuidePage } from '../support/guide-page.js';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

/** Files that a shell runs, by their first line; what git keeps only. */
function scripts(): readonly string[] {
  const { stdout } = spawnSync('git', ['ls-files'], { cwd: projectRoot });
  const listed = stdout.toString('utf8').split('\n');
  const candidates = listed.some((path) => path !== '') ? listed : ['.ci/run'];
  return candidates.filter((path) => path !== '' && !/\.(?:ts|tsx|md|json|[1578])$/.test(path) && /^#!.*\b(?:ba|da)?sh\b/.test(read(path)));
}

const PAGES = ['README.md', ...readdirSync(join(projectRoot, 'docs', 'guide')).map((name) => `docs/guide/${name}`)];

/** Commands of the sessions on a page, and its blocks for a shell, each as a script of its own. */
function snippets(): readonly (readonly [name: string, script: string])[] {
  return PAGES.flatMap((path) => {
    const text = read(path);
    const blocks = [...text.matchAll(/^```(?:sh|bash)\n([^]*?)^```$/gm)].map(([, block = '']) => block);
    const typed = parseGuidePage(text).steps.map(({ command }) => command);
    const one = typed.length === 0 ? [] : [`${typed.join('\n')}\n`];
    return [...blocks, ...one].map((script, index) => [`${path} (${String(index + 1)})`, script] as const);
  });
}

/** People read what ls prints, notice when cd fails, and what a block of a page defines may be for the reader to use. */
const NOT_FOR_SNIPPETS = 'SC2164,SC2034,SC2154,SC2012';

function complaints(text: string, shell: string, excluded: string): readonly string[] {
  const args = [`--shell=${shell}`, '--format=gcc', ...(excluded === '' ? [] : [`--exclude=${excluded}`]), '-'];
  const { stdout, stderr } = spawnSync('shellcheck', args, { input: text });
  return `${stdout.toString('utf8')}${stderr.toString('utf8')}`.split('\n').filter((line) => line !== '');
}

describe.runIf(isExpected('shellcheck'))('shell scripts (shellcheck)', () => {
  it('are found', () => {
    expect(scripts()).toContain('.ci/run');
    expect(snippets().length).toBeGreaterThan(PAGES.length / 2);
  });

  it('have no fault', () => {
    for (const path of [...scripts(), 'completions/fsync.bash'])
      expect({ path, found: complaints(read(path), 'bash', '') }).toEqual({ path, found: [] });
  });

  it('in the documents have no fault', () => {
    for (const [name, script] of snippets())
      expect({ name, found: complaints(script, 'bash', NOT_FOR_SNIPPETS) }).toEqual({ name, found: [] });
  });

  it('would be reported if one had', () => {
    expect(complaints('rm -rf $1/*\n', 'bash', '')).not.toEqual([]);
  });
});
