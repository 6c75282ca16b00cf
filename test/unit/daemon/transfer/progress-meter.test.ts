import { describe, expect, it } from 'vitest';
import type { TransferProgress } from '../../../../src/daemon/ports.js';
import { createProgressMeter } from '../../../../src/daemon/transfer/progress-meter.js';

function setUp() {
  const seen: TransferProgress[] = [];
  const clock = { ms: 0 };
  const meter = createProgressMeter(
    { bytesTotal: 1000, filesTotal: 2 },
    (progress) => seen.push(progress),
    () => clock.ms,
  );
  return { seen, clock, meter };
}

describe('createProgressMeter', () => {
  it('tells the first change at once and later ones at most ten times a second', () => {
    const { seen, clock, meter } = setUp();
    for (let step = 0; step < 300; step += 1) {
      clock.ms = step;
      meter.addBytes(1);
    }
    expect(seen.map(({ bytesDone }) => bytesDone)).toEqual([1, 101, 201]);
  });

  it('tells the last state in the end', () => {
    const { seen, meter } = setUp();
    meter.addBytes(10);
    meter.addFile();
    meter.finish();
    expect(seen.at(-1)).toEqual({ bytesDone: 10, bytesTotal: 1000, filesDone: 1, filesTotal: 2 });
  });

  it('never tells more bytes than there are', () => {
    const { seen, meter } = setUp();
    meter.addBytes(5000);
    expect(seen.at(-1)?.bytesDone).toBe(1000);
  });

  it('is silent without a listener', () => {
    const meter = createProgressMeter({ bytesTotal: 1, filesTotal: 1 }, undefined, () => 0);
    expect(() => {
      meter.addBytes(1);
      meter.finish();
    }).not.toThrow();
  });
});
