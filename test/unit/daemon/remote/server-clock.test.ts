import { describe, expect, it } from 'vitest';
import { createServerClock } from '../../../../src/daemon/remote/server-clock.js';

const second = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

describe('createServerClock', () => {
  it('is 0 before the first answer and for equal clocks', () => {
    const clock = createServerClock();
    expect(clock.offsetMs()).toBe(0);
    for (const at of [10_100, 20_500, 30_999]) clock.note(second(at + 5), at, at + 10);
    expect(clock.offsetMs()).toBe(0);
  });

  it.each([-86_400_000, -5_000, 2_500, 3_600_000])('finds an offset of %i ms to within 100 ms', (offset) => {
    const clock = createServerClock();
    for (let at = 1_000_000_000; at < 1_000_050_000; at += 1_030) clock.note(second(at + 4 + offset), at, at + 8);
    expect(Math.abs(clock.offsetMs() - offset)).toBeLessThanOrEqual(100);
  });

  it('follows a clock that is set', () => {
    const clock = createServerClock();
    clock.note(1_000_000, 1_000_100, 1_000_110);
    clock.note(1_600_000, 1_000_200, 1_000_210);
    expect(Math.abs(clock.offsetMs() - 600_000)).toBeLessThanOrEqual(1_000);
  });
});
