import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { fullJitterMs, retryDelayMs } from '../../../../src/daemon/remote/retry-delay.js';

const half = (): number => 0.5;

describe('retryDelayMs', () => {
  it('tries again after trouble that passes, twice', () => {
    const error = new FsyncError('unavailable', 'down');
    expect([1, 2, 3].map((attempt) => retryDelayMs(error, attempt, half))).toEqual([100, 200, null]);
  });

  it('does not knock at a door where nobody is', () => {
    expect(retryDelayMs(new FsyncError('server_unreachable', 'x', { details: { absent: true } }), 1, half)).toBeNull();
  });

  it.each(['forbidden', 'not_found', 'integrity', 'session_expired', 'behind', 'aborted', 'tls_refused'] as const)(
    'never repeats after %s',
    (code) => {
      expect(retryDelayMs(new FsyncError(code, 'x'), 1, half)).toBeNull();
    },
  );

  it('hazard 67: waits as long as the server asks, unless that is long', () => {
    const limited = (retryAfterMs: number) => new FsyncError('rate_limited', 'x', { details: { retryAfterMs } });
    expect(retryDelayMs(limited(2_000), 1, half)).toBe(2_100);
    expect(retryDelayMs(limited(60_000), 1, half)).toBeNull();
    expect(retryDelayMs(new FsyncError('rate_limited', 'x'), 1, half)).toBeNull();
  });
});

describe('fullJitterMs', () => {
  it('grows up to the cap', () => {
    const limits = { baseMs: 100, capMs: 1_000 };
    expect([0, 1, 2, 3, 4, 50].map((failures) => fullJitterMs(failures, limits, () => 1))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(fullJitterMs(50, limits, () => 0)).toBe(0);
  });
});
