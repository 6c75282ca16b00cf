/**
 * Padmé (Nikitin et al., PURBs, PETS 2019): lengths keep only their leading bits, so that a stored
 * length tells O(log log n) bits about the true one and costs at most 12 %.
 */
const MIN_LENGTH = 1024;

/** The padded length for `length` bytes; at least 1 KiB. */
export function padmeLength(length: number): number {
  if (length <= MIN_LENGTH) return MIN_LENGTH;
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
  return Math.ceil(length / step) * step;
}
