import { createCipheriv } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseVaultId } from '../../../../src/core/base/ids.js';
import { LARGE_CLASS, LARGE_FILE, SMALL_CLASS } from '../../../../src/core/chunk/cut-class.js';
import { createCutter, type Cutter } from '../../../../src/core/chunk/cut-points.js';
import { cutPolynomial } from '../../../../src/core/chunk/cut-polynomial.js';
import { deriveVaultKeys, type VaultKeys } from '../../../../src/core/log/vault-keys.js';
import { codeOf, seededRandom } from '../crypto/seeded-random.js';
import { referenceFingerprint, referenceIsCut } from './reference-cutter.js';

const MIB = 1024 * 1024;
const vault = parseVaultId('a1'.repeat(32));

function keysOf(seed: string): VaultKeys {
  return deriveVaultKeys(vault, 1, seededRandom(seed)(32));
}

const keys = keysOf('cuts');

/** Megabytes of noise, quickly: an AES-CTR stream. */
function noise(seed: string, length: number): Uint8Array {
  return new Uint8Array(createCipheriv('aes-128-ctr', seededRandom(seed)(16), new Uint8Array(16)).update(new Uint8Array(length)));
}

function lengthsOf(cutter: Cutter, bytes: Uint8Array): number[] {
  const lengths: number[] = [];
  for (let start = 0; start < bytes.length;) {
    const window = bytes.subarray(start, start + cutter.maxChunk);
    const length = cutter.next(window, start + window.length === bytes.length);
    lengths.push(length);
    start += length;
  }
  return lengths;
}

/** As a reader does it that gets the file in pieces of the given sizes and keeps what is not cut yet. */
function lengthsFromReads(cutter: Cutter, bytes: Uint8Array, reads: readonly number[]): number[] {
  const lengths: number[] = [];
  let start = 0;
  let filled = 0;
  for (let read = 0; start < bytes.length; read += 1) {
    filled = Math.min(bytes.length, filled + (reads[read % reads.length] ?? MIB));
    while (start < filled && (filled - start >= cutter.maxChunk || filled === bytes.length)) {
      const length = cutter.next(bytes.subarray(start, filled), filled === bytes.length);
      lengths.push(length);
      start += length;
    }
  }
  return lengths;
}

const file = noise('file', 24 * MIB);
const lengths = lengthsOf(createCutter(keys, file.length), file);

describe('createCutter', () => {
  it('keeps to the bounds and to the mean of its size class', () => {
    for (const length of lengths.slice(0, -1)) {
      expect(length).toBeGreaterThanOrEqual(SMALL_CLASS.min);
      expect(length).toBeLessThanOrEqual(SMALL_CLASS.max);
    }
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(file.length);
    expect(lengths.length).toBeGreaterThan(30);
    expect(lengths.length).toBeLessThan(70);
  });

  it('cuts where the definition says', () => {
    const low = cutPolynomial(keys.cutPolynomialSeed);
    let position = 0;
    for (const length of lengths.slice(0, -1)) {
      position += length;
      const fingerprint = referenceFingerprint(file.subarray(position - 64, position), low);
      if (length < SMALL_CLASS.max) expect(referenceIsCut(fingerprint, keys.cutKey, SMALL_CLASS.bits)).toBe(true);
    }
  });

  it('cuts the same however the file is read', () => {
    const cutter = createCutter(keys, file.length);
    const sizes = fc.array(fc.integer({ min: 1, max: 5 * MIB }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, (reads) => {
        fc.pre(reads.reduce((sum, size) => sum + size, 0) / reads.length > 10_000);
        expect(lengthsFromReads(cutter, file, reads)).toEqual(lengths);
      }),
      { numRuns: 10 },
    );
  });

  it('finds its old cuts again behind an insertion', () => {
    const inserted = new Uint8Array(file.length + 1);
    inserted.set(file.subarray(0, 5 * MIB));
    inserted.set(file.subarray(5 * MIB), 5 * MIB + 1);
    const after = lengthsOf(createCutter(keys, inserted.length), inserted);
    const ends = (of: readonly number[], shift: number): Set<number> =>
      new Set(of.map((_, index) => of.slice(0, index + 1).reduce((a, b) => a + b, 0) - shift));
    const before = ends(lengths, 0);
    const found = [...ends(after, 1)].filter((end) => before.has(end));
    expect(found.length).toBeGreaterThan(lengths.length * 0.6);
  });

  it('cuts one file differently in every vault and epoch', () => {
    const part = file.subarray(0, 8 * MIB);
    const base = lengthsOf(createCutter(keys, part.length), part);
    expect(lengthsOf(createCutter(keysOf('other'), part.length), part)).not.toEqual(base);
    const vaultKey = seededRandom('cuts')(32);
    expect(lengthsOf(createCutter(deriveVaultKeys(vault, 1, vaultKey), part.length), part)).toEqual(base);
    expect(lengthsOf(createCutter(deriveVaultKeys(vault, 2, vaultKey), part.length), part)).not.toEqual(base);
  });

  it('cuts the same with keys that crossed into another thread', () => {
    const part = file.subarray(0, 4 * MIB);
    expect(lengthsOf(createCutter(structuredClone(keys), part.length), part)).toEqual(lengthsOf(createCutter(keys, part.length), part));
  });

  it('leaves files up to the minimum whole', () => {
    for (const length of [1, 100, SMALL_CLASS.min - 1, SMALL_CLASS.min]) {
      expect(createCutter(keys, length).next(file.subarray(0, length), true)).toBe(length);
    }
  });

  it('cuts zeros and repeated bytes at fixed places, in bounds', () => {
    for (const pattern of [0, 0x20, 0xff]) {
      const bytes = new Uint8Array(7 * MIB).fill(pattern);
      const constant = lengthsOf(createCutter(keys, bytes.length), bytes);
      expect(new Set(constant.slice(0, -1)).size).toBe(1);
      expect([SMALL_CLASS.min, SMALL_CLASS.max]).toContain(constant[0]);
    }
  });

  it('cuts very large files in the large class', () => {
    expect(createCutter(keys, LARGE_FILE - 1).maxChunk).toBe(SMALL_CLASS.max);
    const cutter = createCutter(keys, LARGE_FILE);
    expect(cutter.maxChunk).toBe(LARGE_CLASS.max);
    const length = cutter.next(file.subarray(0, LARGE_CLASS.max), false);
    expect(length).toBeGreaterThanOrEqual(LARGE_CLASS.min);
  });

  it('does not take a window that is too short', () => {
    const cutter = createCutter(keys, file.length);
    expect(codeOf(() => cutter.next(file.subarray(0, cutter.maxChunk - 1), false))).toBe('internal');
  });
});
