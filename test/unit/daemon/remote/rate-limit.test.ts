import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paced, pacedBody, RateLimit } from '../../../../src/daemon/remote/rate-limit.js';

const KIB = 1024;
const { signal } = new AbortController();

describe('RateLimit', () => {
  let rate = 0;
  const limit = (): RateLimit => new RateLimit(() => rate, Date.now);

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    rate = 100 * KIB;
  });
  afterEach(() => vi.useRealTimers());

  /** Milliseconds of the faked clock that it takes. */
  async function lasts(work: Promise<unknown>): Promise<number> {
    const began = Date.now();
    let endedMs = -1;
    void work.then(() => (endedMs = Date.now()));
    await vi.runAllTimersAsync();
    return endedMs - began;
  }

  async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  }

  it('lets 1,000 KiB through in ten seconds at 100 KiB a second, less what may come in a burst', async () => {
    const body = new Uint8Array(1_000 * KIB).map((_, index) => index % 251);
    let sent: Buffer | undefined;
    const took = await lasts(collect(pacedBody(body, limit(), signal)).then((bytes) => (sent = bytes)));
    expect(sent?.equals(body)).toBe(true);
    expect(took).toBeGreaterThan(9_400);
    expect(took).toBeLessThanOrEqual(10_000);
  });

  it('is shared: two transfers side by side take as long as one of both together', async () => {
    const shared = limit();
    const both = [1, 2].map(() => collect(pacedBody(new Uint8Array(500 * KIB), shared, signal)));
    const took = await lasts(Promise.all(both));
    expect(took).toBeGreaterThan(9_400);
    expect(took).toBeLessThanOrEqual(10_000);
  });

  it('takes a new setting over in the middle of a transfer', async () => {
    const took = lasts(collect(pacedBody(new Uint8Array(1_000 * KIB), limit(), signal)));
    rate = 1_000 * KIB;
    expect(await took).toBeLessThan(2_000);
  });

  it('slows down what is read', async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 10; i++) yield await Promise.resolve(new Uint8Array(50 * KIB));
    }
    const took = await lasts(collect(paced(pieces(), limit(), signal)));
    expect(took).toBeGreaterThan(3_900);
    expect(took).toBeLessThanOrEqual(5_000);
  });

  it('waits for nothing when there is no limit', async () => {
    rate = 0;
    expect(limit().isOff).toBe(true);
    expect(await lasts(collect(pacedBody(new Uint8Array(1_000 * KIB), limit(), signal)))).toBe(0);
  });

  it('gives up at once when it is told to', async () => {
    const controller = new AbortController();
    const slow = limit();
    await slow.take(1_000 * KIB, controller.signal);
    const waiting = slow.take(1, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  });
});
