import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRateLimiter } from '../../../../src/server/limits/rate-limiter.js';
import type { LimitClass, RateLimiter } from '../../../../src/server/ports.js';

const redisUrl = process.env['FSYNC_TEST_REDIS_URL'];

/** How many of `tries` are let through. */
async function allowed(
  limiter: RateLimiter,
  tries: number,
  client: { key: string; local: boolean },
  limit: LimitClass = 'login-account',
): Promise<number> {
  let passed = 0;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    passed += await limiter.take(limit, client).then(
      () => 1,
      () => 0,
    );
  }
  return passed;
}

function redisLimiter(url: string): RateLimiter {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return createRateLimiter({ redis, prefix: `t${randomBytes(6).toString('hex')}:`, factor: 1, localFactor: 3 });
}

describe.each(['memory', 'redis', 'redis that is down'])('limits in %s', (where) => {
  const skipped = where === 'redis' && redisUrl === undefined;
  const make = (): RateLimiter => {
    if (where === 'memory') return createRateLimiter({ redis: null, prefix: 't:', factor: 1, localFactor: 3 });
    return redisLimiter(where === 'redis' ? (redisUrl ?? '') : 'redis://127.0.0.1:1');
  };

  it.skipIf(skipped)('end where the budget ends, for each key by itself', async () => {
    const limiter = make();
    expect(await allowed(limiter, 15, { key: 'ada', local: false })).toBe(10);
    expect(await allowed(limiter, 15, { key: 'bea', local: false })).toBe(10);
  });

  it.skipIf(skipped)('are wider for clients on the same machine', async () => {
    expect(await allowed(make(), 40, { key: 'ada', local: true })).toBe(30);
  });
});

describe('a refusal', () => {
  it('says when to try again', async () => {
    const limiter = createRateLimiter({ redis: null, prefix: 't:', factor: 0.1, localFactor: 1 });
    await limiter.take('login-account', { key: 'ada', local: false });
    await expect(limiter.take('login-account', { key: 'ada', local: false })).rejects.toMatchObject({
      code: 'rate_limited',
      details: { limit: 'login-account', retryAfterMs: expect.any(Number) as number },
    });
  });

  it('never comes for what has no limit', async () => {
    const limiter = createRateLimiter({ redis: null, prefix: 't:', factor: 0.001, localFactor: 1 });
    expect(await allowed(limiter, 50, { key: 'ada', local: false }, 'none')).toBe(50);
  });
});
