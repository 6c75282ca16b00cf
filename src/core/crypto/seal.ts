/**
 * The one sealing function. A fresh 32-byte salt gives every message its own AES-256-GCM key, so
 * no nonce has to be agreed between devices; a 32-byte commitment to the key makes it impossible
 * that one ciphertext opens under two keys.
 *
 * sealed = 0x01 ‖ salt(32) ‖ commitment(32) ‖ ciphertext ‖ tag(16)
 * key(32) ‖ commitment(32) = HKDF-SHA-256(key, salt, "fsync/v1/" + label)
 * nonce = 12 zero bytes; associated data = CBOR([label, ...context])
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

import { equalBytes, plainBytes } from '../base/bytes.js';
import { encodeCbor, type CborValue } from '../base/cbor.js';
import type { RandomBytes } from '../base/effects.js';
import { FsyncError } from '../base/errors.js';
import { deriveKey, type SealLabel } from './derive.js';
import { checkSecretKey } from './secret-key.js';

export const SUITE = 0x01;
const SALT_BYTES = 32;
const COMMITMENT_BYTES = 32;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + SALT_BYTES + COMMITMENT_BYTES;

/** What sealing adds to a plaintext, in bytes. */
export const SEAL_OVERHEAD = HEADER_BYTES + TAG_BYTES;

const ZERO_NONCE = new Uint8Array(12);

/** One update of the cipher takes this many bytes: what it allocates stays small and is used again soon. */
const PIECE_BYTES = 64 * 1024;

/** Gives memory of exactly so many bytes; whatever it holds is overwritten. */
export type Allocate = (bytes: number) => Uint8Array;

/** The plaintext may come in parts. Throws key_mismatch for a key that is not 32 bytes or all zero. */
export function seal(
  random: RandomBytes,
  key: Uint8Array,
  label: SealLabel,
  context: readonly CborValue[],
  ...plaintext: readonly Uint8Array[]
): Uint8Array {
  return sealInto((bytes) => new Uint8Array(bytes), random, { key, label, context }, plaintext);
}

/** What a message is sealed with and bound to. */
export interface SealBinding {
  readonly key: Uint8Array;
  readonly label: SealLabel;
  readonly context: readonly CborValue[];
}

/** Seals the parts, back to back, into memory that `allocate` gives, and returns that. Throws like `seal`. */
export function sealInto(
  allocate: Allocate,
  random: RandomBytes,
  { key, label, context }: SealBinding,
  plaintext: readonly Uint8Array[],
): Uint8Array {
  checkSecretKey(key);
  const salt = random(SALT_BYTES);
  const derived = deriveKey(key, label, salt);
  const cipher = createCipheriv('aes-256-gcm', derived.subarray(0, 32), ZERO_NONCE, { authTagLength: TAG_BYTES });
  cipher.setAAD(encodeCbor([label, ...context]));
  const sealed = allocate(SEAL_OVERHEAD + plaintext.reduce((sum, part) => sum + part.length, 0));
  sealed[0] = SUITE;
  sealed.set(salt, 1);
  sealed.set(derived.subarray(32), 1 + SALT_BYTES);
  let end = HEADER_BYTES;
  for (const part of plaintext) {
    for (let start = 0; start < part.length; start += PIECE_BYTES) {
      const piece = cipher.update(part.subarray(start, start + PIECE_BYTES));
      sealed.set(piece, end);
      end += piece.length;
    }
  }
  cipher.final();
  sealed.set(cipher.getAuthTag(), end);
  return sealed;
}

/**
 * Throws unsupported_version for another suite, integrity for everything else that does not open:
 * the outcome does not tell which check failed.
 */
export function open(key: Uint8Array, label: SealLabel, context: readonly CborValue[], sealed: Uint8Array): Uint8Array {
  checkSecretKey(key);
  if (sealed.length < SEAL_OVERHEAD) throw damaged(label);
  if (sealed[0] !== SUITE) throw new FsyncError('unsupported_version', `a sealed ${label} is of a version this client does not know`);
  const derived = deriveKey(key, label, sealed.subarray(1, 1 + SALT_BYTES));
  if (!equalBytes(derived.subarray(32), sealed.subarray(1 + SALT_BYTES, HEADER_BYTES))) throw damaged(label);
  const decipher = createDecipheriv('aes-256-gcm', derived.subarray(0, 32), ZERO_NONCE, { authTagLength: TAG_BYTES });
  decipher.setAAD(encodeCbor([label, ...context]));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(HEADER_BYTES, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw damaged(label);
  }
  return plainBytes(plaintext);
}

function damaged(label: SealLabel): FsyncError {
  return new FsyncError('integrity', `a sealed ${label} does not open: it is damaged, or sealed for something else`);
}
