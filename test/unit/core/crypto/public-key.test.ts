import { x25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';

import { fromHex } from '../../../../src/core/base/bytes.js';
import { agree, boxKeyPair, importBoxPublicKey, importSignPublicKey, signKeyPair } from '../../../../src/core/crypto/public-key.js';
import { codeOf, seededRandom } from './seeded-random.js';

const random = seededRandom('public-key');

/** The eight points of small order on edwards25519, and non-canonical spellings of some. */
const SMALL_ORDER_SIGN = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

/** X25519 coordinates of small order (RFC 7748 §7), and coordinates at or above the prime. */
const SMALL_ORDER_BOX = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

describe('importSignPublicKey', () => {
  it.each(SMALL_ORDER_SIGN)('refuses %s', (hex) => {
    expect(codeOf(() => importSignPublicKey(fromHex(hex)))).toBe('key_mismatch');
  });

  it('refuses other lengths and points that are not on the curve', () => {
    expect(codeOf(() => importSignPublicKey(random(31)))).toBe('key_mismatch');
    expect(codeOf(() => importSignPublicKey(random(33)))).toBe('key_mismatch');
    expect(codeOf(() => importSignPublicKey(fromHex('02'.padEnd(64, '0'))))).toBe('key_mismatch');
  });

  it('takes real keys, and checks again when the array changes under it', () => {
    const { publicKey } = signKeyPair(random(32));
    expect(codeOf(() => importSignPublicKey(publicKey))).toBe('none');
    publicKey.fill(0);
    expect(codeOf(() => importSignPublicKey(publicKey))).toBe('key_mismatch');
  });
});

describe('importBoxPublicKey', () => {
  it.each(SMALL_ORDER_BOX)('refuses %s', (hex) => {
    expect(codeOf(() => importBoxPublicKey(fromHex(hex)))).toBe('key_mismatch');
  });

  it('refuses other lengths', () => {
    expect(codeOf(() => importBoxPublicKey(random(31)))).toBe('key_mismatch');
    expect(codeOf(() => importBoxPublicKey(new Uint8Array(0)))).toBe('key_mismatch');
  });

  it('agrees with an independent X25519', () => {
    const secret = random(32);
    const other = random(32);
    const theirs = boxKeyPair(other).publicKey;
    expect(theirs).toEqual(x25519.getPublicKey(other));
    expect(agree(boxKeyPair(secret).privateKey, importBoxPublicKey(theirs))).toEqual(x25519.getSharedSecret(secret, theirs));
  });
});

describe('private keys', () => {
  it('are refused when empty or of the wrong length', () => {
    for (const bad of [new Uint8Array(32), random(31), random(64)]) {
      expect(codeOf(() => signKeyPair(bad))).toBe('key_mismatch');
      expect(codeOf(() => boxKeyPair(bad))).toBe('key_mismatch');
    }
  });
});
