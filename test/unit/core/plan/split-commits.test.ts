import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommitOp } from '../../../../src/core/plan/operation.js';
import { splitIntoCommits } from '../../../../src/core/plan/split-commits.js';
import { fakeNodeId } from '../../../support/fake-vault.js';
import { propertyOptions } from '../../../support/property-options.js';

/** `after`: by the number of the operation. */
function operation(number: number, after: readonly number[]): CommitOp {
  const facets = { content: null, deleted: true } as CommitOp['facets'];
  return { node: nodeOf(number), facets, stamp: 1, after: after.map(nodeOf), needsUpload: false, rebase: [] };
}

const nodeOf = (number: number) => fakeNodeId(`operation ${String(number)}`);
const numbers = (count: number, from = 0): readonly number[] => Array.from({ length: count }, (_, index) => from + index);

/** Every operation is in one commit, and after each of them nothing that was committed lacks what it depends on. */
function expectWhole(ops: readonly CommitOp[], commits: readonly (readonly CommitOp[])[]): void {
  const known = new Set(ops.map(({ node }) => node));
  const done = new Set<string>();
  for (const commit of commits) {
    for (const { node } of commit) done.add(node);
    for (const { after } of commit) expect(after.filter((node) => known.has(node) && !done.has(node))).toEqual([]);
  }
  expect(done.size).toBe(ops.length);
  expect(commits.flat()).toHaveLength(ops.length);
}

describe('splitIntoCommits', () => {
  it('cuts the deletion of a directory that is larger than a commit, also when the directory comes first', () => {
    const ops = [operation(0, numbers(12_000, 1)), ...numbers(12_000, 1).map((number) => operation(number, []))];
    const commits = splitIntoCommits(ops);
    expect(commits.map(({ length }) => length)).toEqual([...Array<number>(12).fill(1000), 1]);
    expectWhole(ops, commits);
  });

  it('deletes a directory that fits one commit with one commit', () => {
    const ops = [
      ...numbers(7).map((number) => operation(number, [])),
      operation(7, [8, 9, 10]),
      ...numbers(3, 8).map((n) => operation(n, [])),
    ];
    expect(splitIntoCommits(ops, 10).map(({ length }) => length)).toEqual([7, 4]);
  });

  it('leaves together what depends on each other in a ring, whatever its size', () => {
    const ring = numbers(20).map((number) => operation(number, [(number + 1) % 20]));
    const ops = [operation(30, [5]), ...ring, operation(31, [])];
    expect(splitIntoCommits(ops, 10).map(({ length }) => length)).toEqual([20, 2]);
  });

  it('keeps the tree whole after every commit, whatever depends on what', () => {
    const graph = fc.array(fc.array(fc.nat(29), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 12 }), (afters, maxOps) => {
        const ops = afters.map((after, number) => operation(number, after));
        const commits = splitIntoCommits(ops, maxOps);
        expectWhole(ops, commits);
        for (const commit of commits) if (commit.length > maxOps) expect(isRing(commit)).toBe(true);
      }),
      propertyOptions(300),
    );
  });
});

/** Each of them leads to every other one. */
function isRing(ops: readonly CommitOp[]): boolean {
  return ops.every((start) => {
    const seen = new Set([start.node]);
    for (const node of seen) for (const next of ops.find((op) => op.node === node)?.after ?? []) seen.add(next);
    return ops.every(({ node }) => seen.has(node));
  });
}
