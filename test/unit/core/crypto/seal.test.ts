import { createCipheriv } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { concatBytes, toHex, utf8 } from '../../../../src/core/base/bytes.js';
import { encodeCbor } from '../../../../src/core/base/cbor.js';
import { deriveKey } from '../../../../src/core/crypto/derive.js';
import { open, seal, SEAL_OVERHEAD } from '../../../../src/core/crypto/seal.js';
import { codeOf, flipBit, seededRandom } from './seeded-random.js';

const random = seededRandom('seal');
const key = random(32);
const text = utf8('the quick brown fox');
const context = [Uint8Array.of(1, 2), 7];
const sealed = seal(random, key, 'record', context, text);

describe('seal', () => {
  it('opens with the same key, label and context', () => {
    expect(open(key, 'record', context, sealed)).toEqual(text);
    expect(sealed.length).toBe(text.length + SEAL_OVERHEAD);
    expect(SEAL_OVERHEAD).toBe(81);
  });

  it('seals nothing at all', () => {
    expect(open(key, 'record', context, seal(random, key, 'record', context, new Uint8Array(0)))).toEqual(new Uint8Array(0));
  });

  it('rejects every single flipped bit', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const expected = bit < 8 ? 'unsupported_version' : 'integrity';
      expect(codeOf(() => open(key, 'record', context, flipBit(sealed, bit)))).toBe(expected);
    }
  });

  it('rejects every shorter and a longer message, truncated tags among them', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(codeOf(() => open(key, 'record', context, sealed.subarray(0, length)))).toBe('integrity');
    }
    expect(codeOf(() => open(key, 'record', context, concatBytes(sealed, Uint8Array.of(0))))).toBe('integrity');
  });

  it('is bound to key, label and context', () => {
    expect(codeOf(() => open(random(32), 'record', context, sealed))).toBe('integrity');
    expect(codeOf(() => open(key, 'chunk', context, sealed))).toBe('integrity');
    expect(codeOf(() => open(key, 'record', [Uint8Array.of(1, 2), 8], sealed))).toBe('integrity');
    expect(codeOf(() => open(key, 'record', [Uint8Array.of(1, 2)], sealed))).toBe('integrity');
    expect(codeOf(() => open(key, 'record', [Uint8Array.of(1), 2, 7], sealed))).toBe('integrity');
  });

  it('says the same for a wrong key as for damage', () => {
    const messageOf = (work: () => unknown): string => {
      try {
        work();
        return '';
      } catch (error) {
        return String(error);
      }
    };
    expect(messageOf(() => open(random(32), 'record', context, sealed))).toBe(
      messageOf(() => open(key, 'record', context, flipBit(sealed, sealed.length * 8 - 1))),
    );
  });

  it('refuses keys that are all zero or of the wrong length', () => {
    for (const bad of [new Uint8Array(32), new Uint8Array(0), random(31), random(33), random(16)]) {
      expect(codeOf(() => seal(random, bad, 'record', context, text))).toBe('key_mismatch');
      expect(codeOf(() => open(bad, 'record', context, sealed))).toBe('key_mismatch');
    }
  });

  it('never repeats a salt', () => {
    const salts = new Set<string>();
    for (let count = 0; count < 10_000; count += 1) salts.add(toHex(seal(random, key, 'record', [], text).subarray(1, 33)));
    expect(salts.size).toBe(10_000);
  });

  it('does not open under a second key even when the cipher alone would accept it', () => {
    // AES-GCM does not commit to its key: whoever knows both keys can make one ciphertext valid for each.
    // The commitment in the header belongs to one key, so a message made for another key is refused first.
    const other = random(32);
    const salt = random(32);
    const derived = deriveKey(other, 'record', salt);
    const cipher = createCipheriv('aes-256-gcm', derived.subarray(0, 32), new Uint8Array(12), { authTagLength: 16 });
    cipher.setAAD(encodeCbor(['record', ...context]));
    const body = cipher.update(text);
    cipher.final();
    const commitmentOfKey = deriveKey(key, 'record', salt).subarray(32);
    const forged = concatBytes(Uint8Array.of(1), salt, commitmentOfKey, body, cipher.getAuthTag());
    expect(codeOf(() => open(other, 'record', context, forged))).toBe('integrity');
    expect(codeOf(() => open(key, 'record', context, forged))).toBe('integrity');
  });
});
