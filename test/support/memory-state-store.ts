/** A state database in memory: what a restarted client still knows. */
import type { NodeId } from '../../src/core/base/ids.js';
import { isAtOrInside } from '../../src/core/base/rel-path.js';
import type { GuardMark } from '../../src/core/plan/guard.js';
import type { NodeState } from '../../src/core/tree/node.js';
import type { BaseNode, Intent, StateStore, StateWriter, VaultProgress } from '../../src/daemon/ports.js';
import type { HistoryEntry, HistoryQuery, LogOp, Operation } from '../../src/daemon/vault-history.js';

export interface MemoryStateStore extends StateStore {
  /** Writes outside of a transaction. */
  readonly write: StateWriter;
}

const FIRST: VaultProgress = { historyId: null, head: { seq: 0, hash: null }, verifier: null, lastSyncedAtMs: null };

export function createMemoryStateStore(): MemoryStateStore {
  const base = new Map<NodeId, BaseNode>();
  const remote = new Map<NodeId, NodeState>();
  const logOps = new Map<string, LogOp>();
  const marks = new Map<string, GuardMark>();
  const history = new Map<number, HistoryEntry>();
  const operations = new Map<number, Operation>();
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
    putLogOp: (op) => put(logOps, `${op.node} ${op.rev}`, op),
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
    setGuardMark: (change, mark) => put(marks, change, mark ?? undefined),
    forgetLog: () => {
      for (const node of [...remote.keys()]) put(remote, node, undefined);
      for (const key of [...logOps.keys()]) put(logOps, key, undefined);
      for (const seq of [...history.keys()]) put(history, seq, undefined);
      for (const first of [...operations.keys()]) put(operations, first, undefined);
      write.setProgress({ historyId: null, head: FIRST.head, verifier: null });
      write.setIntent(null);
    },
    addHistory: (entry) => put(history, entry.seq, entry),
    putOperation: (operation) => put(operations, operation.first, operation),
  };
  const opsOf = (node: NodeId): LogOp[] => [...logOps.values()].filter((op) => op.node === node).sort((a, b) => b.rev - a.rev);
  return {
    write,
    loadBase: () => [...base.values()],
    loadRemote: () => [...remote.values()],
    progress: () => progress,
    logNode: (node) => opsOf(node)[0] ?? null,
    logOps: opsOf,
    commitOps: (seq) => [...logOps.values()].filter((op) => op.seq === seq).sort((a, b) => (a.node < b.node ? -1 : 1)),
    changedAfter: (seq) => {
      const changed = [...logOps.values()].filter((op) => op.seq > seq).map((op) => op.node);
      return new Map(changed.map((node) => [node, opsOf(node).find((op) => op.seq <= seq) ?? null]));
    },
    intent: () => intent,
    guardMarks: () => new Map(marks),
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
    history: (query) => readHistory([...history.values()], query),
    operations: (limit) => [...operations.values()].sort((a, b) => b.first - a.first).slice(0, limit),
    close: () => undefined,
  };
}

function readHistory(
  entries: HistoryEntry[],
  { node, path, limit, sinceMs = -Infinity, untilMs = Infinity, untilSeq = Infinity }: HistoryQuery,
) {
  const isWanted = (change: HistoryEntry['changes'][number]): boolean =>
    (node === undefined || change.node === node) &&
    (path === undefined || [change.path, change.from].some((one) => one !== null && isAtOrInside(one, path)));
  return entries
    .filter(({ at, seq }) => at >= sinceMs && at <= untilMs && seq <= untilSeq)
    .sort((a, b) => b.seq - a.seq)
    .map((entry) => ({ ...entry, changes: entry.changes.filter(isWanted) }))
    .filter(({ changes }) => (node === undefined && path === undefined) || changes.length > 0)
    .slice(0, limit);
}

function set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
