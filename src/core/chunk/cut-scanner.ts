/**
 * Looks for the first cut in a stretch of bytes: fingerprints in batches by WebAssembly, each batch
 * encrypted by one AES-128-ECB call. Every fingerprint has a block of its own, so the decision of
 * each position is an independent output of the cipher.
 */
import { createCipheriv } from 'node:crypto';

import { FsyncError } from '../base/errors.js';
import { cutPolynomial, popTable, pushTable, WINDOW_BYTES } from './cut-polynomial.js';
import { FINGERPRINT_WASM } from './fingerprint-wasm.js';

export interface CutScanner {
  /**
   * The first position in [from, end) of `bytes` after which to cut, or null. `from` ≥ 64. A
   * position p is a cut when the first four bytes (little endian) of AES-128(key, fingerprint of
   * bytes[p−64..p) as 8 bytes little endian ‖ 8 zero bytes) end in `bits` zero bits.
   */
  find(bytes: Uint8Array, from: number, end: number, bits: number): number | null;
}

/** Layout of the module's memory; see fingerprint.wat. */
const PUSH_TABLE = 0;
const POP_TABLE = 2048;
const INPUT = 4096;
const OUTPUT = 16_384;
const BLOCK_BYTES = 16;
/** Positions per batch: 64 KiB of blocks stay in the processor's cache. */
const BATCH = 4096;
const LANES = 4;

/** Not shareable between threads; calls do not overlap because they are synchronous. */
export function createCutScanner(polynomialSeed: Uint8Array, cutKey: Uint8Array): CutScanner {
  const { memory, fingerprint } = instantiate();
  const low = cutPolynomial(polynomialSeed);
  new BigUint64Array(memory.buffer, PUSH_TABLE, 256).set(pushTable(low));
  new BigUint64Array(memory.buffer, POP_TABLE, 256).set(popTable(low));
  const input = new Uint8Array(memory.buffer, INPUT, WINDOW_BYTES + BATCH);
  const output = new Uint8Array(memory.buffer, OUTPUT, BATCH * BLOCK_BYTES);
  const cipher = createCipheriv('aes-128-ecb', cutKey, null).setAutoPadding(false);

  /** Number of the first cut among `count` positions, or −1. */
  const findInBatch = (bytes: Uint8Array, from: number, count: number, mask: number): number => {
    input.set(bytes.subarray(from - WINDOW_BYTES, from + count - 1));
    const quarter = Math.ceil(count / LANES);
    fingerprint(quarter);
    const blocks = cipher.update(output.subarray(0, quarter * LANES * BLOCK_BYTES));
    return firstZero(new Int32Array(blocks.buffer, blocks.byteOffset, blocks.length / 4), count, mask);
  };

  return {
    find(bytes, from, end, bits) {
      const mask = 2 ** bits - 1;
      for (let position = from; position < end; position += BATCH) {
        const found = findInBatch(bytes, position, Math.min(BATCH, end - position), mask);
        if (found >= 0) return position + found;
      }
      return null;
    },
  };
}

/** Decisions do not depend on the machine: WebAssembly and typed arrays are little endian wherever Node runs. */
function firstZero(words: Int32Array, count: number, mask: number): number {
  for (let index = 0; index < count; index += 1) if (((words[index * 4] ?? -1) & mask) === 0) return index;
  return -1;
}

type Fingerprint = (quarter: number) => void;

function instantiate(): { memory: WebAssembly.Memory; fingerprint: Fingerprint } {
  const module = new WebAssembly.Module(Buffer.from(FINGERPRINT_WASM, 'base64'));
  const { memory, fingerprint } = new WebAssembly.Instance(module).exports;
  if (!(memory instanceof WebAssembly.Memory) || !isFingerprint(fingerprint)) {
    throw new FsyncError('internal', 'the fingerprint module lacks an export');
  }
  return { memory, fingerprint };
}

function isFingerprint(value: unknown): value is Fingerprint {
  return typeof value === 'function';
}
