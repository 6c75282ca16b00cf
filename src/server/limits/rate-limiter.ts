/**
 * Budgets of requests, in Redis when there is one so that replicas share them, else in memory. When
 * Redis is down each process counts for itself: never unlimited.
 */
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { FsyncError } from '../../core/base/errors.js';
import type { LimitClass, RateLimiter } from '../ports.js';

interface Budget {
  readonly points: number;
  readonly seconds: number;
}

/** Against guessing passwords, filling the disk with accounts, and clients gone wild; far above what a busy device needs. */
const BUDGETS: Readonly<Record<Exclude<LimitClass, 'none'>, readonly Budget[]>> = {
  'login-address': [{ points: 20, seconds: 60 }],
  'login-account': [
    { points: 10, seconds: 60 },
    { points: 60, seconds: 3600 },
  ],
  register: [{ points: 10, seconds: 3600 }],
  refresh: [{ points: 60, seconds: 60 }],
  metadata: [{ points: 1200, seconds: 60 }],
  transfer: [{ points: 1200, seconds: 60 }],
  lookup: [{ points: 60, seconds: 3600 }],
};

const CLASSES = ['login-address', 'login-account', 'register', 'refresh', 'metadata', 'transfer', 'lookup'] as const;

function retryAfter(rejected: unknown): number | null {
  return rejected instanceof RateLimiterRes ? Math.max(1000, rejected.msBeforeNext) : null;
}

/** `factor` multiplies every budget, `localFactor` those of clients on the same machine once more. */
export function createRateLimiter(deps: {
  readonly redis: Redis | null;
  readonly prefix: string;
  readonly factor: number;
  readonly localFactor: number;
}): RateLimiter {
  const make = (name: string, budget: Budget, scale: number): RateLimiterAbstract => {
    const options = {
      keyPrefix: `${deps.prefix}limit:${name}:${String(budget.seconds)}`,
      points: Math.max(1, Math.round(budget.points * scale)),
      duration: budget.seconds,
    };
    const memory = new RateLimiterMemory(options);
    if (deps.redis === null) return memory;
    return new RateLimiterRedis({ ...options, storeClient: deps.redis, rejectIfRedisNotReady: true, insuranceLimiter: memory });
  };
  const limiters = new Map<string, readonly RateLimiterAbstract[]>();
  for (const name of CLASSES) {
    limiters.set(
      `remote ${name}`,
      BUDGETS[name].map((budget) => make(name, budget, deps.factor)),
    );
    limiters.set(
      `local ${name}`,
      BUDGETS[name].map((budget) => make(`local-${name}`, budget, deps.factor * deps.localFactor)),
    );
  }
  return {
    async take(limit, client) {
      if (limit === 'none') return;
      for (const limiter of limiters.get(`${client.local ? 'local' : 'remote'} ${limit}`) ?? []) {
        try {
          await limiter.consume(client.key);
        } catch (rejected) {
          const retryAfterMs = retryAfter(rejected);
          if (retryAfterMs === null) throw rejected;
          throw new FsyncError('rate_limited', 'too many requests', { details: { limit, retryAfterMs } });
        }
      }
    },
  };
}

/** For benchmarks: no limits. */
export function createUnlimitedRateLimiter(): RateLimiter {
  return { take: () => Promise.resolve() };
}
