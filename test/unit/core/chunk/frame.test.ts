import { brotliCompressSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { concatBytes, equalBytes, uint32Bytes, utf8 } from '../../../../src/core/base/bytes.js';
import { CHUNK_SIZE_LIMIT } from '../../../../src/core/chunk/cut-class.js';
import { decodeFrame, encodeFrame } from '../../../../src/core/chunk/frame.js';
import { padmeLength } from '../../../../src/core/chunk/padme.js';
import { codeOf, seededRandom } from '../crypto/seeded-random.js';

const random = seededRandom('frame');
const text = utf8('All work and no play makes Jack a dull boy. '.repeat(200));

function frameOf(algorithm: number, rawLength: number, payload: Uint8Array, padTo = padmeLength(5 + payload.length)): Uint8Array {
  const used = concatBytes(Uint8Array.of(algorithm), uint32Bytes(rawLength), payload);
  return concatBytes(used, new Uint8Array(Math.max(0, padTo - used.length)));
}

describe('a frame', () => {
  it('gives back any bytes', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 5_000, size: 'max' }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 500 }))
        .map(([unit, times]) => concatBytes(...new Array<Uint8Array>(times).fill(unit))),
    );
    fc.assert(
      fc.property(anyBytes, (raw) => {
        const frame = encodeFrame(raw);
        expect(decodeFrame(frame)).toEqual(raw);
        expect(padmeLength(frame.length)).toBe(frame.length);
      }),
    );
  });

  it('compresses what gets smaller and stores what does not', () => {
    const compressed = encodeFrame(text);
    expect(compressed[0]).toBe(1);
    expect(compressed.length).toBe(1024);
    const stored = encodeFrame(random(10_000));
    expect(stored[0]).toBe(0);
    expect(stored.length).toBe(padmeLength(10_005));
  });

  it('compresses text between random bytes', () => {
    expect(encodeFrame(concatBytes(random(4096), text, text, random(4096)))[0]).toBe(1);
  });

  it('lets the first 64 KiB decide', () => {
    const noiseFirst = concatBytes(random(64 * 1024), new Uint8Array(500_000));
    expect(encodeFrame(noiseFirst)[0]).toBe(0);
    const textFirst = concatBytes(new Uint8Array(64 * 1024), random(10_000));
    expect(encodeFrame(textFirst)[0]).toBe(1);
    expect(equalBytes(decodeFrame(encodeFrame(textFirst)), textFirst)).toBe(true);
    const hopeless = concatBytes(new Uint8Array(64 * 1024), random(2_000_000));
    expect(encodeFrame(hopeless)[0]).toBe(0);
  });

  it('holds the largest chunk', () => {
    const raw = new Uint8Array(CHUNK_SIZE_LIMIT).fill(3);
    expect(equalBytes(decodeFrame(encodeFrame(raw)), raw)).toBe(true);
    expect(codeOf(() => encodeFrame(new Uint8Array(CHUNK_SIZE_LIMIT + 1)))).toBe('limit_exceeded');
    expect(codeOf(() => encodeFrame(new Uint8Array(0)))).toBe('integrity');
  });
});

describe('what decodeFrame refuses', () => {
  const packed = brotliCompressSync(text);
  const stored = random(3_000);

  it('is nothing in well-made frames', () => {
    expect(decodeFrame(frameOf(1, text.length, packed))).toEqual(text);
    expect(decodeFrame(frameOf(0, stored.length, stored))).toEqual(stored);
  });

  it.each<readonly [string, string, Uint8Array]>([
    ['an unknown algorithm', 'unsupported_version', frameOf(2, 3_000, stored)],
    ['a bomb', 'integrity', frameOf(1, 1_000, brotliCompressSync(new Uint8Array(64 * 1024 * 1024)))],
    ['a length above the limit', 'limit_exceeded', frameOf(1, 0xffffffff, packed)],
    ['a length of zero', 'integrity', frameOf(1, 0, packed)],
    ['a length below that of the text', 'integrity', frameOf(1, text.length - 1, packed)],
    ['a length above that of the text', 'integrity', frameOf(1, text.length + 1, packed)],
    ['fewer stored bytes than named', 'integrity', frameOf(0, 4_000, stored)],
    ['padding that is not zero', 'integrity', concatBytes(frameOf(0, 3_000, stored).subarray(0, -1), Uint8Array.of(1))],
    [
      'padding of a compressed frame that is not zero',
      'integrity',
      concatBytes(frameOf(1, text.length, packed).subarray(0, -1), Uint8Array.of(1)),
    ],
    ['more padding than needed', 'integrity', frameOf(0, 3_000, stored, padmeLength(4_000))],
    ['a length outside the Padmé set', 'integrity', frameOf(0, 3_000, stored, padmeLength(3_005) + 1)],
    ['a cut compressed stream', 'integrity', frameOf(1, text.length, packed.subarray(0, -20))],
    ['noise as a compressed stream', 'integrity', frameOf(1, 3_000, stored)],
    ['nothing', 'integrity', new Uint8Array(0)],
    ['less than a header', 'integrity', new Uint8Array(4)],
  ])('is %s', (_, code, frame) => {
    expect(codeOf(() => decodeFrame(frame))).toBe(code);
  });
});
