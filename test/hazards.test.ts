/** docs/hazards.md is complete, and every test it names is there and cites the number of its hazard. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../scripts/harness/processes.mjs';

const HAZARDS = 90;

interface Row {
  readonly number: number;
  readonly does: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');
const rows = read('docs/hazards.md')
  .split('\n')
  .filter((line) => /^\| +\d+ /.test(line))
  .map(parseRow);

function parseRow(line: string): Row {
  const [, number = '', , does = '', tests = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const named = tests === 'none' ? [] : tests.split('<br>').map((one) => /^`([^`]+)`: (.+)$/.exec(one));
  return { number: Number(number), does, tests: named.map((match) => ({ file: match?.[1] ?? tests, title: match?.[2] ?? '' })) };
}

function problemsOf({ number, does, tests }: Row): readonly string[] {
  if (tests.length === 0) return does.startsWith('Not tested: ') ? [] : [`${String(number)}: neither a test nor a reason`];
  return tests.flatMap(({ file, title }) => {
    const cited = /\bhazards? ([\d, ]+)(?::|\)$)/.exec(title)?.[1]?.split(', ').map(Number) ?? [];
    if (!existsSync(path.join(projectRoot, file))) return [`${String(number)}: there is no ${file}`];
    if (!cited.includes(number)) return [`${String(number)}: "${title}" does not cite the number`];
    const isThere = ["'", '"', '`'].some((quote) => read(file).includes(`${quote}${title}${quote}`));
    return isThere ? [] : [`${String(number)}: "${title}" is not in ${file}`];
  });
}

describe('docs/hazards.md', () => {
  it('has a row for each hazard, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: HAZARDS }, (_, index) => index + 1));
  });

  it('names only tests that are there and cite the hazard, or says why there is none', () => {
    expect(rows.flatMap(problemsOf)).toEqual([]);
  });
});
