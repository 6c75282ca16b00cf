/**
 * Seals to a public key: ephemeral X25519, then the one sealing function. A box says nothing about
 * who made it; it counts only when a signed link or commit vouches for what is inside.
 *
 * box = ephemeral public key(32) ‖ seal(K, label, context, plaintext)
 * K = HKDF-SHA-256(X25519(ephemeral, recipient), salt = ephemeral public key ‖ recipient public key, "fsync/v1/box")
 */
import type { CborValue } from '../base/cbor.js';
import { concatBytes } from '../base/bytes.js';
import type { RandomBytes } from '../base/effects.js';
import { FsyncError } from '../base/errors.js';
import { deriveKey, type SealLabel } from './derive.js';
import { agree, boxKeyPair, importBoxPublicKey, type KeyPair } from './public-key.js';
import { open, seal } from './seal.js';
import { KEY_BYTES } from './secret-key.js';

/** Throws key_mismatch when the recipient's key is refused. */
export function box(
  random: RandomBytes,
  recipientPublicKey: Uint8Array,
  label: SealLabel,
  context: readonly CborValue[],
  plaintext: Uint8Array,
): Uint8Array {
  const ephemeral = boxKeyPair(random(KEY_BYTES));
  const shared = agree(ephemeral.privateKey, importBoxPublicKey(recipientPublicKey));
  const key = deriveKey(shared, 'box', concatBytes(ephemeral.publicKey, recipientPublicKey));
  return concatBytes(ephemeral.publicKey, seal(random, key, label, context, plaintext));
}

/** `secretKey` is the recipient's raw X25519 key. Throws integrity or key_mismatch when the box does not open. */
export function openBox(secretKey: Uint8Array, label: SealLabel, context: readonly CborValue[], bytes: Uint8Array): Uint8Array {
  return openBoxWith(boxKeyPair(secretKey), label, context, bytes);
}

/** As openBox, for a key pair that is imported already. */
export function openBoxWith(recipient: KeyPair, label: SealLabel, context: readonly CborValue[], bytes: Uint8Array): Uint8Array {
  if (bytes.length < KEY_BYTES) throw new FsyncError('integrity', `a boxed ${label} is cut short`);
  const ephemeralPublicKey = bytes.subarray(0, KEY_BYTES);
  const shared = agree(recipient.privateKey, importBoxPublicKey(ephemeralPublicKey));
  const key = deriveKey(shared, 'box', concatBytes(ephemeralPublicKey, recipient.publicKey));
  return open(key, label, context, bytes.subarray(KEY_BYTES));
}
