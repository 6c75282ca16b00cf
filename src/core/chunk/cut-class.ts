/**
 * The two classes of chunk sizes. Small chunks make edits cheap, large ones keep the lists of very
 * large files short. Part of the genesis commit as `chunker` 1: it never changes within a vault.
 */
export interface CutClass {
  /** Bytes. No cut before it. */
  readonly min: number;
  /** Bytes. Always a cut there. */
  readonly max: number;
  /** A position is a cut when this many low bits of its encrypted digest are zero: mean = min + 2^bits bytes, about. */
  readonly bits: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const SMALL_CLASS: CutClass = { min: 256 * KIB, max: 2 * MIB, bits: 18 };
export const LARGE_CLASS: CutClass = { min: 2 * MIB, max: 16 * MIB, bits: 21 };
/** Files of at least this many bytes are cut in the large class. */
export const LARGE_FILE = 16 * 1024 * MIB;

/** Chunk plaintexts are never longer than this, in bytes. */
export const CHUNK_SIZE_LIMIT = LARGE_CLASS.max;

export function cutClassOf(fileSize: number): CutClass {
  return fileSize < LARGE_FILE ? SMALL_CLASS : LARGE_CLASS;
}
