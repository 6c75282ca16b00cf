import { describe, expect, it } from 'vitest';
import { parseIgnoreRules } from '../../../../src/core/ignore/ignore-rules.js';

describe('ignore rules', () => {
  const rules = parseIgnoreRules(
    ['# comment', '', 'node_modules/', '*.log', '!keep.log', '/build', 'docs/**/*.tmp', '\\#hash', 'Case', 'spaced\\ ', '!'].join('\r\n'),
  );

  it.each([
    ['node_modules', true],
    ['a/node_modules', true],
    ['a/node_modules/x/y', false],
    ['x.log', false],
    ['a/b/x.log', false],
    ['build', false],
    ['build/x', false],
    ['docs/x.tmp', false],
    ['docs/a/b/x.tmp', false],
    ['#hash', false],
    ['Case', false],
    ['spaced ', false],
  ])('ignore %j', (path, isDirectory) => expect(rules.ignores(path, isDirectory)).toBe(true));

  it.each([
    ['node_modules', false],
    ['keep.log', false],
    ['a/keep.log', false],
    ['a/build', false],
    ['x.tmp', false],
    ['case', false],
    ['', true],
    ['# comment', false],
    ['..x', false],
  ])('leave %j alone', (path, isDirectory) => expect(rules.ignores(path, isDirectory)).toBe(false));

  it('never hide themselves: all devices have the same', () => {
    const all = parseIgnoreRules('*\n!*.md');
    expect(['.fsyncignore', 'd/.fsyncignore', 'x.c', 'x.md'].map((path) => all.ignores(path, false))).toEqual([false, true, true, false]);
    expect(all.explain('.fsyncignore', false)).toEqual({ ignored: false, rule: null });
  });

  it('do not bring back what lies in an ignored directory', () => {
    expect(parseIgnoreRules('d/\n!d/x').ignores('d/x', false)).toBe(true);
    expect(parseIgnoreRules('d/*\n!d/x').ignores('d/x', false)).toBe(false);
  });

  it('always hide the private folder, whatever the file says', () => {
    const insistent = parseIgnoreRules('!.fsync\n!.fsync/**');
    expect(insistent.ignores('.fsync', true)).toBe(true);
    expect(insistent.ignores('.fsync/state.db', false)).toBe(true);
    expect(insistent.ignores('a/.fsync/vault.json', false)).toBe(true);
    expect(insistent.explain('.fsync', true)).toEqual({ ignored: true, rule: { pattern: '.fsync/', line: 0 } });
    expect(parseIgnoreRules('').ignores('.fsync', true)).toBe(true);
    expect(insistent.ignores('.fsyncignore', false)).toBe(false);
  });

  it('explain with the pattern and its line', () => {
    expect(rules.explain('x.log', false)).toEqual({ ignored: true, rule: { pattern: '*.log', line: 4 } });
    expect(rules.explain('a/node_modules/x/y', false)).toEqual({ ignored: true, rule: { pattern: 'node_modules/', line: 3 } });
    expect(rules.explain('keep.log', false)).toEqual({ ignored: false, rule: { pattern: '!keep.log', line: 5 } });
    expect(rules.explain('other', false)).toEqual({ ignored: false, rule: null });
    expect(rules.explain('', true)).toEqual({ ignored: false, rule: null });
  });

  it('read a file with a byte order mark, and one that is not text', () => {
    expect(parseIgnoreRules('\ufeffa').ignores('a', false)).toBe(true);
    expect(parseIgnoreRules('[\\\n\u0000\u0001').ignores('a', false)).toBe(false);
  });
});
