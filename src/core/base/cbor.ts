/**
 * Deterministic CBOR (RFC 8949 §4.2) for everything that is signed or sealed: one value has one
 * encoding. The decoder accepts that encoding only; tags, floats, indefinite lengths and
 * undefined do not exist in this protocol.
 */
import { decode, encode, rfc8949EncodeOptions } from 'cborg';

import { equalBytes } from './bytes.js';
import { FsyncError } from './errors.js';

export type CborValue = null | boolean | number | string | Uint8Array | readonly CborValue[] | { readonly [key: string]: CborValue };

/** Largest encoding the decoder looks at, in bytes: a record of a very large file stays below it. */
export const CBOR_SIZE_LIMIT = 32 * 1024 * 1024;
const DEPTH_LIMIT = 16;

const DECODE_OPTIONS = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
} as const;

export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

/** Throws integrity when the bytes are not the deterministic encoding of a value, limit_exceeded when they are too large or too deep. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  if (bytes.length > CBOR_SIZE_LIMIT) throw new FsyncError('limit_exceeded', 'a structure is larger than any valid one');
  checkShape(bytes);
  const value = decodeStrict(bytes);
  if (!equalBytes(encodeCbor(value), bytes)) throw malformed();
  return value;
}

function decodeStrict(bytes: Uint8Array): CborValue {
  try {
    return decode(bytes, DECODE_OPTIONS) as CborValue;
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause?: unknown): FsyncError {
  return new FsyncError('integrity', 'a structure is not in its canonical encoding', cause === undefined ? {} : { cause });
}

/**
 * Walks the headers only, before anything is allocated: bounds the depth (the decoder recurses)
 * and refuses the kinds of value that the protocol does not use.
 */
function checkShape(bytes: Uint8Array): void {
  /** Values still expected at each open level. */
  const open: number[] = [1];
  let position = 0;
  while (open.length > 0) {
    const left = open.at(-1) ?? 0;
    if (left === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1] = left - 1;
    const header = readHeader(bytes, position);
    position = header.next;
    if (header.major === 2 || header.major === 3) position += header.argument;
    if (header.major === 4 || header.major === 5) {
      if (open.length >= DEPTH_LIMIT) throw new FsyncError('limit_exceeded', 'a structure is nested too deeply');
      open.push(header.major === 4 ? header.argument : header.argument * 2);
    }
    if (position > bytes.length) throw malformed();
  }
  if (position !== bytes.length) throw malformed();
}

function readHeader(bytes: Uint8Array, position: number): { major: number; argument: number; next: number } {
  const initial = bytes[position];
  if (initial === undefined) throw malformed();
  const major = initial >> 5;
  const minor = initial & 31;
  if (major === 6 || (major === 7 && (minor < 20 || minor > 22))) throw malformed();
  if (minor < 24) return { major, argument: minor, next: position + 1 };
  const width = { 24: 1, 25: 2, 26: 4, 27: 8 }[minor];
  if (width === undefined || position + 1 + width > bytes.length) throw malformed();
  let argument = 0;
  for (let index = 1; index <= width; index += 1) argument = argument * 256 + (bytes[position + index] ?? 0);
  return { major, argument, next: position + 1 + width };
}
