import { describe, expect, it } from 'vitest';
import { gatherBySize } from '../../../../src/daemon/transfer/gather.js';

const batches = (sizes: readonly number[], count: number, bytes: number): number[][] =>
  [...gatherBySize(sizes, { count, bytes }, (size) => size)].map((batch) => [...batch]);

describe('gatherBySize', () => {
  it('closes a batch before it would hold too many bytes', () => {
    expect(batches([4, 4, 4, 2, 5], 10, 10)).toEqual([[4, 4], [4, 2], [5]]);
  });

  it('fills a batch to the last byte', () => {
    expect(batches([5, 5, 1], 10, 10)).toEqual([[5, 5], [1]]);
  });

  it('closes a batch that holds enough items', () => {
    expect(batches([1, 1, 1, 1, 1], 2, 100)).toEqual([[1, 1], [1, 1], [1]]);
  });

  it('leaves an item alone that is larger than a batch', () => {
    expect(batches([1, 50, 1], 10, 10)).toEqual([[1], [50], [1]]);
  });

  it('makes nothing of nothing', () => {
    expect(batches([], 10, 10)).toEqual([]);
  });
});
