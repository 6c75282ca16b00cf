/**
 * Key derivation: HKDF-SHA-256 (RFC 5869) with one registry of purposes. A key is used for one
 * purpose only, so every purpose has its own label and an object literal cannot hold one twice.
 */
import { concatBytes, utf8 } from '../base/bytes.js';
import { FsyncError } from '../base/errors.js';
import { HASH_BYTES, hmacSha256 } from './hash.js';

/** Purpose → length of the derived key in bytes. Sealing purposes derive 64: the cipher key and the key commitment. */
export const LABELS = {
  // from a credential's seed, or to one
  'password-seed': 32,
  'credential-sign': 32,
  'credential-box': 32,
  'account-card-key': 32,
  'token-api': 32,
  'token-local': 32,
  'token-name-key': 32,
  // from the secret of the per-user key
  'user-box': 32,
  'user-self': 32,
  // from a vault key of one epoch
  'vault-key-check': 32,
  'vault-chunk-seal': 32,
  'vault-chunk-id': 32,
  'vault-cut-polynomial': 32,
  'vault-cut-key': 16,
  'vault-record': 32,
  'vault-name-tag': 32,
  'vault-note': 32,
  'vault-name': 32,
  // from the seed of the cut polynomial
  'cut-candidate': 8,
  // from the shared secret of a box
  box: 32,
  // one seal or box each
  'account-card': 64,
  'user-key': 64,
  'vault-key': 64,
  chunk: 64,
  record: 64,
  note: 64,
  name: 64,
  'device-name': 64,
  'token-name': 64,
  'token-vault-key': 64,
  'position-name': 64,
  'key-file': 64,
  'local-secret': 64,
} as const satisfies Record<string, number>;

export type Label = keyof typeof LABELS;

/** Labels under which something is sealed or boxed. */
export type SealLabel = { [L in Label]: (typeof LABELS)[L] extends 64 ? L : never }[Label];

const COUNTERS = [Uint8Array.of(1), Uint8Array.of(2)] as const;
const infoOf = new Map<string, Uint8Array>(Object.keys(LABELS).map((label) => [label, utf8(`fsync/v1/${label}`)]));

/** HKDF-SHA-256 of `key` with `salt` and the purpose as info. Throws internal for an empty key. */
export function deriveKey(key: Uint8Array, label: Label, salt: Uint8Array): Uint8Array {
  const info = infoOf.get(label);
  if (info === undefined || key.length === 0) throw new FsyncError('internal', `cannot derive a key for ${label}`);
  const pseudoRandomKey = hmacSha256(salt, key);
  const length = LABELS[label];
  const first = hmacSha256(pseudoRandomKey, info, COUNTERS[0]);
  if (length <= HASH_BYTES) return first.slice(0, length);
  return concatBytes(first, hmacSha256(pseudoRandomKey, first, info, COUNTERS[1]));
}
