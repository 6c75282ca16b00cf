import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fromHex, toHex } from '../../../../src/core/base/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../../../../src/core/base/cbor.js';
import { codeOf } from '../crypto/seeded-random.js';

const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 30 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('deterministic CBOR', () => {
  it('encodes as RFC 8949 §4.2 says', () => {
    expect(toHex(encodeCbor({ b: 1, a: [true, null, Uint8Array.of(5)], aa: -1 }))).toBe('a3616183f5f641056162016261' + '6120');
  });

  it('gives every value back', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decodeCbor(encodeCbor(value))).toEqual(value);
      }),
    );
  });

  it.each([
    ['a number that is longer than needed', '1801'],
    ['keys out of order', 'a2616201616101'],
    ['a key twice', 'a2616101616102'],
    ['an indefinite array', '9f01ff'],
    ['an indefinite text', '7f6161ff'],
    ['a float', 'fb3ff8000000000000'],
    ['a half float that is a whole number', 'f93c00'],
    ['undefined', 'f7'],
    ['a tag', 'c101'],
    ['a simple value', 'e0'],
    ['a key that is not text', 'a10102'],
    ['bytes behind the value', '0100'],
    ['nothing', ''],
    ['a cut header', '19'],
    ['a cut string', '4401'],
    ['an array of more than there is', '9a7fffffff01'],
    ['text that is not UTF-8', '61ff'],
    ['a number beyond 2^53', '1b0020000000000001'],
    ['a reserved length', '1c'],
  ])('refuses %s', (_, hex) => {
    expect(codeOf(() => decodeCbor(fromHex(hex)))).toBe('integrity');
  });

  it('refuses deep nesting before it recurses', () => {
    expect(codeOf(() => decodeCbor(new Uint8Array(100_000).fill(0x81)))).toBe('limit_exceeded');
    expect(codeOf(() => decodeCbor(fromHex('81'.repeat(14) + '00')))).toBe('none');
  });

  it('does not let a key named __proto__ touch a prototype', () => {
    const bytes = fromHex('a1' + '695f5f70726f746f5f5f' + 'a1616101');
    const value = decodeCbor(bytes);
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { a?: unknown }).a).toBeUndefined();
  });

  it('never throws anything but its own errors on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(['none', 'integrity', 'limit_exceeded']).toContain(codeOf(() => decodeCbor(bytes)));
      }),
      { numRuns: 2000 },
    );
  });
});
