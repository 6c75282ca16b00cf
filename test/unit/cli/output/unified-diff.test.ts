import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../../src/cli/output/unified-diff.js';
import { isInstalled } from '../../../support/cli-process.js';
import { tempFolder } from '../../../support/temp-folder.js';

const names = { before: 'a/x', after: 'b/x' };

describe('unifiedDiff', () => {
  it('is empty for equal texts', () => {
    expect(unifiedDiff('a\nb', 'a\nb', names)).toBe('');
  });

  it('shows three lines around a change, and joins changes that are near', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `l${String(index)}\n`);
    const after = lines.map((line, index) => (index === 5 || index === 11 ? `new ${line}` : line));
    expect(
      unifiedDiff(lines.join(''), after.join(''), names)
        .split('\n')
        .filter((line) => line.startsWith('@@')),
    ).toEqual(['@@ -3,13 +3,13 @@']);
    const far = lines.map((line, index) => (index === 2 || index === 16 ? `new ${line}` : line));
    expect(
      unifiedDiff(lines.join(''), far.join(''), names)
        .split('\n')
        .filter((line) => line.startsWith('@@')),
    ).toEqual(['@@ -1,6 +1,6 @@', '@@ -14,7 +14,7 @@']);
  });

  it('says when a line end is missing, and names new and empty files like diff does', () => {
    expect(unifiedDiff('', 'a\nb', names)).toBe('--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n');
    expect(unifiedDiff('a\n', 'a', names)).toBe('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n');
  });

  it.skipIf(!isInstalled('patch'))('makes what patch turns the one text into the other with', () => {
    const folder = tempFolder();
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
      .chain((lines) => fc.boolean().map((isOpen) => (lines.length === 0 ? '' : lines.join('\n') + (isOpen ? '' : '\n'))));
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        writeFileSync(join(folder, 'x'), before);
        const input = unifiedDiff(before, after, names);
        const { status, stdout, stderr } = spawnSync('patch', ['-s', '-f', '-o', '-', 'x'], { cwd: folder, input, encoding: 'utf8' });
        expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: after, stderr: '' });
      }),
      { numRuns: 60 },
    );
  });
});
