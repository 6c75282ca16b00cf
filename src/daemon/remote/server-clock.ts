/** How far the server's clock is from this one, from the Date headers of its replies (whole seconds). */

export interface ServerClock {
  /** `serverMs` is the Date header; the reply was written between the two local times. */
  note(serverMs: number, sentAtMs: number, receivedAtMs: number): void;
  /** Server minus local, milliseconds; 0 as long as equal clocks are possible. */
  offsetMs(): number;
}

/** Each reply bounds the offset; the bounds are intersected until they contradict, which means that a clock was set. */
export function createServerClock(): ServerClock {
  let low = -Infinity;
  let high = Infinity;
  return {
    note(serverMs, sentAtMs, receivedAtMs) {
      const lowest = serverMs - receivedAtMs;
      const highest = serverMs + 1_000 - sentAtMs;
      const contradicts = lowest > high || highest < low;
      low = contradicts ? lowest : Math.max(low, lowest);
      high = contradicts ? highest : Math.min(high, highest);
    },
    offsetMs() {
      if (low === -Infinity || (low <= 0 && high >= 0)) return 0;
      return Math.round((low + high) / 2);
    },
  };
}
