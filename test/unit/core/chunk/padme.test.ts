import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { padmeLength } from '../../../../src/core/chunk/padme.js';

describe('padmeLength', () => {
  it('is at least 1 KiB, never shorter and never over 12 % longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (length) => {
        const padded = padmeLength(length);
        expect(padded).toBeGreaterThanOrEqual(Math.max(1024, length));
        expect(padded).toBeLessThanOrEqual(Math.max(1024, length * 1.12));
        expect(padmeLength(padded)).toBe(padded);
      }),
    );
  });

  it('grows with the length and takes few values', () => {
    const values = Array.from({ length: 100_000 }, (_, index) => padmeLength(index));
    expect(values.toSorted((a, b) => a - b)).toEqual(values);
    expect(new Set(values).size).toBeLessThan(150);
  });

  it.each([
    [1024, 1024],
    [1025, 1088],
    [65_536, 65_536],
    [65_537, 67_584],
    [1_000_000, 1_015_808],
  ])('pads %i to %i', (length, padded) => {
    expect(padmeLength(length)).toBe(padded);
  });
});
