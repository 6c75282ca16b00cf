/**
 * Bytes to text and back, joining and comparing. Hex is always lower case, base64url has no padding;
 * both decoders refuse anything that is not the one canonical spelling.
 */
import { timingSafeEqual } from 'node:crypto';

import { FsyncError } from './errors.js';

/** A view of the same memory as a Buffer; copies nothing. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same memory without Node's Buffer methods, whose slice() and equality differ. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function toHex(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('hex');
}

/** Throws invalid_input unless `text` is lower-case hex of whole bytes. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new FsyncError('invalid_input', 'not lower-case hexadecimal text');
  return new Uint8Array(Buffer.from(text, 'hex'));
}

export function toBase64Url(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('base64url');
}

/** Throws invalid_input unless `text` is the canonical unpadded base64url spelling of some bytes. */
export function fromBase64Url(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new FsyncError('invalid_input', 'not base64url text');
  return new Uint8Array(bytes);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Compares in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function isAllZero(bytes: Uint8Array): boolean {
  let seen = 0;
  for (const byte of bytes) seen |= byte;
  return seen === 0;
}

/** Four bytes, big endian. */
export function uint32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);
}

const encoder = new TextEncoder();

/** UTF-8 of `text`; throws invalid_input for a lone surrogate, which UTF-8 cannot carry. */
export function utf8(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) throw new FsyncError('invalid_input', 'text holds a lone surrogate');
  return encoder.encode(text);
}

/** Throws invalid_input for bytes that are not UTF-8; keeps a byte order mark. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FsyncError('invalid_input', 'bytes are not UTF-8', { cause });
  }
}
