/**
 * Raw 32-byte Ed25519 and X25519 keys to node:crypto's key objects. Public keys come from other
 * people: keys of small order and non-canonical ones are refused here, once, before any use
 * (OpenSSL accepts one constant signature on every message for such a key).
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';

import { ed25519 } from '@noble/curves/ed25519.js';

import { concatBytes, equalBytes, fromHex, isAllZero, plainBytes } from '../base/bytes.js';
import { FsyncError, isFsyncError } from '../base/errors.js';
import { checkSecretKey, KEY_BYTES } from './secret-key.js';

/** DER prefixes of RFC 8410 before the 32 raw bytes. */
const DER = {
  signPrivate: '302e020100300506032b657004220420',
  signPublic: '302a300506032b6570032100',
  boxPrivate: '302e020100300506032b656e04220420',
  boxPublic: '302a300506032b656e032100',
} as const;

/** 2^255 − 19, little endian: X25519 coordinates at or above it have a second spelling. */
const FIELD_PRIME = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

function privateKey(prefix: string, raw: Uint8Array): KeyObject {
  checkSecretKey(raw);
  return createPrivateKey({ key: Buffer.from(concatBytes(fromHex(prefix), raw)), format: 'der', type: 'pkcs8' });
}

function publicKey(prefix: string, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(concatBytes(fromHex(prefix), raw)), format: 'der', type: 'spki' });
}

/** The last 32 bytes of the DER encoding are the raw key. */
function rawPublic(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES));
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export function signKeyPair(secret: Uint8Array): KeyPair {
  const key = privateKey(DER.signPrivate, secret);
  return { privateKey: key, publicKey: rawPublic(key) };
}

export function boxKeyPair(secret: Uint8Array): KeyPair {
  const key = privateKey(DER.boxPrivate, secret);
  return { privateKey: key, publicKey: rawPublic(key) };
}

/** Checks are not repeated for a key array that has not changed since. */
const importedSignKeys = new WeakMap<Uint8Array, { readonly raw: Uint8Array; readonly key: KeyObject }>();

/** Throws key_mismatch for a key of the wrong length, not canonical, not on the curve or of small order. */
export function importSignPublicKey(raw: Uint8Array): KeyObject {
  const known = importedSignKeys.get(raw);
  if (known !== undefined && equalBytes(known.raw, raw)) return known.key;
  if (raw.length !== KEY_BYTES || isAllZero(raw) || isWeakPoint(raw)) throw refused();
  const key = publicKey(DER.signPublic, raw);
  importedSignKeys.set(raw, { raw: Uint8Array.from(raw), key });
  return key;
}

function isWeakPoint(raw: Uint8Array): boolean {
  try {
    return ed25519.Point.fromBytes(Uint8Array.from(raw)).isSmallOrder();
  } catch {
    return true; // not the canonical encoding of a point: every reason means the same, the key is refused
  }
}

/** Throws key_mismatch for a key of the wrong length, not canonical, zero or of small order. */
export function importBoxPublicKey(raw: Uint8Array): KeyObject {
  if (raw.length !== KEY_BYTES || isAllZero(raw) || !belowPrime(raw)) throw refused();
  const key = publicKey(DER.boxPublic, raw);
  agree(privateKey(DER.boxPrivate, PROBE_SCALAR), key);
  return key;
}

/** X25519. Throws key_mismatch when the shared secret is zero, which only a key of small order gives. */
export function agree(secret: KeyObject, key: KeyObject): Uint8Array {
  try {
    const shared = diffieHellman({ privateKey: secret, publicKey: key });
    if (isAllZero(shared)) throw refused();
    return plainBytes(shared);
  } catch (cause) {
    if (isFsyncError(cause)) throw cause;
    throw refused(cause);
  }
}

/** Any private key shows whether a point has small order: clamping makes every scalar a multiple of 8. */
const PROBE_SCALAR = new Uint8Array(KEY_BYTES).fill(1);

function belowPrime(raw: Uint8Array): boolean {
  for (let index = KEY_BYTES - 1; index >= 0; index -= 1) {
    const difference = (raw[index] ?? 0) - (FIELD_PRIME[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function refused(cause?: unknown): FsyncError {
  return new FsyncError('key_mismatch', 'a public key is not a valid key', cause === undefined ? {} : { cause });
}
