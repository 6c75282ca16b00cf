/** One read buffer a thread, kept between jobs: fresh memory of this size costs more than reading into it. */

const KEPT_BYTES = 8 * 1024 * 1024;
let kept: Uint8Array | null = null;

/**
 * At least `bytes` of memory with leftovers of earlier jobs in it. Valid until the running
 * synchronous step asks again; never part of a result.
 */
export function scratchBuffer(bytes: number): Uint8Array {
  if (bytes > KEPT_BYTES) return new Uint8Array(bytes);
  kept ??= new Uint8Array(KEPT_BYTES);
  return kept;
}
