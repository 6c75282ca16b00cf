import { expect, it } from 'vitest';
import { fitWidth, textWidth } from '../../../../src/cli/output/width.js';

it('counts wide letters twice and combining marks not at all', () => {
  expect([textWidth('abc'), textWidth('漢字'), textWidth('e\u0301'), textWidth('🎉'), textWidth('')]).toEqual([3, 4, 1, 2, 0]);
});

it('cuts where the next letter would not fit', () => {
  expect([fitWidth('abcdef', 3), fitWidth('漢字', 3), fitWidth('abc', 10)]).toEqual(['abc', '漢', 'abc']);
});
