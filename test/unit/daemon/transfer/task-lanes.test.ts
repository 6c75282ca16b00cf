import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { mapBounded, TaskLanes } from '../../../../src/daemon/transfer/task-lanes.js';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TaskLanes', () => {
  it('runs as many at a time as it has lanes', async () => {
    const lanes = new TaskLanes(3, never);
    let running = 0;
    let peak = 0;
    for (let step = 0; step < 20; step += 1) {
      await lanes.start(async () => {
        running += 1;
        peak = Math.max(peak, running);
        await tick();
        running -= 1;
      });
    }
    await lanes.drain();
    expect(peak).toBe(3);
    expect(running).toBe(0);
  });

  it('keeps its width with several producers', async () => {
    const lanes = new TaskLanes(2, never);
    let running = 0;
    let peak = 0;
    const produce = async (): Promise<void> => {
      for (let step = 0; step < 10; step += 1) {
        await lanes.start(async () => {
          peak = Math.max(peak, (running += 1));
          await tick();
          running -= 1;
        });
      }
    };
    await Promise.all([produce(), produce(), produce()]);
    await lanes.drain();
    expect(peak).toBe(2);
  });

  it('throws the first failure from start and drain, tells the others, and waits for them', async () => {
    const lanes = new TaskLanes(2, never);
    let told = false;
    await lanes.start(async () => {
      await new Promise<void>((resolve) => lanes.signal.addEventListener('abort', () => setImmediate(resolve)));
      told = true;
    });
    await lanes.start(() => Promise.reject(new FsyncError('disk_full', 'full')));
    await tick();
    await expect(lanes.start(tick)).rejects.toMatchObject({ code: 'disk_full' });
    await expect(lanes.drain()).rejects.toMatchObject({ code: 'disk_full' });
    expect(told).toBe(true);
  });

  it('starts nothing after an abort', async () => {
    const controller = new AbortController();
    const lanes = new TaskLanes(2, controller.signal);
    controller.abort();
    await expect(lanes.start(tick)).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('mapBounded', () => {
  it('returns results in the order of the items', async () => {
    const results = await mapBounded([5, 1, 3], { width: 3, signal: never }, async (value) => {
      for (let step = 0; step < value; step += 1) await tick();
      return value * 2;
    });
    expect(results).toEqual([10, 2, 6]);
  });

  it('throws the first failure once nothing runs any more', async () => {
    let running = 0;
    const mapped = mapBounded([1, 2, 3, 4], { width: 2, signal: never }, async (value) => {
      running += 1;
      await tick();
      running -= 1;
      if (value === 2) throw new FsyncError('integrity', 'two');
      await tick();
      return value;
    });
    await expect(mapped).rejects.toMatchObject({ code: 'integrity' });
    expect(running).toBe(0);
  });
});
