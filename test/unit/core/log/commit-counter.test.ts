import { describe, expect, it } from 'vitest';
import { nextCounter } from '../../../../src/core/log/commit-counter.js';

describe('nextCounter', () => {
  it('follows the clock, and grows when the clock stands still or goes back', () => {
    expect(nextCounter(0, 1_795_000_000_000.7)).toBe(1_795_000_000_000);
    expect(nextCounter(1_795_000_000_000, 1_795_000_000_000)).toBe(1_795_000_000_001);
    expect(nextCounter(1_795_000_000_000, 5)).toBe(1_795_000_000_001);
  });

  it('hazard 82: is beyond every counter that was used before a log went back', () => {
    let last = 3;
    for (let nowMs = 1_000; nowMs < 2_000; nowMs += 10) last = nextCounter(last, nowMs);
    expect(nextCounter(3, 2_000)).toBeGreaterThan(last);
  });
});
