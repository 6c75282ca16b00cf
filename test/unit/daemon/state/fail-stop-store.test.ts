import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { failStop } from '../../../../src/daemon/state/fail-stop-store.js';
import { createMemoryStateStore } from '../../../support/memory-state-store.js';

const diskFull = new FsyncError('disk_full', 'no space left for the state database');

describe('fail-stop store', () => {
  it('hazard 44: tells of the first transaction that fails, and refuses every later one', () => {
    const store = createMemoryStateStore();
    const told: FsyncError[] = [];
    const guarded = failStop(store, (error) => told.push(error));
    guarded.transaction((write) => {
      write.setProgress({ lastSyncedAtMs: 1 });
    });
    const fail = (): void => {
      guarded.transaction((write) => {
        write.setProgress({ lastSyncedAtMs: 2 });
        throw diskFull;
      });
    };
    expect(fail).toThrow(diskFull);
    expect(() => {
      guarded.transaction((write) => {
        write.setProgress({ lastSyncedAtMs: 3 });
      });
    }).toThrow(diskFull);
    expect(told).toEqual([diskFull]);
    expect(store.progress().lastSyncedAtMs, 'nothing was written after the failure').toBe(1);
    expect(guarded.progress().lastSyncedAtMs, 'reading goes on').toBe(1);
  });

  it('takes any other error inside a transaction for a failure too', () => {
    const told: string[] = [];
    const guarded = failStop(createMemoryStateStore(), ({ code }) => told.push(code));
    expect(() => {
      guarded.transaction(() => {
        throw new TypeError('a bug');
      });
    }).toThrow('a change of the state database failed');
    expect(told).toEqual(['internal']);
  });
});
