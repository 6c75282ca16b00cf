import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';

import { createCredential, credentialId, passwordSeed, verifySignature } from '../../../../src/core/account/credential.js';
import { concatBytes, utf8 } from '../../../../src/core/base/bytes.js';
import { box } from '../../../../src/core/crypto/box.js';
import { codeOf, flipBit, seededRandom } from '../crypto/seeded-random.js';

const random = seededRandom('credential');
const seed = random(32);
const credential = createCredential('device', seed);
const bytes = utf8('what is signed');
const signature = credential.sign('commit', bytes);

describe('createCredential', () => {
  it('derives the same keys and id from the same seed', () => {
    const again = createCredential('device', seed);
    expect(again.id).toBe(credential.id);
    expect(again.signPublicKey).toEqual(credential.signPublicKey);
    expect(again.boxPublicKey).toEqual(credential.boxPublicKey);
    expect(credential.id).toBe(credentialId(credential.signPublicKey, credential.boxPublicKey));
    expect(credential.signPublicKey).not.toEqual(credential.boxPublicKey);
  });

  it('refuses seeds that are empty, all zero or of the wrong length', () => {
    for (const bad of [new Uint8Array(32), new Uint8Array(0), random(31), random(64)]) {
      expect(codeOf(() => createCredential('device', bad))).toBe('key_mismatch');
    }
  });

  it('opens what is boxed to it', () => {
    const boxed = box(random, credential.boxPublicKey, 'user-key', [1], bytes);
    expect(credential.openBox('user-key', [1], boxed)).toEqual(bytes);
  });
});

describe('signatures', () => {
  it('fit the key, the domain and the bytes', () => {
    expect(verifySignature(credential.signPublicKey, 'commit', bytes, signature)).toBe(true);
    expect(verifySignature(credential.signPublicKey, 'link', bytes, signature)).toBe(false);
    expect(verifySignature(credential.signPublicKey, 'commit', utf8('something else'), signature)).toBe(false);
    expect(verifySignature(createCredential('device', random(32)).signPublicKey, 'commit', bytes, signature)).toBe(false);
  });

  it('are Ed25519 over domain, zero byte and bytes, as an independent implementation sees it', () => {
    const signed = concatBytes(utf8('fsync/v1/commit'), Uint8Array.of(0), bytes);
    expect(ed25519.verify(signature, signed, credential.signPublicKey)).toBe(true);
  });

  it('are rejected with any bit flipped, and cut or extended', () => {
    for (let bit = 0; bit < 512; bit += 1) {
      expect(verifySignature(credential.signPublicKey, 'commit', bytes, flipBit(signature, bit))).toBe(false);
    }
    expect(verifySignature(credential.signPublicKey, 'commit', bytes, signature.subarray(0, 63))).toBe(false);
    expect(verifySignature(credential.signPublicKey, 'commit', bytes, concatBytes(signature, Uint8Array.of(0)))).toBe(false);
  });

  it('by a key of small order are refused before they are looked at', () => {
    const identity = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0));
    const universal = concatBytes(identity, new Uint8Array(32));
    expect(codeOf(() => verifySignature(identity, 'commit', bytes, universal))).toBe('key_mismatch');
  });
});

describe('passwordSeed', () => {
  it('is 32 bytes that depend on the export key', () => {
    expect(passwordSeed(random(64))).toHaveLength(32);
    expect(passwordSeed(utf8('a'.repeat(64)))).not.toEqual(passwordSeed(utf8('b'.repeat(64))));
  });
});
