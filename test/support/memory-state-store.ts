/** The rows of a state database that the trees need, in memory: what a restarted client still knows. */
import type { NodeId } from '../../src/core/base/ids.js';
import type { NodeState } from '../../src/core/tree/node.js';
import type { BaseNode, StateStore, StateWriter } from '../../src/daemon/ports.js';

export interface MemoryStateStore extends StateStore {
  readonly write: StateWriter;
}

export function createMemoryStateStore(): MemoryStateStore {
  const base = new Map<NodeId, BaseNode>();
  const remote = new Map<NodeId, NodeState>();
  const ignore = (): void => undefined;
  const write: StateWriter = {
    putBase: (entry) => base.set(entry.state.node, entry),
    dropBase: (node) => base.delete(node),
    putRemote: (state) => remote.set(state.node, state),
    dropRemote: (node) => remote.delete(node),
    putLogNode: ignore,
    setProgress: ignore,
    setIntent: ignore,
    addHistory: ignore,
  };
  return {
    write,
    loadBase: () => [...base.values()],
    loadRemote: () => [...remote.values()],
    progress: () => ({ historyId: null, head: { seq: 0, hash: null }, verifier: null, lastSyncedAtMs: null }),
    logNode: () => null,
    intent: () => null,
    transaction: (work) => {
      work(write);
    },
    history: () => [],
    close: ignore,
  };
}
