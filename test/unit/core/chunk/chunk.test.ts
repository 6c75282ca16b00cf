import { describe, expect, it } from 'vitest';

import { parseChunkId, parseVaultId } from '../../../../src/core/base/ids.js';
import { fromHex, utf8 } from '../../../../src/core/base/bytes.js';
import { chunkId, openChunk, sealChunk, sealedLimit } from '../../../../src/core/chunk/chunk.js';
import { encodeFrame } from '../../../../src/core/chunk/frame.js';
import { padmeLength } from '../../../../src/core/chunk/padme.js';
import { seal, SEAL_OVERHEAD } from '../../../../src/core/crypto/seal.js';
import { createKeyring, deriveVaultKeys } from '../../../../src/core/log/vault-keys.js';
import { codeOf, flipBit, seededRandom } from '../crypto/seeded-random.js';

const random = seededRandom('chunk');
const vault = parseVaultId('a1'.repeat(32));
const vaultKey = random(32);
const keyring = createKeyring(
  vault,
  new Map([
    [1, random(32)],
    [2, vaultKey],
  ]),
);
const keys = keyring.current;
const raw = utf8('some plaintext, repeated '.repeat(10));
const ref = { epoch: 2, id: chunkId(keys, raw), size: raw.length };
const sealed = sealChunk(random, keys, raw);

describe('chunkId', () => {
  it('names equal plaintexts alike within a vault and an epoch, and nowhere else', () => {
    expect(chunkId(keys, Uint8Array.from(raw))).toBe(ref.id);
    expect(chunkId(deriveVaultKeys(vault, 1, vaultKey), raw)).not.toBe(ref.id);
    expect(chunkId(deriveVaultKeys(parseVaultId('a2'.repeat(32)), 2, vaultKey), raw)).not.toBe(ref.id);
    expect(chunkId(keys, raw.subarray(1))).not.toBe(ref.id);
  });
});

describe('a sealed chunk', () => {
  it('opens as the chunk it is, and has a Padmé length', () => {
    expect(openChunk(keyring, ref, sealed)).toEqual(raw);
    expect(padmeLength(sealed.length - SEAL_OVERHEAD)).toBe(sealed.length - SEAL_OVERHEAD);
    expect(openChunk(keyring, ref, sealChunk(random, keys, raw, { id: ref.id }))).toEqual(raw);
  });

  it('is never longer than its limit, and as long where nothing compresses', () => {
    expect(sealed.length).toBeLessThanOrEqual(sealedLimit(raw.length));
    const noise = random(5_000);
    expect(sealChunk(random, keys, noise)).toHaveLength(sealedLimit(noise.length));
  });

  it('can be sealed where it is wanted', () => {
    const place = new Uint8Array(sealedLimit(raw.length));
    const there = sealChunk(random, keys, raw, { allocate: (bytes) => place.subarray(0, bytes) });
    expect(there.buffer).toBe(place.buffer);
    expect(openChunk(keyring, ref, there)).toEqual(raw);
  });

  it('differs each time, so that equal chunks of two vaults are not seen', () => {
    expect(sealChunk(random, keys, raw)).not.toEqual(sealed);
  });

  it('rejects every flipped bit', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      expect(codeOf(() => openChunk(keyring, ref, flipBit(sealed, bit)))).toMatch(/^(integrity|unsupported_version)$/);
    }
  });

  it('rejects cut and extended bytes', () => {
    for (const length of [0, 1, 64, 80, 81, sealed.length - 16, sealed.length - 12, sealed.length - 1]) {
      expect(codeOf(() => openChunk(keyring, ref, sealed.subarray(0, length)))).toMatch(/^(integrity|unsupported_version)$/);
    }
    const longer = new Uint8Array(sealed.length + 1);
    longer.set(sealed);
    expect(codeOf(() => openChunk(keyring, ref, longer))).toBe('integrity');
  });

  it('does not open in the place of another chunk, size, epoch or vault', () => {
    const other = utf8('another plaintext');
    expect(codeOf(() => openChunk(keyring, { ...ref, id: chunkId(keys, other) }, sealed))).toBe('integrity');
    expect(codeOf(() => openChunk(keyring, { ...ref, size: ref.size + 1 }, sealed))).toBe('integrity');
    expect(codeOf(() => openChunk(keyring, { ...ref, epoch: 1 }, sealed))).toBe('integrity');
    expect(codeOf(() => openChunk(keyring, { ...ref, epoch: 3 }, sealed))).toBe('key_mismatch');
    const elsewhere = createKeyring(parseVaultId('a2'.repeat(32)), new Map([[2, vaultKey]]));
    expect(codeOf(() => openChunk(elsewhere, ref, sealed))).toBe('integrity');
  });

  it('is refused when a member sealed garbage under the id', () => {
    const forge = (id: string): Uint8Array =>
      seal(random, keys.chunkSeal, 'chunk', [fromHex(vault), 2, fromHex(id)], encodeFrame(new Uint8Array(raw.length)));
    expect(codeOf(() => openChunk(keyring, ref, forge(ref.id)))).toBe('integrity');
    const zeros = parseChunkId(chunkId(keys, new Uint8Array(raw.length)));
    expect(codeOf(() => openChunk(keyring, { ...ref, id: zeros }, forge(zeros)))).toBe('none');
  });
});
