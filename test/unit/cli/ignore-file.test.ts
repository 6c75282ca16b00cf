import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseIgnoreRules } from '../../../src/core/ignore/ignore-rules.js';
import { appendPatterns, newlyIgnored, readIgnoreRules } from '../../../src/cli/ignore-file.js';
import { tempFolder } from '../../support/temp-folder.js';

describe('the ignore file', () => {
  let root: string;
  beforeEach(() => {
    root = tempFolder();
  });
  const text = (): string => readFileSync(join(root, '.fsyncignore'), 'utf8');

  it('is made with the first pattern and grows by lines', () => {
    appendPatterns(readIgnoreRules(root), ['*.log']);
    appendPatterns(readIgnoreRules(root), ['a', 'b']);
    appendPatterns(readIgnoreRules(root), []);
    expect(text()).toBe('*.log\na\nb\n');
  });

  it('gets the line end that it lacks first', () => {
    writeFileSync(join(root, '.fsyncignore'), '*.tmp');
    appendPatterns(readIgnoreRules(root), ['*.log']);
    expect(text()).toBe('*.tmp\n*.log\n');
  });

  it('is compared with the folder: only what was not ignored before, a folder once', () => {
    for (const folder of ['build/deep', 'src', '.fsync']) mkdirSync(join(root, folder), { recursive: true });
    for (const file of ['build/deep/x', 'build/y', 'src/a.log', 'src/old.tmp', '.fsync/state.log']) writeFileSync(join(root, file), '');
    const before = parseIgnoreRules('*.tmp\n');
    const after = parseIgnoreRules('*.tmp\nbuild/\n*.log\n');
    expect(newlyIgnored(root, before, after)).toEqual({ count: 2, sample: ['build/', 'src/a.log'], partial: false });
  });
});
