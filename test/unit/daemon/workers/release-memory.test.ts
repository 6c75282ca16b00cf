import v8 from 'node:v8';
import { describe, expect, it } from 'vitest';
import { releaseMemory } from '../../../../src/daemon/workers/release-memory.js';

const MIB = 1024 * 1024;
const external = (): number => v8.getHeapStatistics().external_memory;

const makeBuffers = (): Uint8Array[] => Array.from({ length: 24 }, () => new Uint8Array(MIB).fill(1));

describe('releaseMemory', () => {
  it('frees buffers that nothing refers to any more', () => {
    const before = external();
    let buffers = makeBuffers();
    expect(external()).toBeGreaterThan(before + 20 * MIB);
    buffers = [];
    releaseMemory();
    expect(external()).toBeLessThan(before + 4 * MIB);
    expect(buffers).toEqual([]);
  });
});
