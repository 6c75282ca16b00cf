/** What every StateStore does: in memory, and in SQLite with a restart between writing and reading. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  parseAccountId,
  parseChunkId,
  parseCommitHash,
  parseContentId,
  parseCredentialId,
  parseNodeId,
  parseRecordDigest,
  ROOT_NODE,
} from '../../src/core/base/ids.js';
import type { NodeState } from '../../src/core/tree/node.js';
import type { BaseNode, Intent, StateStore } from '../../src/daemon/ports.js';
import type { HistoryEntry, LogOp, Operation } from '../../src/daemon/vault-history.js';
import { createSqliteStateStore } from '../../src/daemon/state/sqlite-state-store.js';
import { createMemoryStateStore } from '../support/memory-state-store.js';
import { tempFolder } from '../support/temp-folder.js';

interface Subject {
  readonly store: StateStore;
  /** The store as it is found after the process ended. */
  readonly reopened: () => StateStore;
}

const adapters: readonly (readonly [string, () => Subject])[] = [
  [
    'in memory',
    () => {
      const store = createMemoryStateStore();
      return { store, reopened: () => store };
    },
  ],
  [
    'in SQLite',
    () => {
      const path = join(tempFolder(), 'state.db');
      const open = () => createSqliteStateStore({ path, clock: { now: () => 1 } });
      let store = open();
      onTestFinished(() => store.close());
      return {
        store,
        reopened: () => {
          store.close();
          return (store = open());
        },
      };
    },
  ],
];

const node = (fill: string) => parseNodeId(fill.repeat(16));
const DEVICE = parseCredentialId('dd'.repeat(16));

function file(fill: string, change: Partial<NodeState> = {}): NodeState {
  return {
    node: node(fill),
    rev: 3,
    parent: ROOT_NODE,
    name: `näme-${fill}`,
    kind: 'file',
    deleted: false,
    mode: 0o640,
    mtimeMs: -1_000,
    content: {
      id: parseContentId('c1'.repeat(32)),
      size: 5_000_000_000,
      inline: null,
      chunks: [
        { epoch: 1, id: parseChunkId('01'.repeat(32)), size: 2_097_152 },
        { epoch: 2, id: parseChunkId('02'.repeat(32)), size: 7 },
      ],
    },
    target: null,
    stamp: 1_700_000_000_000,
    vector: { [DEVICE]: 7, [parseCredentialId('ee'.repeat(16))]: 1 },
    device: DEVICE,
    deviceName: 'läptop',
    conflict: null,
    ...change,
  };
}

const states: readonly NodeState[] = [
  file('a1'),
  file('a2', { content: { id: parseContentId('c2'.repeat(32)), size: 3, inline: new Uint8Array([0, 255, 10]), chunks: [] } }),
  file('a3', { content: { id: parseContentId('c3'.repeat(32)), size: 0, inline: new Uint8Array(0), chunks: [] } }),
  file('a4', { kind: 'directory', content: null, vector: {} }),
  file('a5', { kind: 'symlink', content: null, target: '../x', mode: 0 }),
  file('a6', { deleted: true, content: null, name: '' }),
  file('a7', { conflict: { of: node('a1'), winner: 'desk', loser: 'laptop', loserDevice: DEVICE, at: 5 } }),
];

function based(state: NodeState, verifiedAtMs = 1): BaseNode {
  const fingerprint = {
    size: 3,
    mtimeNs: '1700000000123456789',
    ctimeNs: '-1',
    birthtimeNs: '0',
    dev: '65024',
    ino: '18446744073709551615',
    nlink: 2,
    mode: 0o4755,
  };
  return { state, diskName: state.name.normalize('NFD'), fingerprint, verifiedAtMs };
}

const byNode = <Value extends { node: string } | { state: { node: string } }>(values: Iterable<Value>): Value[] =>
  [...values].sort((a, b) => (key(a) < key(b) ? -1 : 1));
const key = (value: { node: string } | { state: { node: string } }): string => ('state' in value ? value.state.node : value.node);

describe.each(adapters)('StateStore %s', (_name, setUp) => {
  it('is empty at first', () => {
    const { store } = setUp();
    expect([...store.loadBase()]).toEqual([]);
    expect([...store.loadRemote()]).toEqual([]);
    expect(store.progress()).toEqual({ historyId: null, head: { seq: 0, hash: null }, verifier: null, lastSyncedAtMs: null });
    expect(store.intent()).toBeNull();
    expect(store.logNode(node('a1'))).toBeNull();
    expect(store.history({ limit: 10 })).toEqual([]);
  });

  it('gives back every kind of node as it was put', () => {
    const { store, reopened } = setUp();
    store.transaction((write) => {
      for (const state of states) {
        write.putBase(based(state));
        write.putRemote(state);
      }
    });
    const after = reopened();
    expect(byNode(after.loadBase())).toEqual(states.map((state) => based(state)));
    expect(byNode(after.loadRemote())).toEqual(states);
  });

  it('replaces and drops rows, each by its node', () => {
    const { store, reopened } = setUp();
    store.transaction((write) => {
      for (const state of states) write.putBase(based(state));
      write.putRemote(file('a1'));
      write.putRemote(file('a2'));
    });
    store.transaction((write) => {
      write.putBase(based(file('a1', { rev: 4, name: 'other' }), 99));
      write.dropBase(node('a2'));
      write.dropBase(node('ff'));
      write.dropRemote(node('a1'));
    });
    const after = reopened();
    expect(byNode(after.loadBase()).map(key)).toEqual(states.map(({ node: id }) => id).filter((id) => id !== node('a2')));
    expect(byNode(after.loadBase())[0]).toEqual(based(file('a1', { rev: 4, name: 'other' }), 99));
    expect([...after.loadRemote()]).toEqual([file('a2')]);
  });

  it('writes nothing of a transaction that throws', () => {
    const { store, reopened } = setUp();
    store.transaction((write) => write.putBase(based(file('a1'))));
    const failing = (): void =>
      store.transaction((write) => {
        write.putBase(based(file('a1', { rev: 9 })));
        write.putBase(based(file('a2')));
        write.dropBase(node('a1'));
        write.putLogOp({ node: node('a1'), rev: 1, seq: 1, digest: parseRecordDigest('0d'.repeat(32)) });
        write.setProgress({ historyId: 'h' });
        write.addHistory(entry(1, []));
        throw new Error('stop');
      });
    expect(failing).toThrow('stop');
    const after = reopened();
    expect([...after.loadBase()]).toEqual([based(file('a1'))]);
    expect([after.logNode(node('a1')), after.progress().historyId, after.history({ limit: 1 })]).toEqual([null, null, []]);
  });

  it('changes only the parts of the progress that are given', () => {
    const { store, reopened } = setUp();
    const hash = parseCommitHash('ab'.repeat(32));
    store.transaction((write) => write.setProgress({ historyId: 'h1', head: { seq: 5, hash } }));
    store.transaction((write) => write.setProgress({ verifier: new Uint8Array([1, 2]), lastSyncedAtMs: 1_700_000_000_000.5 }));
    expect(reopened().progress()).toEqual({
      historyId: 'h1',
      head: { seq: 5, hash },
      verifier: new Uint8Array([1, 2]),
      lastSyncedAtMs: 1_700_000_000_000.5,
    });
  });

  it('remembers every revision that the log has named', () => {
    const { store, reopened } = setUp();
    const op = (fill: string, rev: number, seq: number): LogOp => ({
      node: node(fill),
      rev,
      seq,
      digest: parseRecordDigest(`0${String(rev)}`.repeat(32)),
    });
    store.transaction((write) => {
      for (const one of [op('a1', 1, 2), op('a2', 1, 2), op('a1', 2, 3), op('a3', 1, 5), op('a1', 3, 5)]) write.putLogOp(one);
    });
    const after = reopened();
    expect([after.logNode(node('a1')), after.logNode(node('a9'))]).toEqual([op('a1', 3, 5), null]);
    expect(after.logOps(node('a1'))).toEqual([op('a1', 3, 5), op('a1', 2, 3), op('a1', 1, 2)]);
    expect(after.commitOps(5)).toEqual([op('a1', 3, 5), op('a3', 1, 5)]);
    expect([...after.changedAfter(3)].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      [node('a1'), op('a1', 2, 3)],
      [node('a3'), null],
    ]);
    expect(after.changedAfter(5)).toEqual(new Map());
  });

  it('lists operations newest first, each by its first commit', () => {
    const { store, reopened } = setUp();
    const operation = (first: number, undoneBy: number | null = null): Operation => ({
      kind: 'remote',
      first,
      last: first + 1,
      at: 5,
      undoneBy,
    });
    store.transaction((write) => {
      for (const first of [2, 9, 4]) write.putOperation(operation(first));
      write.putOperation({ ...operation(9, 12), kind: 'restore' });
    });
    expect(reopened().operations(2)).toEqual([{ ...operation(9, 12), kind: 'restore' }, operation(4)]);
  });

  it('keeps the intent byte for byte until it is replaced or cleared', () => {
    const { store, reopened } = setUp();
    const intent: Intent = {
      seq: 8,
      hash: parseCommitHash('08'.repeat(32)),
      request: {
        signed: new Uint8Array([1, 2, 3]),
        records: [
          { node: node('a2'), rev: 1, bytes: new Uint8Array([4]), chunks: [parseChunkId('02'.repeat(32)), parseChunkId('01'.repeat(32))] },
          { node: node('a1'), rev: 2, bytes: new Uint8Array(512), chunks: [] },
        ],
      },
      base: [based(states[1] ?? file('a2')), based(file('a1'))],
      dropped: [node('a5'), node('a4')],
    };
    store.transaction((write) => write.setIntent(intent));
    const after = reopened();
    expect(after.intent()).toEqual(intent);
    const next: Intent = { ...intent, seq: 9, request: { signed: new Uint8Array([9]), records: [] }, base: [], dropped: [] };
    after.transaction((write) => write.setIntent(next));
    expect(after.intent()).toEqual(next);
    after.transaction((write) => write.setIntent(null));
    expect(after.intent()).toBeNull();
  });

  it('tells the history newest first, by time and by node', () => {
    const { store, reopened } = setUp();
    store.transaction((write) => {
      for (let seq = 1; seq <= 5; seq += 1) write.addHistory(entry(seq, seq % 2 === 0 ? ['a1', 'a2'] : ['a1']));
      write.addHistory({ ...entry(5, ['a3']), deviceName: 'again' });
    });
    const after = reopened();
    expect(after.history({ limit: 2 })).toEqual([{ ...entry(5, ['a3']), deviceName: 'again' }, entry(4, ['a1', 'a2'])]);
    expect(after.history({ limit: 9, sinceMs: 4_000 }).map(({ seq }) => seq)).toEqual([5, 4]);
    expect(after.history({ limit: 9, node: node('a2') })).toEqual([entry(4, ['a2']), entry(2, ['a2'])]);
    expect(after.history({ limit: 1, node: node('a1') }).map(({ seq }) => seq)).toEqual([4]);
    expect(after.history({ limit: 9, node: node('a3'), sinceMs: 5_001 })).toEqual([]);
    expect(after.history({ limit: 9, untilMs: 2_000 }).map(({ seq }) => seq)).toEqual([2, 1]);
    expect(after.history({ limit: 1, untilSeq: 3 }).map(({ seq }) => seq)).toEqual([3]);
    expect(after.history({ limit: 9, path: 'q/a2' })).toEqual([entry(4, ['a2']), entry(2, ['a2'])]);
    expect(after.history({ limit: 2, path: 'p' }).map(({ seq }) => seq)).toEqual([5, 4]);
    expect(after.history({ limit: 2, path: 'p/a' })).toEqual([]);
  });

  it('keeps the guard’s marks until they are dropped', () => {
    const { store, reopened } = setUp();
    store.transaction((write) => {
      for (const change of ['b', 'a', 'ä:\u0301', 'c']) write.setGuardMark(change, 'emptied');
      write.setGuardMark('b', 'approved');
    });
    store.transaction((write) => write.setGuardMark('a', null));
    expect(Object.fromEntries(reopened().guardMarks())).toEqual({ b: 'approved', c: 'emptied', 'ä:\u0301': 'emptied' });
  });

  it('forgets the log and keeps what was in sync', () => {
    const { store, reopened } = setUp();
    store.transaction((write) => {
      for (const state of states) {
        write.putBase(based(state));
        write.putRemote(state);
        write.putLogOp({ node: state.node, rev: 1, seq: 1, digest: parseRecordDigest('0a'.repeat(32)) });
      }
      write.addHistory(entry(1, ['a1']));
      write.setGuardMark('kept', 'approved');
      write.setProgress({
        historyId: 'h',
        head: { seq: 7, hash: parseCommitHash('0b'.repeat(32)) },
        verifier: new Uint8Array([1]),
        lastSyncedAtMs: 5,
      });
      write.forgetLog();
    });
    const after = reopened();
    expect(after.progress()).toEqual({ historyId: null, head: { seq: 0, hash: null }, verifier: null, lastSyncedAtMs: 5 });
    expect([[...after.loadRemote()], after.history({ limit: 9 }), after.intent()]).toEqual([[], [], null]);
    expect(states.map(({ node: of }) => after.logNode(of))).toEqual(states.map(() => null));
    expect([[...after.loadBase()].length, after.guardMarks()]).toEqual([states.length, new Map([['kept', 'approved']])]);
  });

  it('can be written to while somebody reads it', () => {
    const { store } = setUp();
    store.transaction((write) => {
      for (const state of states) write.putBase(based(state));
    });
    let seen = 0;
    for (const { state } of store.loadBase()) {
      seen += 1;
      store.transaction((write) => write.putBase(based({ ...state, rev: 100 })));
    }
    expect(seen).toBe(states.length);
    expect([...store.loadBase()].map(({ state }) => state.rev)).toEqual(states.map(() => 100));
  });
});

function entry(seq: number, nodes: readonly string[]): HistoryEntry {
  return {
    seq,
    hash: parseCommitHash(seq.toString(16).padStart(64, '0')),
    at: seq * 1_000,
    account: parseAccountId('ac'.repeat(32)),
    device: DEVICE,
    deviceName: 'laptop',
    epoch: 2,
    untold: [node('ee')],
    member: { account: parseAccountId('ad'.repeat(32)), role: 'writer', before: null },
    changes: nodes.map((fill) => ({
      node: node(fill),
      path: `p/${fill}`,
      kind: 'symlink',
      change: 'moved',
      from: `q/${fill}`,
      size: null,
    })),
  };
}
