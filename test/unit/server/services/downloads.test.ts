import { describe, expect, it } from 'vitest';
import { parseChunkId } from '../../../../src/core/base/ids.js';
import { joinNeighbours } from '../../../../src/server/services/downloads.js';

const place = (blobKey: string, offset: number, length: number) => ({
  id: parseChunkId(offset.toString(16).padStart(64, '0')),
  blobKey,
  offset,
  length,
});
const shape = (ranges: ReturnType<typeof joinNeighbours>) =>
  ranges.map((range) => [range.blobKey, range.offset, range.length, range.chunks.length]);

describe('ranges of a download', () => {
  it('join chunks that lie next to each other, in whatever order they were asked for', () => {
    expect(shape(joinNeighbours([place('a', 20, 5), place('a', 0, 10), place('a', 10, 10)]))).toEqual([['a', 0, 25, 3]]);
  });

  it('stay apart over gaps and packs', () => {
    expect(shape(joinNeighbours([place('a', 0, 10), place('a', 11, 10), place('b', 21, 10)]))).toEqual([
      ['a', 0, 10, 1],
      ['a', 11, 10, 1],
      ['b', 21, 10, 1],
    ]);
  });

  it('are never longer than 8 MiB unless one chunk is', () => {
    const chunk = 3 * 1024 * 1024;
    const ranges = joinNeighbours([0, 1, 2, 3, 4].map((index) => place('a', index * chunk, chunk)));
    expect(shape(ranges).map(([, , , count]) => count)).toEqual([2, 2, 1]);
  });
});
