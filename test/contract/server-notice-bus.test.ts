/** The port NoticeBus on memory and on Redis. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAccountId, parseVaultId } from '../../src/core/base/ids.js';
import { createMemoryBus } from '../../src/server/bus/memory-bus.js';
import { createRedisBus } from '../../src/server/bus/redis-bus.js';
import type { Notice, NoticeBus } from '../../src/server/ports.js';
import { recordingLogger } from '../support/recording-logger.js';

const redisUrl = process.env['FSYNC_TEST_REDIS_URL'] ?? '';
const vault = parseVaultId('ab'.repeat(32));
const head: Notice = { type: 'head', vault, seq: 7 };

async function redisBus(prefix: string): Promise<NoticeBus> {
  const connect = (): Redis => new Redis(redisUrl, { maxRetriesPerRequest: 1 });
  const bus = await createRedisBus({ publisher: connect(), subscriber: connect(), prefix, logger: recordingLogger() });
  onTestFinished(() => bus.close());
  return bus;
}

const prefix = (): string => `t${randomBytes(6).toString('hex')}:`;
const buses = [
  { name: 'memory', skipped: false, make: () => Promise.resolve(createMemoryBus()) },
  { name: 'redis', skipped: redisUrl === '', make: () => redisBus(prefix()) },
];

describe.each(buses)('notices in $name', ({ skipped, make }) => {
  it.skipIf(skipped)('reach every listener of the process at once', async () => {
    const bus = await make();
    const seen: Notice[] = [];
    bus.subscribe((notice) => seen.push(notice));
    bus.subscribe((notice) => seen.push(notice));
    bus.publish(head);
    expect(seen).toEqual([head, head]);
  });

  it.skipIf(skipped)('no longer reach who has gone', async () => {
    const bus = await make();
    const seen: Notice[] = [];
    const leave = bus.subscribe((notice) => seen.push(notice));
    leave();
    bus.publish(head);
    expect(seen).toEqual([]);
  });

  it.skipIf(skipped)('go on for the others when a listener leaves while it is told', async () => {
    const bus = await make();
    const seen: string[] = [];
    const leave = bus.subscribe(() => {
      seen.push('first');
      leave();
    });
    bus.subscribe(() => seen.push('second'));
    bus.publish(head);
    bus.publish(head);
    expect(seen).toEqual(['first', 'second', 'second']);
  });

  it.skipIf(skipped)('say that they arrive', async () => {
    const bus = await make();
    expect(bus.connected).toBe(true);
  });
});

describe.skipIf(redisUrl === '')('notices between processes', () => {
  const notices: readonly Notice[] = [
    head,
    { type: 'access', vault, account: parseAccountId('cd'.repeat(32)) },
    { type: 'session-ended', session: 'ef'.repeat(16) },
  ];

  it('arrive once on the other side, and once on the own', async () => {
    const shared = prefix();
    const [one, two] = [await redisBus(shared), await redisBus(shared)];
    const seen: { one: Notice[]; two: Notice[] } = { one: [], two: [] };
    one.subscribe((notice) => seen.one.push(notice));
    two.subscribe((notice) => seen.two.push(notice));
    for (const notice of notices) one.publish(notice);
    await expect.poll(() => seen.two).toEqual(notices);
    expect(seen.one).toEqual(notices);
  });

  it('stay within their prefix, and what is malformed is dropped', async () => {
    const shared = prefix();
    const [one, other] = [await redisBus(shared), await redisBus(prefix())];
    const seen: Notice[] = [];
    one.subscribe((notice) => seen.push(notice));
    other.publish(head);
    const redis = new Redis(redisUrl);
    onTestFinished(() => redis.disconnect());
    for (const text of ['{', '{}', '{"from":"x","notice":{"type":"head","vault":"x","seq":1}}'])
      await redis.publish(`${shared}notices`, text);
    await redis.publish(`${shared}notices`, JSON.stringify({ from: 'x', notice: head }));
    await expect.poll(() => seen).toEqual([head]);
  });
});
