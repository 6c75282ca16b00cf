/**
 * What is inside a sealed chunk: how it was compressed, how long it was, and padding that hides
 * the compressed length.
 *
 * frame = algorithm(1) ‖ u32 raw length ‖ payload ‖ zeros up to the Padmé length
 * algorithm: 0 stored, 1 brotli; every other value is refused (room for zstd)
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

import { concatBytes, readUint32, uint32Bytes } from '../base/bytes.js';
import { FsyncError } from '../base/errors.js';
import { CHUNK_SIZE_LIMIT } from './cut-class.js';
import { padmeLength } from './padme.js';

const STORED = 0;
const BROTLI = 1;
const HEADER_BYTES = 5;
const TRIAL_BYTES = 64 * 1024;
/** A sample of this many bytes, in runs of neighbours, and the entropy of a byte above which it counts as random. */
const SAMPLE_BYTES = 4096;
const SAMPLE_RUNS = 16;
const RANDOM_BITS = 7.9;
/** Compression is kept when the result is at most this share of the plaintext. */
const KEPT_RATIO = 0.95;

/** Throws limit_exceeded for more than 16 MiB, integrity for nothing. */
export function encodeFrame(raw: Uint8Array): Uint8Array {
  return concatBytes(...frameParts(raw));
}

/** The frame in pieces, so that stored bytes are not copied to be sealed. Throws like encodeFrame. */
export function frameParts(raw: Uint8Array): readonly Uint8Array[] {
  checkRawLength(raw.length);
  const compressed = worthCompressing(raw) ? compress(raw) : raw;
  const useful = compressed.length <= raw.length * KEPT_RATIO;
  const payload = useful ? compressed : raw;
  const length = HEADER_BYTES + payload.length;
  return [
    concatBytes(Uint8Array.of(useful ? BROTLI : STORED), uint32Bytes(raw.length)),
    payload,
    new Uint8Array(padmeLength(length) - length),
  ];
}

/** The longest frame of this many bytes. */
export function frameLimit(rawBytes: number): number {
  return padmeLength(HEADER_BYTES + rawBytes);
}

/**
 * Throws integrity for a frame that is not exactly one plaintext of the length it names with zeros
 * behind it, unsupported_version for an unknown algorithm, limit_exceeded for a length above 16 MiB.
 */
export function decodeFrame(frame: Uint8Array): Uint8Array {
  if (frame.length < HEADER_BYTES || frame.length !== padmeLength(frame.length)) throw damaged();
  const rawLength = readUint32(frame, 1);
  checkRawLength(rawLength);
  const body = frame.subarray(HEADER_BYTES);
  switch (frame[0]) {
    case STORED:
      return checkPadding(body, rawLength, body.subarray(0, rawLength), rawLength);
    case BROTLI: {
      const { raw, consumed } = decompress(body, rawLength);
      return checkPadding(body, consumed, raw, rawLength);
    }
    default:
      throw new FsyncError('unsupported_version', 'a chunk is compressed in a way this client does not know');
  }
}

/** A frame has one valid padding only: zeros, as few as Padmé allows. */
function checkPadding(body: Uint8Array, used: number, raw: Uint8Array, rawLength: number): Uint8Array {
  if (raw.length !== rawLength || used > body.length || padmeLength(HEADER_BYTES + used) !== HEADER_BYTES + body.length) throw damaged();
  for (let index = used; index < body.length; index += 1) if (body[index] !== 0) throw damaged();
  return raw;
}

/** The first 64 KiB decide for the whole chunk; what looks random needs no trial. */
function worthCompressing(raw: Uint8Array): boolean {
  if (looksRandom(raw)) return false;
  if (raw.length <= TRIAL_BYTES) return true;
  const trial = raw.subarray(0, TRIAL_BYTES);
  return compress(trial).length <= trial.length * KEPT_RATIO;
}

/**
 * Entropy of single bytes in a sample from all over the chunk. 4,096 random bytes come to 7.95 ± 0.01
 * bits; what is above the limit and could still gain 5 %, by repetition alone, is rare enough to be stored.
 */
function looksRandom(raw: Uint8Array): boolean {
  if (raw.length < SAMPLE_BYTES) return false;
  const counts = new Uint16Array(256);
  const stride = Math.floor(raw.length / SAMPLE_RUNS);
  for (let run = 0; run < SAMPLE_RUNS; run += 1) {
    const end = run * stride + SAMPLE_BYTES / SAMPLE_RUNS;
    for (let index = run * stride; index < end; index += 1) {
      const byte = raw[index] ?? 0;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
  }
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= count * Math.log2(count / SAMPLE_BYTES);
  return bits / SAMPLE_BYTES > RANDOM_BITS;
}

function compress(raw: Uint8Array): Uint8Array {
  return brotliCompressSync(raw, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length },
    chunkSize: Math.max(1024, raw.length + 1024),
  });
}

interface BrotliOutput {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function isBrotliOutput(value: unknown): value is BrotliOutput {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;
}

/** `info` makes Node report how much input the stream took; the output never grows past `rawLength`. */
function decompress(body: Uint8Array, rawLength: number): { raw: Uint8Array; consumed: number } {
  const options = { maxOutputLength: rawLength, chunkSize: Math.max(1024, rawLength), info: true };
  try {
    const output: unknown = brotliDecompressSync(body, options);
    if (!isBrotliOutput(output)) throw new FsyncError('internal', 'the decompressor did not say what it consumed');
    return { raw: new Uint8Array(output.buffer), consumed: output.engine.bytesWritten };
  } catch (cause) {
    throw cause instanceof FsyncError ? cause : damaged(cause);
  }
}

function checkRawLength(length: number): void {
  if (length > CHUNK_SIZE_LIMIT) throw new FsyncError('limit_exceeded', 'a chunk is larger than any valid one');
  if (length === 0) throw damaged();
}

function damaged(cause?: unknown): FsyncError {
  return new FsyncError('integrity', 'a chunk does not hold what it says', cause === undefined ? {} : { cause });
}
