import { describe, expect, it } from 'vitest';
import { sealedLimit } from '../../../../src/core/chunk/chunk.js';
import { packLength } from '../../../../src/core/chunk/pack.js';
import { PackMemory } from '../../../../src/daemon/transfer/pack-memory.js';

describe('the memory of packs', () => {
  it('is enough for chunks that do not compress', () => {
    const sizes = [1, 100_000, 524_288];
    const sealed = sizes.reduce((sum, size) => sum + sealedLimit(size), 0);
    expect(new PackMemory().take(sizes).byteLength).toBe(packLength(sizes.length, sealed));
  });

  it('is used again when it is large enough, by one pack at a time', () => {
    const packs = new PackMemory();
    const large = packs.take([1_000_000]);
    packs.giveBack(large);
    expect(packs.take([2_000_000])).not.toBe(large);
    expect(packs.take([500_000])).toBe(large);
    expect(packs.take([500_000])).not.toBe(large);
  });
});
