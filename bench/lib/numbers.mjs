// @ts-check
/** Medians, percentiles and how figures are shown. */

/** @param {readonly number[]} values @param {number} p between 0 and 1 */
export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

/** @param {readonly number[]} values */
export const median = (values) => percentile(values, 0.5);

const MIB = 2 ** 20;

/** @param {number} bytes */
export const mib = (bytes) => `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 2 : 0)} MiB`;

/** @param {number} seconds */
export const duration = (seconds) => (seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`);

/** Seconds on a clock that only goes forward. */
export const now = () => Number(process.hrtime.bigint()) / 1e9;
