import { describe, expect, it } from 'vitest';
import { comparisonLines } from '../../../../src/cli/ui/comparison.js';
import { diffRows, unifiedLines } from '../../../../src/cli/resolve/diff-rows.js';
import { hasMarkers, markedText } from '../../../../src/cli/resolve/marked-text.js';
import { textWidth } from '../../../../src/cli/output/width.js';
import { sampleSides } from '../../../support/sample-conflicts.js';

const many = (count: number, changed: number): string =>
  Array.from({ length: count }, (_, index) => `${index === changed ? 'new' : 'line'} ${String(index)}\n`).join('');

describe('two texts beside each other', () => {
  it('pairs changed lines and leaves far equal ones out', () => {
    expect(diffRows(many(20, -1), many(20, 10))).toEqual([
      { kind: 'gap', lines: 7 },
      ...[7, 8, 9].map((index) => ({ kind: 'same', left: `line ${String(index)}`, right: `line ${String(index)}` })),
      { kind: 'changed', left: 'line 10', right: 'new 10' },
      ...[11, 12, 13].map((index) => ({ kind: 'same', left: `line ${String(index)}`, right: `line ${String(index)}` })),
      { kind: 'gap', lines: 6 },
    ]);
    expect(diffRows('same\n', 'same\n')).toEqual([]);
  });

  it('puts what goes before what comes in one column', () => {
    const lines = unifiedLines(diffRows('a\nb\nend\n', 'x\ny\nz\nend\n')).map(({ kind, text }) => `${kind} ${text}`);
    expect(lines).toEqual(['removed a', 'removed b', 'added x', 'added y', 'added z', 'same end']);
  });

  it('spells out control characters and tells a missing line end', () => {
    const lines = unifiedLines(diffRows('\u001b[2J\tx', '\u202ey\n')).map(({ text }) => text);
    expect(lines).toEqual(['\\x1b[2J    x', '\\ no line end', '\\u202ey']);
  });

  it.each([40, 80, 99, 100, 120, 201])('fits into %i columns, wide letters too', (columns) => {
    const lines = comparisonLines(sampleSides(`${'漢'.repeat(200)}\nx\n`, `${'字'.repeat(150)}\n`), columns);
    for (const line of lines) expect(textWidth(line.map(({ text }) => text).join(''))).toBeLessThanOrEqual(columns);
    expect(lines[0]?.length).toBe(columns < 100 ? 1 : 3);
  });
});

describe('both versions in one text', () => {
  const sides = { ours: 'one\nours\nend\n', theirs: 'one\ntheirs\nmore\nend\n', ourName: 'laptop', theirName: 'desktop' };

  it('has markers where they differ', () => {
    expect(markedText(sides)).toBe('one\n<<<<<<< laptop\nours\n=======\ntheirs\nmore\n>>>>>>> desktop\nend\n');
  });

  it('is not done as long as a marker is left', () => {
    expect(hasMarkers(markedText(sides), sides)).toBe(true);
    expect(hasMarkers('one\nboth\nend\n', sides)).toBe(false);
    expect(hasMarkers('title\n=======\n', { ...sides, ours: 'title\n=======\nx' })).toBe(false);
  });
});
