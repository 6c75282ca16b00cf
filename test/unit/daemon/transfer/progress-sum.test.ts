import { describe, expect, it } from 'vitest';
import { progressSum } from '../../../../src/daemon/transfer/progress-sum.js';

describe('progressSum', () => {
  it('reports sums of several megabytes, and the rest when flushed', () => {
    const seen: number[] = [];
    const sum = progressSum({ progress: (amount) => seen.push(amount) });
    for (let step = 0; step < 10; step += 1) sum.add(1024 * 1024);
    expect(seen).toEqual([4 * 1024 * 1024, 4 * 1024 * 1024]);
    sum.flush();
    sum.flush();
    expect(seen).toEqual([4 * 1024 * 1024, 4 * 1024 * 1024, 2 * 1024 * 1024]);
  });
});
