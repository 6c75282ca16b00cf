/**
 * Where files are cut into chunks. The cut follows the content, so that an insertion moves only the
 * cuts next to it; and it is secret, so that chunk lengths do not identify a file.
 *
 * For each position, the 64 bytes before it are fingerprinted by Rabin's method modulo a secret
 * irreducible polynomial of degree 64 (a universal hash), the fingerprint is encrypted with AES-128
 * under a secret key (a pseudo-random function), and the position is a cut when the low bits of the
 * ciphertext are zero. Keyed rolling hashes without the second step are broken (Truong et al.,
 * eprint 2025/558; Alexeev, Percival, Zhang, arXiv 2504.02095).
 */
import { FsyncError } from '../base/errors.js';
import type { VaultKeys } from '../log/vault-keys.js';
import { cutClassOf, type CutClass } from './cut-class.js';
import { createCutScanner, type CutScanner } from './cut-scanner.js';

export interface Cutter {
  /** Bytes. */
  readonly maxChunk: number;
  /**
   * The length of the chunk that begins at the start of `window`. The window holds at least
   * `maxChunk` bytes, or all that are left of the file when `atEnd`.
   */
  next(window: Uint8Array, atEnd: boolean): number;
}

/** One scanner per vault and epoch: its tables and memory serve all files, one call at a time. */
const scanners = new WeakMap<VaultKeys, CutScanner>();

/** `fileSize` in bytes picks the size class. Cheap: the tables are computed at the first cut. */
export function createCutter(keys: VaultKeys, fileSize: number): Cutter {
  const cutClass = cutClassOf(fileSize);
  return { maxChunk: cutClass.max, next: (window, atEnd) => nextLength(keys, cutClass, window, atEnd) };
}

function nextLength(keys: VaultKeys, cutClass: CutClass, window: Uint8Array, atEnd: boolean): number {
  const { min, max, bits } = cutClass;
  if (window.length < max && !atEnd) throw new FsyncError('internal', 'a window for cutting is too short');
  const end = Math.min(window.length, max);
  if (end <= min) return end;
  let scanner = scanners.get(keys);
  if (scanner === undefined) scanners.set(keys, (scanner = createCutScanner(keys.cutPolynomialSeed, keys.cutKey)));
  return scanner.find(window, min, end, bits) ?? end;
}
