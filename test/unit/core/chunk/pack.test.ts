import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { concatBytes, toHex, uint32Bytes, utf8 } from '../../../../src/core/base/bytes.js';
import type { FsyncError } from '../../../../src/core/base/errors.js';
import { parseChunkId } from '../../../../src/core/base/ids.js';
import { decodePackIndex, encodePack, PACK_LIMIT, packLength, PackWriter } from '../../../../src/core/chunk/pack.js';
import { codeOf, seededRandom } from '../crypto/seeded-random.js';

const random = seededRandom('pack');
const chunk = (length: number): { id: ReturnType<typeof parseChunkId>; bytes: Uint8Array } => ({
  id: parseChunkId(toHex(random(32))),
  bytes: random(length),
});
const chunks = [chunk(10), chunk(1), chunk(2000)];
const pack = encodePack(chunks);

describe('a pack', () => {
  it('gives every chunk back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 20 }), (lengths) => {
        const some = lengths.map(chunk);
        const bytes = encodePack(some);
        const index = decodePackIndex(bytes);
        expect(index.map(({ id, offset, length }) => ({ id, bytes: bytes.subarray(offset, offset + length) }))).toEqual(some);
        expect(bytes.length).toBe(
          packLength(
            some.length,
            lengths.reduce((sum, length) => sum + length, 0),
          ),
        );
      }),
    );
  });

  it('is readable from its last bytes', () => {
    const tail = pack.subarray(pack.length - 200);
    expect(decodePackIndex(tail, pack.length)).toEqual(decodePackIndex(pack));
    expect(decodePackIndex(pack.subarray(pack.length - 132), pack.length)).toEqual(decodePackIndex(pack));
  });

  it('says how many of its last bytes are needed', () => {
    const read = (): unknown => decodePackIndex(pack.subarray(pack.length - 131), pack.length);
    expect(codeOf(read)).toBe('integrity');
    expect(() => read()).toThrow(expect.objectContaining({ details: { neededBytes: 132 } }) as FsyncError);
  });

  it('holds at least one chunk, none twice, none empty, and stays below the limit', () => {
    expect(codeOf(() => encodePack([]))).toBe('invalid_input');
    expect(codeOf(() => encodePack([chunks[0] ?? chunk(1), chunks[0] ?? chunk(1)]))).toBe('invalid_input');
    expect(codeOf(() => encodePack([{ ...chunk(1), bytes: new Uint8Array(0) }]))).toBe('invalid_input');
    expect(codeOf(() => encodePack([{ ...chunk(1), bytes: new Uint8Array(PACK_LIMIT) }]))).toBe('limit_exceeded');
  });
});

describe('a pack made in lent memory', () => {
  it('begins where the memory does and is the same pack', () => {
    const writer = new PackWriter(new Uint8Array(pack.length + 100).fill(7));
    for (const { id, bytes } of chunks) writer.append(id, bytes.length).set(bytes);
    expect(writer.chunks).toEqual(chunks.map(({ id }) => id));
    expect(writer.finish()).toEqual(pack);
  });

  it('refuses what does not fit, and holds what was there before', () => {
    const [first, , last] = chunks;
    if (first === undefined || last === undefined) throw new Error('three chunks');
    const writer = new PackWriter(new Uint8Array(packLength(1, first.bytes.length)));
    writer.append(first.id, first.bytes.length).set(first.bytes);
    expect(codeOf(() => writer.append(last.id, last.bytes.length))).toBe('limit_exceeded');
    expect(codeOf(() => writer.append(first.id, 1))).toBe('invalid_input');
    expect(writer.finish()).toEqual(encodePack([first]));
  });
});

describe('what decodePackIndex refuses', () => {
  const footer = (count: number): Uint8Array => concatBytes(uint32Bytes(count), utf8('fsyncpk1'));
  const entry = (offset: number, length: number, id = random(32)): Uint8Array => concatBytes(id, uint32Bytes(offset), uint32Bytes(length));
  const data = random(100);
  const same = random(32);

  it('is nothing in a pack made by hand', () => {
    expect(decodePackIndex(concatBytes(data, entry(0, 60), entry(60, 40), footer(2)))).toHaveLength(2);
  });

  it.each<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['another magic', concatBytes(data, entry(0, 100), uint32Bytes(1), utf8('fsyncpk2'))],
    ['no chunks', footer(0)],
    ['a count beyond the file', concatBytes(data, entry(0, 100), footer(0xffffffff))],
    ['a count that is too small', concatBytes(data, entry(0, 60), entry(60, 40), footer(1))],
    ['a gap', concatBytes(data, entry(0, 50), entry(60, 40), footer(2))],
    ['an overlap', concatBytes(data, entry(0, 60), entry(50, 50), footer(2))],
    ['a chunk behind the data', concatBytes(data, entry(0, 60), entry(60, 41), footer(2))],
    ['data that no chunk covers', concatBytes(data, entry(0, 60), entry(60, 39), footer(2))],
    ['an empty chunk', concatBytes(data, entry(0, 0), entry(0, 100), footer(2))],
    ['one id twice', concatBytes(data, entry(0, 60, same), entry(60, 40, same), footer(2))],
    ['a first chunk that is not at the start', concatBytes(data, entry(1, 99), footer(1))],
  ])('is %s', (_, bytes) => {
    expect(codeOf(() => decodePackIndex(bytes))).toBe('integrity');
  });

  it('is any truncation', () => {
    for (let length = 0; length < pack.length; length += 1)
      expect(codeOf(() => decodePackIndex(pack.subarray(0, length)))).toBe('integrity');
    for (let cut = 1; cut < 10; cut += 1) expect(codeOf(() => decodePackIndex(pack.subarray(cut)))).toBe('integrity');
  });
});
