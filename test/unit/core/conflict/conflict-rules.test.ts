import { describe, expect, it } from 'vitest';
import { parseConflictRules } from '../../../../src/core/conflict/conflict-rules.js';
import { parseConflictStrategy } from '../../../../src/core/conflict/conflict-strategy.js';

describe('parseConflictRules', () => {
  it.each([
    ['*.md conflict=merge', 'notes/todo.md', 'merge'],
    ['*.md conflict=merge', 'notes/todo.txt', null],
    ['/todo.md conflict=ours', 'notes/todo.md', null],
    ['logs/ conflict=keep-both', 'logs/deep/a.log', 'keep-both'],
    ['"with space/*.md" conflict=theirs', 'with space/a.md', 'theirs'],
    ['*.md text eol=lf conflict=merge', 'a.md', 'merge'],
    ['*.md\tconflict=merge', 'a.md', 'merge'],
    ['\ufeff*.md conflict=merge\r\n', 'a.md', 'merge'],
    ['* conflict=merge\n*.md conflict=lww', 'a.md', 'lww'],
    ['*.md conflict=lww\n* conflict=merge', 'a.md', 'merge'],
    ['*.md conflict=merge\n*.md eol=lf', 'a.md', 'merge'],
  ] as const)('%j says of %s: %s', (text, path, strategy) => {
    expect(parseConflictRules(text).strategyFor(path)).toBe(strategy);
  });

  it.each([
    '# *.md conflict=merge',
    '!*.md conflict=merge',
    '*.md conflict=union',
    '*.md',
    'conflict=merge',
    '"*.md conflict=merge',
    '',
    '\0',
  ])('finds no rule in %j', (text) => {
    expect(parseConflictRules(text).strategyFor('a.md')).toBeNull();
  });

  it('has nothing to say of the root', () => {
    expect(parseConflictRules('* conflict=merge').strategyFor('')).toBeNull();
  });
});

describe('parseConflictStrategy', () => {
  it('leaves conflicts to a person for what it does not know', () => {
    expect(['merge', 'union', ''].map(parseConflictStrategy)).toEqual(['merge', 'lww', 'lww']);
  });
});
