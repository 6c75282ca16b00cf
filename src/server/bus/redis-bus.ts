/**
 * Notices between the processes of one server over Redis pub/sub. Delivery is at most once: those
 * who listen also look at the heads from time to time. Local listeners never wait for Redis.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Logger } from '../../core/base/effects.js';
import { parseAccountId, parseVaultId } from '../../core/base/ids.js';
import type { Notice, NoticeBus } from '../ports.js';
import { createMemoryBus } from './memory-bus.js';

const envelope = z.strictObject({
  from: z.string(),
  notice: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('head'), vault: z.string().transform(parseVaultId), seq: z.number().int().min(0) }),
    z.strictObject({
      type: z.literal('access'),
      vault: z.string().transform(parseVaultId),
      account: z.string().transform(parseAccountId),
    }),
    z.strictObject({ type: z.literal('session-ended'), session: z.string() }),
  ]),
});

function parseNotice(message: string): z.infer<typeof envelope> | null {
  try {
    return envelope.parse(JSON.parse(message));
  } catch {
    return null;
  }
}

/**
 * `publisher` and `subscriber` are two connections that the bus owns from now on: a connection that
 * subscribes can do nothing else.
 */
export async function createRedisBus(deps: {
  readonly publisher: Redis;
  readonly subscriber: Redis;
  readonly prefix: string;
  readonly logger: Logger;
}): Promise<NoticeBus> {
  const { publisher, subscriber, logger } = deps;
  const channel = `${deps.prefix}notices`;
  const local = createMemoryBus();
  const self = randomUUID();

  subscriber.on('message', (from: string, message: string) => {
    if (from !== channel) return;
    const received = parseNotice(message);
    if (received === null) logger.warn('a notice on the bus is malformed');
    else if (received.from !== self) local.publish(received.notice);
  });
  await subscriber.subscribe(channel);

  return {
    publish(notice: Notice) {
      local.publish(notice);
      publisher.publish(channel, JSON.stringify({ from: self, notice })).catch((error: unknown) => {
        logger.warn('a notice could not be sent', { error: error instanceof Error ? error.message : 'unknown' });
      });
    },
    subscribe: (listener) => local.subscribe(listener),
    get connected() {
      return subscriber.status === 'ready' && publisher.status === 'ready';
    },
    shared: true,
    async close() {
      await local.close();
      subscriber.disconnect();
      publisher.disconnect();
    },
  };
}
