import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BURST_EVENTS, HintQueue } from '../../../../src/daemon/folder/hint-queue.js';

describe('hint queue', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function setUp() {
    const queue = new HintQueue(5);
    const hints: (readonly string[] | null)[] = [];
    queue.onHint((hint) => hints.push(hint));
    return { queue, hints };
  }

  it('hands on together what came together, each directory once', () => {
    const { queue, hints } = setUp();
    for (const directory of ['a', 'b', 'a']) queue.event(directory);
    vi.advanceTimersByTime(5);
    queue.event('c');
    vi.advanceTimersByTime(5);
    expect(hints).toEqual([['a', 'b'], ['c']]);
  });

  it('hazard 1: says "everything" once a burst is too large, and again when it is over', () => {
    const { queue, hints } = setUp();
    for (let event = 0; event < BURST_EVENTS * 2; event += 1) queue.event('a');
    vi.advanceTimersByTime(5);
    expect(hints).toEqual([null]);
    vi.advanceTimersByTime(1_000);
    expect(hints).toEqual([null, null]);
    queue.event('b');
    vi.advanceTimersByTime(2_000);
    expect(hints).toEqual([null, null, ['b']]);
  });

  it('believes a long series of events that come slowly', () => {
    const { queue, hints } = setUp();
    for (let round = 0; round < 10; round += 1) {
      for (let event = 0; event < BURST_EVENTS; event += 1) queue.event('a');
      vi.advanceTimersByTime(1_100);
    }
    expect(hints).toEqual(Array.from({ length: 10 }, () => ['a']));
  });

  it('covers single directories by "everything"', () => {
    const { queue, hints } = setUp();
    queue.look('a');
    queue.everything();
    vi.advanceTimersByTime(5);
    expect(hints).toEqual([null]);
  });

  it('says nothing after it was closed', () => {
    const { queue, hints } = setUp();
    queue.event('a');
    queue.close();
    queue.event('b');
    vi.advanceTimersByTime(5_000);
    expect(hints).toEqual([]);
  });
});
