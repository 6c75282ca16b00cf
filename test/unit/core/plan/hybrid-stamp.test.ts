import { describe, expect, it } from 'vitest';
import { hybridStamp } from '../../../../src/core/plan/hybrid-stamp.js';

const at = { parentStamp: 0, localCtimeMs: 1000, serverOffsetMs: 0, nowMs: 5000 };

describe('hybridStamp', () => {
  it('is the time of the change, corrected by the server’s clock', () => {
    expect(hybridStamp(at)).toBe(1000);
    expect(hybridStamp({ ...at, serverOffsetMs: 250.4 })).toBe(1250);
  });

  it('never runs behind the revision it replaces', () => {
    expect(hybridStamp({ ...at, parentStamp: 2000 })).toBe(2001);
    expect(hybridStamp({ ...at, parentStamp: 9_000_000 })).toBe(9_000_001);
  });

  it('hazard 72: never runs ahead of now, so a clock in 2100 gains nothing', () => {
    expect(hybridStamp({ ...at, localCtimeMs: 4_102_444_800_000 })).toBe(5000);
    expect(hybridStamp({ ...at, serverOffsetMs: 1e12 })).toBe(5000);
  });
});
