import { describe, expect, it } from 'vitest';

import { toHex, utf8 } from '../../../../src/core/base/bytes.js';
import { box, openBox } from '../../../../src/core/crypto/box.js';
import { boxKeyPair } from '../../../../src/core/crypto/public-key.js';
import { codeOf, flipBit, seededRandom } from './seeded-random.js';

const random = seededRandom('box');
const secret = random(32);
const { publicKey } = boxKeyPair(secret);
const text = utf8('for your eyes only');
const boxed = box(random, publicKey, 'vault-key', [1], text);

describe('box', () => {
  it('opens with the secret key it was made for', () => {
    expect(openBox(secret, 'vault-key', [1], boxed)).toEqual(text);
    expect(codeOf(() => openBox(random(32), 'vault-key', [1], boxed))).toBe('integrity');
  });

  it('is bound to label and context', () => {
    expect(codeOf(() => openBox(secret, 'user-key', [1], boxed))).toBe('integrity');
    expect(codeOf(() => openBox(secret, 'vault-key', [2], boxed))).toBe('integrity');
  });

  it('rejects every single flipped bit', () => {
    for (let bit = 0; bit < boxed.length * 8; bit += 1) {
      expect(['integrity', 'key_mismatch', 'unsupported_version']).toContain(
        codeOf(() => openBox(secret, 'vault-key', [1], flipBit(boxed, bit))),
      );
    }
  });

  it('rejects every truncation', () => {
    for (let length = 0; length < boxed.length; length += 1) {
      expect(['integrity', 'key_mismatch']).toContain(codeOf(() => openBox(secret, 'vault-key', [1], boxed.subarray(0, length))));
    }
  });

  it('uses a fresh key each time', () => {
    const other = box(random, publicKey, 'vault-key', [1], text);
    expect(toHex(other.subarray(0, 32))).not.toBe(toHex(boxed.subarray(0, 32)));
  });

  it('refuses an ephemeral key of small order', () => {
    const zeroed = Uint8Array.from(boxed).fill(0, 0, 32);
    expect(codeOf(() => openBox(secret, 'vault-key', [1], zeroed))).toBe('key_mismatch');
  });

  it('refuses to box to an empty key', () => {
    expect(codeOf(() => box(random, new Uint8Array(32), 'vault-key', [1], text))).toBe('key_mismatch');
  });
});
