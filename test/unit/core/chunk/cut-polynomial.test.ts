import { describe, expect, it } from 'vitest';

import { cutPolynomial, isIrreducible, popTable, pushTable } from '../../../../src/core/chunk/cut-polynomial.js';
import { seededRandom } from '../crypto/seeded-random.js';
import { referenceFingerprint } from './reference-cutter.js';

const MASK = (1n << 64n) - 1n;

function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let bit = 0n; b >> bit !== 0n; bit += 1n) if ((b >> bit) & 1n) product ^= a << bit;
  return product;
}

describe('isIrreducible', () => {
  it('agrees with a factorisation made elsewhere', () => {
    const small = Array.from({ length: 64 }, (_, low) => BigInt(low)).filter(isIrreducible);
    expect(small).toEqual([0x1bn, 0x1dn]);
    expect([0x81f9c1f66c0f3459n, 0x5d5f576cdeb8fc4dn, 0xc9546b439f9d0129n, 0xa5f09e6345ddb87dn].every(isIrreducible)).toBe(true);
  });

  it('refuses products, also of two factors of degree 32', () => {
    const [first, second] = [0x1_0000_008dn, 0x1_0040_0007n];
    const product = multiply(first, second);
    expect(product >> 64n).toBe(1n);
    expect(isIrreducible(product & MASK)).toBe(false);
    expect(isIrreducible(multiply(first, first) & MASK)).toBe(false);
    const odd = multiply(0b111n, (1n << 62n) | 0b11n);
    expect(isIrreducible(odd & MASK)).toBe(false);
  });

  it('refuses what x or x + 1 divides', () => {
    expect(isIrreducible(0x1an)).toBe(false);
    expect(isIrreducible(0b11n)).toBe(false);
  });

  it('accepts about one in 32 odd candidates', () => {
    const random = seededRandom('irreducible');
    let accepted = 0;
    for (let count = 0; count < 2_000; count += 1) {
      const bytes = random(8);
      if (isIrreducible(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0) | 1n)) accepted += 1;
    }
    expect(accepted).toBeGreaterThan(35);
    expect(accepted).toBeLessThan(95);
  });
});

describe('cutPolynomial', () => {
  it('is irreducible, and a secret of its seed', () => {
    const random = seededRandom('seeds');
    const polynomials = Array.from({ length: 5 }, () => cutPolynomial(random(32)));
    expect(polynomials.every(isIrreducible)).toBe(true);
    expect(new Set(polynomials).size).toBe(5);
    expect(cutPolynomial(new Uint8Array(32).fill(1))).toBe(cutPolynomial(new Uint8Array(32).fill(1)));
  });
});

describe('the tables', () => {
  const low = cutPolynomial(seededRandom('tables')(32));

  it('hold the remainders of x^64 and x^512 times each byte', () => {
    const push = pushTable(low);
    const pop = popTable(low);
    for (const byte of [0, 1, 2, 127, 128, 255]) {
      expect(push[byte]).toBe(referenceFingerprint(Uint8Array.of(byte, ...new Uint8Array(8)), low));
      expect(pop[byte]).toBe(referenceFingerprint(Uint8Array.of(byte, ...new Uint8Array(64)), low));
    }
  });
});
