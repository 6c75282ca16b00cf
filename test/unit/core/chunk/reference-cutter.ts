/**
 * The cut points by their definition, in plain JavaScript and with nothing shared with the code
 * under test but the two secrets: polynomial division bit by bit, one cipher block per position.
 */
import { createCipheriv } from 'node:crypto';

const WINDOW = 64;

/** The remainder of the window, read as a polynomial over GF(2) with its first bit first, modulo x^64 + low. */
export function referenceFingerprint(window: Uint8Array, low: bigint): bigint {
  let value = 0n;
  for (const byte of window) value = reduce((value << 8n) | BigInt(byte), low);
  return value;
}

function reduce(value: bigint, low: bigint): bigint {
  const modulus = (1n << 64n) | low;
  let rest = value;
  for (let bit = rest.toString(2).length - 1; bit >= 64; bit -= 1) if ((rest >> BigInt(bit)) & 1n) rest ^= modulus << BigInt(bit - 64);
  return rest;
}

export function referenceIsCut(fingerprint: bigint, key: Uint8Array, bits: number): boolean {
  const block = Buffer.alloc(16);
  block.writeBigUInt64LE(fingerprint, 0);
  const encrypted = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block);
  return (encrypted.readUInt32LE(0) & (2 ** bits - 1)) === 0;
}

export interface ReferenceCuts {
  readonly low: bigint;
  readonly key: Uint8Array;
  readonly bits: number;
}

/** The first position in [from, end) after which to cut, or null. */
export function referenceFind(bytes: Uint8Array, from: number, end: number, { low, key, bits }: ReferenceCuts): number | null {
  for (let position = from; position < end; position += 1) {
    const fingerprint = referenceFingerprint(bytes.subarray(position - WINDOW, position), low);
    if (referenceIsCut(fingerprint, key, bits)) return position;
  }
  return null;
}
