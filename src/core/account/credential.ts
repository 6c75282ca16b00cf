/**
 * A credential: whatever unlocks an account (a device, the password, the recovery paper, a token).
 * All of them are one 32-byte seed, from which a signing and a box key pair are derived.
 */
import { sign as signBytes, verify as verifyBytes } from 'node:crypto';

import { concatBytes, plainBytes, toHex, utf8 } from '../base/bytes.js';
import { encodeCbor, type CborValue } from '../base/cbor.js';
import { parseCredentialId, type CredentialId } from '../base/ids.js';
import { openBoxWith } from '../crypto/box.js';
import { deriveKey, type SealLabel } from '../crypto/derive.js';
import { sha256 } from '../crypto/hash.js';
import { boxKeyPair, importSignPublicKey, signKeyPair } from '../crypto/public-key.js';
import { checkSecretKey } from '../crypto/secret-key.js';

export const CREDENTIAL_KINDS = ['device', 'password', 'paper', 'token'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** What a signature is for. Signed bytes are "fsync/v1/<domain>" ‖ 0x00 ‖ CBOR, so that none can stand in for another. */
export type SignatureDomain = 'link' | 'enrol' | 'commit' | 'refresh' | 'token' | 'position';

export interface Credential {
  readonly id: CredentialId;
  readonly kind: CredentialKind;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly signPublicKey: Uint8Array;
  /** Raw X25519 public key, 32 bytes. */
  readonly boxPublicKey: Uint8Array;
  /** Ed25519 signature, 64 bytes. */
  sign(domain: SignatureDomain, bytes: Uint8Array): Uint8Array;
  openBox(label: SealLabel, context: readonly CborValue[], bytes: Uint8Array): Uint8Array;
}

const SIGNATURE_BYTES = 64;
const NO_SALT = new Uint8Array(0);

/** Throws key_mismatch for a seed that is not 32 bytes or all zero. */
export function createCredential(kind: CredentialKind, seed: Uint8Array): Credential {
  checkSecretKey(seed);
  const signing = signKeyPair(deriveKey(seed, 'credential-sign', NO_SALT));
  const boxing = boxKeyPair(deriveKey(seed, 'credential-box', NO_SALT));
  return {
    id: credentialId(signing.publicKey, boxing.publicKey),
    kind,
    signPublicKey: signing.publicKey,
    boxPublicKey: boxing.publicKey,
    sign: (domain, bytes) => plainBytes(signBytes(null, domainBytes(domain, bytes), signing.privateKey)),
    openBox: (label, context, bytes) => openBoxWith(boxing, label, context, bytes),
  };
}

/** The seed of the password credential, from the export key (64 bytes) that OPAQUE gives the client. */
export function passwordSeed(exportKey: Uint8Array): Uint8Array {
  return deriveKey(exportKey, 'password-seed', NO_SALT);
}

/** The first 16 bytes of SHA-256("fsync/v1/credential" ‖ 0x00 ‖ CBOR([sign public key, box public key])). */
export function credentialId(signPublicKey: Uint8Array, boxPublicKey: Uint8Array): CredentialId {
  const digest = sha256(utf8('fsync/v1/credential'), Uint8Array.of(0), encodeCbor([signPublicKey, boxPublicKey]));
  return parseCredentialId(toHex(digest.subarray(0, 16)));
}

/** False for a signature that does not fit. Throws key_mismatch when the public key itself is refused. */
export function verifySignature(publicKey: Uint8Array, domain: SignatureDomain, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = importSignPublicKey(publicKey);
  return signature.length === SIGNATURE_BYTES && verifyBytes(null, domainBytes(domain, bytes), key, signature);
}

function domainBytes(domain: SignatureDomain, bytes: Uint8Array): Uint8Array {
  return concatBytes(utf8(`fsync/v1/${domain}`), Uint8Array.of(0), bytes);
}
