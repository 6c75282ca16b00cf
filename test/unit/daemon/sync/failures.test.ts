import { describe, expect, it } from 'vitest';
import { parseNodeId } from '../../../../src/core/base/ids.js';
import { Failures } from '../../../../src/daemon/sync/failures.js';

const node = parseNodeId('a1'.repeat(16));
const failure = { node, path: 'a.txt', code: 'io_error', message: 'the disk said no' } as const;

describe('what failed', () => {
  it('hazard 42: is left alone for a while, each time longer', () => {
    const failures = new Failures();
    failures.add(failure, 1_000);
    expect(failures.isDeferred(node, 2_999)).toBe(true);
    expect(failures.isDeferred(node, 3_000)).toBe(false);
    failures.add(failure, 3_000);
    expect(failures.isDeferred(node, 6_999)).toBe(true);
    expect(failures.isDeferred(node, 7_000)).toBe(false);
  });

  it('is tried soon when something happens where it is, however long it waited before', () => {
    const failures = new Failures();
    const deep = { ...failure, path: 'd/e/a.txt' };
    for (const nowMs of [1_000, 10_000, 20_000, 40_000]) failures.add(deep, nowMs);
    expect(failures.nextRetryMs(40_000)).toBe(56_000);
    failures.retrySoon(['', 'd/other', 'd/e/a.txt'], 41_000);
    expect(failures.nextRetryMs(40_000)).toBe(56_000);
    failures.retrySoon(['d'], 41_000);
    expect(failures.nextRetryMs(40_000), 'the directory itself is another now').toBe(43_000);
    failures.retrySoon(['d/e'], 42_000);
    expect(failures.nextRetryMs(40_000), 'no later than before').toBe(43_000);
  });

  it('include a place that is not as planned again and again, for a reason that no scan shows', () => {
    const failures = new Failures();
    for (const nowMs of [1_000, 1_001, 1_002]) failures.addSurprise(failure, nowMs);
    expect(failures.list()).toEqual([]);
    failures.addSurprise(failure, 1_003);
    expect(failures.list()).toMatchObject([{ path: 'a.txt', code: 'path_changed' }]);
    expect(failures.isDeferred(node, 3_002)).toBe(true);
  });

  it('do not include places that changed a few times, each time with an end', () => {
    const failures = new Failures();
    for (let time = 0; time < 10; time += 1) {
      failures.addSurprise(failure, time);
      failures.keepOnly(new Set());
    }
    expect(failures.list()).toEqual([]);
  });

  it('has no moment of its own while its next try is under way', () => {
    const failures = new Failures();
    failures.add(failure, 1_000);
    expect(failures.nextRetryMs(1_000)).toBe(3_000);
    expect(failures.nextRetryMs(3_000)).toBeNull();
  });

  it('is tried at once when someone asks, and forgotten when nothing is left to do', () => {
    const failures = new Failures();
    failures.add(failure, 1_000);
    failures.retryNow();
    expect(failures.isDeferred(node, 1_000)).toBe(false);
    expect(failures.list()).toHaveLength(1);
    failures.keepOnly(new Set());
    expect(failures.list()).toEqual([]);
  });
});
