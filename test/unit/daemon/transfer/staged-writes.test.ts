import { describe, expect, it } from 'vitest';
import { movableBuffer } from '../../../../src/daemon/transfer/staged-writes.js';

describe('movableBuffer', () => {
  it('gives up the buffer of bytes that have one of their own', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(movableBuffer(bytes).buffer).toBe(bytes.buffer);
  });

  it.each([
    ['part of a buffer', Uint8Array.of(0, 1, 2, 3, 0).subarray(1, 4)],
    ['the shared pool', Buffer.from([1, 2, 3])],
    ['shared memory', new Uint8Array(new SharedArrayBuffer(3)).fill(1)],
  ])('copies bytes in %s', (_name, bytes) => {
    const moved = movableBuffer(bytes);
    expect(moved.buffer).not.toBe(bytes.buffer);
    expect(moved.buffer.byteLength).toBe(bytes.length);
    expect([...moved]).toEqual([...bytes]);
  });
});
