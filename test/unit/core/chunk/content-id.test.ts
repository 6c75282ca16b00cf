import { describe, expect, it } from 'vitest';

import { parseChunkId } from '../../../../src/core/base/ids.js';
import { contentIdOfBytes, contentIdOfChunks } from '../../../../src/core/chunk/content-id.js';

const [a, b] = ['aa', 'bb'].map((byte) => ({ epoch: 1, id: parseChunkId(byte.repeat(32)), size: 5_000 })) as [
  { epoch: number; id: ReturnType<typeof parseChunkId>; size: number },
  { epoch: number; id: ReturnType<typeof parseChunkId>; size: number },
];

describe('the content id', () => {
  it('differs by chunk, order, number and length', () => {
    const ids = [[a], [b], [a, b], [b, a], [a, a], [{ ...a, size: 5_001 }], []].map(contentIdOfChunks);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('does not depend on the epoch that a reference names', () => {
    expect(contentIdOfChunks([{ ...a, epoch: 2 }])).toBe(contentIdOfChunks([a]));
  });

  it('of inline bytes is never that of chunks', () => {
    expect(contentIdOfBytes(new Uint8Array(0))).not.toBe(contentIdOfChunks([]));
    expect(contentIdOfBytes(Uint8Array.of(1))).not.toBe(contentIdOfBytes(Uint8Array.of(2)));
  });
});
