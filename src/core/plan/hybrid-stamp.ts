/**
 * The stamp that decides who wrote last when neither side had seen the other. It never runs behind
 * the revision it replaces and never ahead of now, so a device with a clock in 2100 gains nothing.
 */
export function hybridStamp(input: { parentStamp: number; localCtimeMs: number; serverOffsetMs: number; nowMs: number }): number {
  const corrected = input.localCtimeMs + input.serverOffsetMs;
  return Math.max(input.parentStamp + 1, Math.min(Math.round(corrected), Math.round(input.nowMs)));
}
