/** scripts/mutants/list.mjs fits the source as it is now; that each bug is caught is for `npm run mutants` to show. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../scripts/harness/processes.mjs';
import { mutants } from '../scripts/mutants/list.mjs';

const inProject = (file: string): string => path.join(projectRoot, file);

describe('the deliberate bugs', () => {
  it('each replace a text that stands in its file exactly once', () => {
    const times = ({ file, before }: (typeof mutants)[number]): number => readFileSync(inProject(file), 'utf8').split(before).length - 1;
    expect(mutants.filter((mutant) => times(mutant) !== 1).map(({ bug }) => bug)).toEqual([]);
  });

  it('each name another bug, and a file of tests that exists', () => {
    expect(new Set(mutants.map(({ bug }) => bug)).size).toBe(mutants.length);
    expect(mutants.filter(({ caughtBy }) => !existsSync(inProject(caughtBy.file))).map(({ bug }) => bug)).toEqual([]);
  });
});
