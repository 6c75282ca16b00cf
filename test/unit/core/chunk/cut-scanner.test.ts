import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cutPolynomial } from '../../../../src/core/chunk/cut-polynomial.js';
import { createCutScanner } from '../../../../src/core/chunk/cut-scanner.js';
import { seededRandom } from '../crypto/seeded-random.js';
import { referenceFind } from './reference-cutter.js';

const random = seededRandom('scanner');
const seed = random(32);
const key = random(16);
const low = cutPolynomial(seed);
const scanner = createCutScanner(seed, key);

const stretch = fc.record({
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 64, maxLength: 6_000, size: 'max' }),
    fc.nat(6_000).map((length) => new Uint8Array(64 + length)),
  ),
  from: fc.nat(200),
  length: fc.nat(6_000),
  bits: fc.integer({ min: 4, max: 14 }),
});

describe('the cut scanner', () => {
  it('finds the cuts of the definition in any bytes', () => {
    fc.assert(
      fc.property(stretch, ({ bytes, from, length, bits }) => {
        const start = Math.min(64 + from, bytes.length);
        const end = Math.min(start + length, bytes.length);
        expect(scanner.find(bytes, start, end, bits)).toBe(referenceFind(bytes, start, end, { low, key, bits }));
      }),
      { numRuns: 60 },
    );
  });

  it('finds a cut wherever it is within and across batches', () => {
    const bytes = seededRandom('batches')(40_000);
    for (const from of [64, 65, 1_000, 4_095, 4_159, 4_160, 4_161, 8_256, 20_003]) {
      const found = scanner.find(bytes, from, bytes.length, 12);
      expect(found).toBe(referenceFind(bytes, from, found === null ? bytes.length : found + 1, { low, key, bits: 12 }));
      if (found !== null) expect(scanner.find(bytes, from, found, 12)).toBeNull();
    }
  });

  it('decides each position by the 64 bytes before it and by nothing else', () => {
    const bytes = random(9_000);
    const cut = scanner.find(bytes, 5_000, bytes.length, 8);
    if (cut === null) throw new Error('no cut in the sample');
    const changed = Uint8Array.from(bytes);
    changed.fill(0, 0, cut - 64);
    changed.fill(0, cut);
    expect(scanner.find(changed, cut, cut + 1, 8)).toBe(cut);
    changed[cut - 64] = (changed[cut - 64] ?? 0) ^ 1;
    const moved = Uint8Array.from(bytes.subarray(cut - 64));
    expect(scanner.find(moved, 64, 65, 8)).toBe(64);
  });

  it('cuts at the expected rate', () => {
    const bytes = seededRandom('rate')(300_000);
    expect(cutsOf(scanner, bytes, 8).length).toBeGreaterThan((300_000 / 256) * 0.85);
    expect(cutsOf(scanner, bytes, 8).length).toBeLessThan((300_000 / 256) * 1.15);
  });

  it('cuts one file independently under two keys', () => {
    const bytes = seededRandom('independence')(500_000);
    const [one, other] = [0, 1].map(() => cutsOf(createCutScanner(random(32), random(16)), bytes, 6)) as [number[], number[]];
    const positions = new Set(other);
    const common = one.filter((position) => positions.has(position)).length;
    const expected = 500_000 / 2 ** 12;
    expect(Math.abs(common - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  it.each([
    ['the polynomial alone', (): [Uint8Array, Uint8Array] => [random(32), key]],
    ['the cipher key alone', (): [Uint8Array, Uint8Array] => [seed, random(16)]],
  ])('depends on %s', (_, secrets) => {
    const bytes = seededRandom('dependence')(100_000);
    expect(cutsOf(createCutScanner(...secrets()), bytes, 8)).not.toEqual(cutsOf(scanner, bytes, 8));
  });
});

function cutsOf(of: typeof scanner, bytes: Uint8Array, bits: number): number[] {
  const cuts: number[] = [];
  for (let from = 64; ;) {
    const cut = of.find(bytes, from, Math.min(from + 2 ** bits, bytes.length), bits);
    if (cut === null && from + 2 ** bits >= bytes.length) return cuts;
    if (cut !== null) cuts.push(cut);
    from = cut === null ? from + 2 ** bits : cut + 1;
  }
}
