/**
 * A chunk's name and its sealed form. The name is a keyed hash of the plaintext, so equal chunks
 * of one vault are stored once and nobody without the key can ask for known content.
 */
import { fromHex, toHex, uint32Bytes, utf8 } from '../base/bytes.js';
import type { RandomBytes } from '../base/effects.js';
import { FsyncError } from '../base/errors.js';
import { parseChunkId, type ChunkId } from '../base/ids.js';
import { hmacSha256 } from '../crypto/hash.js';
import { open, SEAL_OVERHEAD, sealInto, type Allocate } from '../crypto/seal.js';
import { keysOfEpoch, type VaultKeyring, type VaultKeys } from '../log/vault-keys.js';
import type { ChunkRef } from '../tree/node.js';
import { decodeFrame, frameLimit, frameParts } from './frame.js';

const ID_DOMAIN = utf8('chunk');

/** HMAC-SHA-256(chunk-id key, "chunk" ‖ u32 length ‖ raw). */
export function chunkId(keys: VaultKeys, raw: Uint8Array): ChunkId {
  return parseChunkId(toHex(hmacSha256(keys.chunkId, ID_DOMAIN, uint32Bytes(raw.length), raw)));
}

export interface SealChunkOptions {
  /** Saves hashing again when it is known already. */
  readonly id?: ChunkId;
  /** Where the sealed chunk goes; new memory unless told. */
  readonly allocate?: Allocate;
}

/** Compressed, padded, sealed. Bound to vault, epoch and chunk id; neither to a file nor to a place in a pack. */
export function sealChunk(random: RandomBytes, keys: VaultKeys, raw: Uint8Array, options: SealChunkOptions = {}): Uint8Array {
  const { id = chunkId(keys, raw), allocate = (bytes) => new Uint8Array(bytes) } = options;
  return sealInto(allocate, random, { key: keys.chunkSeal, label: 'chunk', context: chunkContext(keys, id) }, frameParts(raw));
}

/** The longest sealed form of a chunk of this many bytes: one that does not compress. */
export function sealedLimit(rawBytes: number): number {
  return frameLimit(rawBytes) + SEAL_OVERHEAD;
}

/** Throws integrity unless the bytes are exactly the chunk that `ref` names. */
export function openChunk(keyring: VaultKeyring, ref: ChunkRef, sealed: Uint8Array): Uint8Array {
  const keys = keysOfEpoch(keyring, ref.epoch);
  const raw = decodeFrame(open(keys.chunkSeal, 'chunk', chunkContext(keys, ref.id), sealed));
  if (raw.length !== ref.size || chunkId(keys, raw) !== ref.id) throw new FsyncError('integrity', 'a chunk is not the one it is stored as');
  return raw;
}

function chunkContext(keys: VaultKeys, id: ChunkId): [Uint8Array, number, Uint8Array] {
  return [fromHex(keys.vault), keys.epoch, fromHex(id)];
}
