/** SHA-256 and HMAC-SHA-256, the only hash functions of suite 1. */
import { createHash, createHmac } from 'node:crypto';

import { plainBytes } from '../base/bytes.js';

export const HASH_BYTES = 32;

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return plainBytes(hash.digest());
}

export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return plainBytes(hmac.digest());
}
