import v8 from 'node:v8';
import { describe, expect, it } from 'vitest';
import { releaseMemory } from '../../../../src/daemon/workers/release-memory.js';

const MIB = 1024 * 1024;
const external = (): number => v8.getHeapStatistics().external_memory;

/** Makes and drops buffers until that many bytes of them are there at once. */
function litter(bytes: number): void {
  const before = external();
  for (let made = 0; made < 1_000 && external() < before + bytes; made += 1) new Uint8Array(MIB).fill(1);
}

describe('releaseMemory', () => {
  it('frees buffers that nothing refers to any more', async () => {
    const before = external();
    litter(20 * MIB);
    expect(external()).toBeGreaterThanOrEqual(before + 20 * MIB);
    // V8 frees them on another thread, and counts them at its next collection.
    await expect
      .poll(() => {
        releaseMemory();
        return external();
      })
      .toBeLessThan(before + 4 * MIB);
  });
});
