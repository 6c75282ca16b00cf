import { describe, expect, it } from 'vitest';

import {
  concatBytes,
  equalBytes,
  fromBase64Url,
  fromHex,
  fromUtf8,
  isAllZero,
  readUint32,
  toBase64Url,
  toHex,
  uint32Bytes,
  utf8,
} from '../../../../src/core/base/bytes.js';
import { codeOf } from '../crypto/seeded-random.js';

const SAMPLE = Uint8Array.of(0, 1, 127, 128, 254, 255);

describe('hex', () => {
  it('is lower case and comes back', () => {
    expect(toHex(SAMPLE)).toBe('00017f80feff');
    expect(fromHex('00017f80feff')).toEqual(SAMPLE);
    expect(fromHex('')).toEqual(new Uint8Array(0));
  });

  it.each(['0', 'zz', 'AB', '0x00', ' 00', '00\n'])('refuses %j', (text) => {
    expect(codeOf(() => fromHex(text))).toBe('invalid_input');
  });
});

describe('base64url', () => {
  it('has no padding and comes back', () => {
    expect(toBase64Url(SAMPLE)).toBe('AAF_gP7_');
    expect(fromBase64Url('AAF_gP7_')).toEqual(SAMPLE);
    expect(fromBase64Url(toBase64Url(Uint8Array.of(1)))).toEqual(Uint8Array.of(1));
  });

  it.each(['AQ==', 'AAF/gP7/', 'A', 'AR', 'AQ\n', 'Ä'])('refuses %j, which is not the canonical spelling', (text) => {
    expect(codeOf(() => fromBase64Url(text))).toBe('invalid_input');
  });
});

describe('utf-8', () => {
  it('comes back, byte order mark included', () => {
    expect(fromUtf8(utf8('\ufeffgrün 🦆'))).toBe('\ufeffgrün 🦆');
  });

  it('refuses lone surrogates and malformed bytes', () => {
    expect(codeOf(() => utf8('a\ud800'))).toBe('invalid_input');
    expect(codeOf(() => fromUtf8(Uint8Array.of(0xc0, 0x80)))).toBe('invalid_input');
  });
});

describe('joining and comparing', () => {
  it('joins in order', () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('tells equal from different and shorter', () => {
    expect(equalBytes(SAMPLE, Uint8Array.from(SAMPLE))).toBe(true);
    expect(equalBytes(SAMPLE, SAMPLE.subarray(1))).toBe(false);
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(2))).toBe(false);
  });

  it('knows all-zero bytes', () => {
    expect(isAllZero(new Uint8Array(32))).toBe(true);
    expect(isAllZero(Uint8Array.of(0, 0, 4))).toBe(false);
  });

  it('writes 32-bit numbers big endian', () => {
    expect(toHex(uint32Bytes(0xdeadbeef))).toBe('deadbeef');
    expect(readUint32(Uint8Array.of(9, 0xde, 0xad, 0xbe, 0xef), 1)).toBe(0xdeadbeef);
  });
});
