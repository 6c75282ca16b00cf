import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/core/base/effects.js';
import type { ContentJob, ContentReader } from '../../../../src/daemon/ports.js';
import { readWithProgress } from '../../../../src/daemon/sync/read-with-progress.js';
import { WorkRate } from '../../../../src/daemon/sync/work-rate.js';

const expected = { size: 50, mtimeNs: '1', ctimeNs: '1', birthtimeNs: '1', dev: '1', ino: '1', nlink: 1, mode: 0o644 };
const jobs: readonly ContentJob[] = ['a', 'b'].map((path) => ({ path, expected }));
const { signal } = new AbortController();

describe('reading with progress', () => {
  it('tells files, bytes, rate and time left while it goes on, and nothing after it', async () => {
    let nowMs = 1000;
    const clock: Clock = { now: () => nowMs };
    const reading = new WorkRate(clock);
    const seen: unknown[] = [];
    const reader: ContentReader = {
      read: (_, { onBytes, onFiles }) => {
        seen.push(reading.status());
        nowMs += 500;
        onBytes?.(25);
        seen.push(reading.status());
        nowMs += 500;
        onBytes?.(25);
        onFiles?.(1);
        nowMs += 500;
        onBytes?.(500);
        seen.push(reading.status());
        return Promise.resolve([]);
      },
    };
    await readWithProgress({ reader, reading, clock }, jobs, signal);
    const totals = { filesTotal: 2, bytesTotal: 100 };
    expect(seen).toEqual([
      { ...totals, filesDone: 0, bytesDone: 0, bytesPerSecond: 0, etaMs: null },
      { ...totals, filesDone: 0, bytesDone: 25, bytesPerSecond: 50, etaMs: 1500 },
      { ...totals, filesDone: 1, bytesDone: 100, bytesPerSecond: 67, etaMs: 0 },
    ]);
    expect(reading.status()).toBeNull();
  });

  it('has no state left when reading fails', async () => {
    const clock: Clock = { now: () => 0 };
    const reading = new WorkRate(clock);
    const reader: ContentReader = { read: () => Promise.reject(new Error('gone')) };
    await expect(readWithProgress({ reader, reading, clock }, jobs, signal)).rejects.toThrow('gone');
    expect(reading.status()).toBeNull();
  });
});
