import { describe, expect, it } from 'vitest';
import {
  climbs,
  isAtOrInside,
  isInside,
  joinPath,
  linkStaysInside,
  parentPath,
  parseRelPath,
  pathComponents,
  pathName,
} from '../../../../src/core/base/rel-path.js';

describe('parseRelPath', () => {
  it.each(['a', 'a/b', 'a b/c', '...', 'a/..b', 'ä', 'a\\b', ' ', 'C:', '-rf'])('takes %j', (text) => {
    expect(parseRelPath(text)).toBe(text);
  });

  it.each([
    '',
    '/',
    '/a',
    '.',
    '..',
    'a/..',
    '../a',
    'a/../b',
    './a',
    'a/.',
    'a//b',
    'a/',
    'a\0b',
    '\\a',
    'C:\\a',
    'a\\..\\b',
    '..\\a',
    'd/..\\x',
  ])('refuses %j', (text) => {
    expect(() => parseRelPath(text)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  it('refuses a tree deeper than any system can use', () => {
    expect(parseRelPath(Array.from({ length: 128 }, () => 'd').join('/'))).toHaveLength(255);
    expect(() => parseRelPath(Array.from({ length: 129 }, () => 'd').join('/'))).toThrow();
  });
});

describe('parts of a path', () => {
  it('joins, and takes apart what it joined', () => {
    expect(joinPath('', 'a')).toBe('a');
    expect(joinPath('a/b', 'c')).toBe('a/b/c');
    expect([parentPath('a/b/c'), parentPath('a'), parentPath('')]).toEqual(['a/b', '', '']);
    expect([pathName('a/b/c'), pathName('a'), pathName('')]).toEqual(['c', 'a', '']);
    expect([pathComponents('a/b'), pathComponents('')]).toEqual([['a', 'b'], []]);
  });

  it('hazard 33: compares by components, not by prefix', () => {
    expect(isInside('dir12', 'dir1')).toBe(false);
    expect(isInside('dir1/2', 'dir1')).toBe(true);
    expect(isInside('dir1', 'dir1')).toBe(false);
    expect(isAtOrInside('dir1', 'dir1')).toBe(true);
    expect([isInside('a', ''), isInside('', '')]).toEqual([true, false]);
  });
});

describe('linkStaysInside', () => {
  it.each([
    ['', 'a'],
    ['', 'a/../b'],
    ['d/e', '../../a'],
    ['d', './x//y'],
    ['', '.'],
    ['d', '..'],
  ])('allows in %j the target %j', (parent, target) => expect(linkStaysInside(parent, target)).toBe(true));

  it.each([
    ['', '..'],
    ['', '/etc/passwd'],
    ['d', '../..'],
    ['d', '../../d/x'],
    ['', 'a/../../b'],
    ['', ''],
    ['', 'a\0'],
    ['', '..\\x'],
    ['', '.fsync/state.db'],
    ['d', '../.fsync'],
  ])('refuses in %j the target %j', (parent, target) => expect(linkStaysInside(parent, target)).toBe(false));
});

describe('climbs', () => {
  it('means names that only other systems would follow out of the folder', () => {
    expect(['..\\x', '\\x', 'C:\\x', 'a\\..'].map(climbs)).toEqual([true, true, true, true]);
    expect(['a\\b', 'C:x', '..'].map(climbs)).toEqual([false, false, false]);
  });
});
