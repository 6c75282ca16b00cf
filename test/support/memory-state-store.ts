/** A state database in memory: what a restarted client still knows. */
import type { NodeId, RecordDigest } from '../../src/core/base/ids.js';
import type { NodeState } from '../../src/core/tree/node.js';
import type { BaseNode, HistoryEntry, Intent, StateStore, StateWriter, VaultProgress } from '../../src/daemon/ports.js';

export interface MemoryStateStore extends StateStore {
  /** Writes outside of a transaction. */
  readonly write: StateWriter;
}

const FIRST: VaultProgress = { historyId: null, head: { seq: 0, hash: null }, verifier: null, lastSyncedAtMs: null };

export function createMemoryStateStore(): MemoryStateStore {
  const base = new Map<NodeId, BaseNode>();
  const remote = new Map<NodeId, NodeState>();
  const logNodes = new Map<NodeId, { rev: number; digest: RecordDigest }>();
  const history = new Map<number, HistoryEntry>();
  let progress = FIRST;
  let intent: Intent | null = null;
  let undo: (() => void)[] | null = null;

  const put = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined): void => {
    const old = map.get(key);
    undo?.push(() => set(map, key, old));
    set(map, key, value);
  };
  const write: StateWriter = {
    putBase: (entry) => put(base, entry.state.node, entry),
    dropBase: (node) => put(base, node, undefined),
    putRemote: (state) => put(remote, state.node, state),
    dropRemote: (node) => put(remote, node, undefined),
    putLogNode: (node, rev, digest) => put(logNodes, node, { rev, digest }),
    setProgress: (change) => {
      const old = progress;
      undo?.push(() => (progress = old));
      progress = { ...progress, ...change };
    },
    setIntent: (next) => {
      const old = intent;
      undo?.push(() => (intent = old));
      intent = next;
    },
    addHistory: (entry) => put(history, entry.seq, entry),
  };
  return {
    write,
    loadBase: () => [...base.values()],
    loadRemote: () => [...remote.values()],
    progress: () => progress,
    logNode: (node) => logNodes.get(node) ?? null,
    intent: () => intent,
    transaction: (work) => {
      undo = [];
      try {
        work(write);
      } catch (error) {
        for (const step of undo.reverse()) step();
        throw error;
      } finally {
        undo = null;
      }
    },
    history: ({ node, limit, sinceMs = Number.NEGATIVE_INFINITY }) =>
      [...history.values()]
        .filter(({ at }) => at >= sinceMs)
        .sort((a, b) => b.seq - a.seq)
        .map((entry) => (node === undefined ? entry : { ...entry, changes: entry.changes.filter((change) => change.node === node) }))
        .filter(({ changes }) => node === undefined || changes.length > 0)
        .slice(0, limit),
    close: () => undefined,
  };
}

function set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
