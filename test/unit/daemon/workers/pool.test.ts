import { afterEach, describe, expect, it } from 'vitest';
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from '../../../../src/daemon/workers/pool.js';
import { workerEntry } from '../../../../src/daemon/workers/worker-entry.js';
import type { TEST_TASKS } from '../../../support/pool-test-worker.js';

type TestPool = WorkerPool<typeof TEST_TASKS>;

const entry = workerEntry(new URL('../../../support/pool-test-worker.ts', import.meta.url));
const never = new AbortController().signal;
const pools: TestPool[] = [];

function openPool(options: WorkerPoolOptions = {}): TestPool {
  const pool = createWorkerPool<typeof TEST_TASKS>({ size: 1, entry, ...options });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('createWorkerPool', () => {
  it('returns what the task returns', async () => {
    expect(await openPool().run('double', { value: 21 }, { signal: never })).toBe(42);
  });

  it('answers each of many jobs with its own result', async () => {
    const pool = openPool({ size: 2 });
    const values = Array.from({ length: 50 }, (_, index) => index);
    expect(await Promise.all(values.map((value) => pool.run('double', { value }, { signal: never })))).toEqual(values.map((v) => v * 2));
  });

  it('uses no more threads than its size', async () => {
    const pool = openPool({ size: 2 });
    const threads = await Promise.all(Array.from({ length: 20 }, () => pool.run('thread', null, { signal: never })));
    expect(new Set(threads).size).toBeLessThanOrEqual(2);
  });

  it('moves buffers there and back', async () => {
    const buffer = new ArrayBuffer(1024);
    const answer = await openPool().run('fill', { buffer, byte: 9 }, { signal: never, transfer: [buffer] });
    expect(buffer.byteLength).toBe(0);
    expect(new Uint8Array(answer)).toEqual(new Uint8Array(1024).fill(9));
  });

  it('passes progress on in order', async () => {
    const seen: number[] = [];
    await openPool().run('count', { to: 5 }, { signal: never, onProgress: (amount) => seen.push(amount) });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps code, hints and details of an error of a task', async () => {
    const run = openPool().run('refuse', null, { signal: never });
    await expect(run).rejects.toMatchObject({ code: 'quota_exceeded', message: 'no room', hints: ['Buy a disk.'], details: { bytes: 7 } });
  });

  it.each([
    ['ENOSPC', 'disk_full'],
    ['EIO', 'io_error'],
  ])('names the system error %s %s', async (errno, code) => {
    await expect(openPool().run('break', { errno }, { signal: never })).rejects.toMatchObject({ code, details: { errno } });
  });

  it('replaces a thread that crashed and rejects its job only', async () => {
    const pool = openPool();
    const crash = pool.run('crash', null, { signal: never });
    const next = pool.run('double', { value: 2 }, { signal: never });
    await expect(crash).rejects.toMatchObject({ code: 'internal', message: 'a worker thread crashed in crash' });
    expect(await next).toBe(4);
  });

  it('replaces a thread that exited', async () => {
    const pool = openPool();
    await expect(pool.run('exit', null, { signal: never })).rejects.toMatchObject({ code: 'internal' });
    expect(await pool.run('double', { value: 3 }, { signal: never })).toBe(6);
  });

  it('stops a task that listens and keeps its thread', async () => {
    const pool = openPool();
    const thread = await pool.run('thread', null, { signal: never });
    const controller = new AbortController();
    const spin = pool.run('spin', null, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(spin).rejects.toMatchObject({ code: 'aborted' });
    expect(await pool.run('thread', null, { signal: never })).toBe(thread);
  });

  it('ends the thread of a task that does not listen', async () => {
    const pool = openPool({ graceMs: 30 });
    const controller = new AbortController();
    const hang = pool.run('hang', null, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(hang).rejects.toMatchObject({ code: 'aborted' });
    expect(await pool.run('double', { value: 1 }, { signal: never })).toBe(2);
  });

  it('takes a job that was given up out of the queue', async () => {
    const pool = openPool();
    const blocking = new AbortController();
    const spin = pool.run('spin', null, { signal: blocking.signal });
    const waiting = new AbortController();
    const queued = pool.run('double', { value: 1 }, { signal: waiting.signal });
    waiting.abort();
    await expect(queued).rejects.toMatchObject({ code: 'aborted' });
    blocking.abort();
    await expect(spin).rejects.toMatchObject({ code: 'aborted' });
  });

  it('refuses more jobs than its queue holds', async () => {
    const pool = openPool({ maxQueued: 1 });
    const blocking = new AbortController();
    const spin = pool.run('spin', null, { signal: blocking.signal });
    const queued = pool.run('double', { value: 1 }, { signal: never });
    await expect(pool.run('double', { value: 1 }, { signal: never })).rejects.toMatchObject({ code: 'internal' });
    blocking.abort();
    await expect(spin).rejects.toMatchObject({ code: 'aborted' });
    expect(await queued).toBe(2);
  });

  it('ends idle threads and starts new ones when there is work', async () => {
    const pool = openPool({ idleMs: 10 });
    const first = await pool.run('thread', null, { signal: never });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await pool.run('thread', null, { signal: never })).not.toBe(first);
  });

  it('rejects running and waiting jobs when it closes, and new ones after', async () => {
    const pool = openPool();
    const spin = pool.run('hang', null, { signal: never });
    const queued = pool.run('double', { value: 1 }, { signal: never });
    const settled = Promise.allSettled([spin, queued]);
    await pool.close();
    for (const outcome of await settled) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    await expect(pool.run('double', { value: 1 }, { signal: never })).rejects.toMatchObject({ code: 'aborted' });
  });
});
