/**
 * The counter of a device's next commit. It follows the clock, so that a counter is never used for two
 * different commits even when the state database and the server both went back to an older state: what was
 * signed since then had a counter below the present time.
 */

/** `last`: the counter of the device's newest commit in the log; `nowMs`: epoch milliseconds, corrected to the server's clock. */
export function nextCounter(last: number, nowMs: number): number {
  return Math.max(last + 1, Math.floor(nowMs));
}
