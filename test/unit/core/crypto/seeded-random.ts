/** Repeatable bytes for tests: SHA-256 of the seed and a counter. */
import { createHash } from 'node:crypto';

import type { RandomBytes } from '../../../../src/core/base/effects.js';

export function seededRandom(seed: string): RandomBytes {
  let counter = 0;
  return (size) => {
    const parts: Buffer[] = [];
    for (let length = 0; length < size; length += 32) {
      parts.push(
        createHash('sha256')
          .update(`${seed}/${String((counter += 1))}`)
          .digest(),
      );
    }
    return new Uint8Array(Buffer.concat(parts).subarray(0, size));
  };
}

/** A copy with one bit flipped. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** The code of the FsyncError that `work` throws; 'none' when it throws nothing. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `not an FsyncError: ${String(error)}`;
  }
}
