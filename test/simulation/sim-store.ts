/** The state database of a simulated device: what was committed survives everything but being lost or restored. */
import { FsyncError } from '../../src/core/base/errors.js';
import type { BaseNode, StateStore } from '../../src/daemon/ports.js';
import { createMemoryStateStore, type MemoryStateStore } from '../support/memory-state-store.js';
import { Killed } from './file-error.js';
import type { Faults } from './faults.js';
import type { Owner } from './scheduler.js';

/** What a running daemon sees of it: dead processes write nothing, and a write may fail as a whole. */
export function openSimStore(
  store: MemoryStateStore,
  { owner, faults, onBase }: { owner: Owner; faults: Faults; onBase: (rows: readonly BaseNode[]) => void },
): StateStore {
  return {
    ...store,
    transaction(work) {
      if (!owner.alive) throw new Killed();
      const rows: BaseNode[] = [];
      store.transaction((write) => {
        work({
          ...write,
          putBase: (entry) => {
            rows.push(entry);
            write.putBase(entry);
          },
        });
        faults.call('state');
        if (!owner.alive) throw new Killed();
      });
      onBase(rows);
    },
  };
}

export function databaseFull(): FsyncError {
  return new FsyncError('disk_full', 'no space left for the state database');
}

/** A backup as a user would make it with the daemon stopped. */
export function copyStore(store: MemoryStateStore): MemoryStateStore {
  const copy = createMemoryStateStore();
  copy.transaction((write) => {
    for (const entry of store.loadBase()) write.putBase(entry);
    for (const state of store.loadRemote()) write.putRemote(state);
    for (let seq = 1; seq <= store.progress().head.seq; seq += 1) for (const op of store.commitOps(seq)) write.putLogOp(op);
    for (const entry of store.history({ limit: Number.MAX_SAFE_INTEGER })) write.addHistory(entry);
    write.setProgress(store.progress());
    write.setIntent(store.intent());
  });
  return copy;
}
