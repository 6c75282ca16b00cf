/**
 * The feed leaves out records that were replaced before a device read the log, so that device does
 * not know what those commits changed. Here it is asked for, verified, told, and kept.
 */
import type { NodeId } from '../../core/base/ids.js';
import type { HistoryEntry, LogOp } from '../vault-history.js';
import type { CycleContext } from './cycle.js';
import { describeChange, type HistoryChange, type PlacedState } from './history.js';
import { RecordReader } from './record-reader.js';

interface Untold {
  readonly op: LogOp;
  readonly before: LogOp | null;
}

/** The same entries with nothing untold (of one node, if one is given) but what the server no longer keeps. @throws FsyncError server_unreachable, integrity, … */
export async function completeHistory(
  context: CycleContext,
  entries: readonly HistoryEntry[],
  { signal, of }: { readonly signal: AbortSignal; readonly of?: NodeId },
): Promise<readonly HistoryEntry[]> {
  const { store } = context.deps.folder;
  const reader = new RecordReader(context, signal);
  const untold = new Map(entries.filter((entry) => entry.untold.length > 0).map((entry) => [entry.seq, untoldOf(context, entry, of)]));
  if (untold.size === 0) return entries;
  const all = [...untold.values()].flat();
  await reader.fetch(all.flatMap(({ op, before }) => (before === null ? [op] : [op, before])));
  const changes = await tell(reader, all);
  const completed = entries.map((entry) => complete(reader, entry, { untold: untold.get(entry.seq) ?? [], changes }));
  store.transaction((write) => {
    for (const [index, entry] of completed.entries()) if (entry !== entries[index]) write.addHistory(entry);
  });
  return completed;
}

function untoldOf({ deps }: CycleContext, { seq, untold }: HistoryEntry, of: NodeId | undefined): readonly Untold[] {
  const { store } = deps.folder;
  const wanted = new Set<NodeId>(untold);
  return store
    .commitOps(seq)
    .filter(({ node }) => wanted.has(node) && (of === undefined || node === of))
    .map((op) => ({ op, before: store.logOps(op.node).find(({ rev }) => rev === op.rev - 1) ?? null }));
}

async function tell(reader: RecordReader, all: readonly Untold[]): Promise<ReadonlyMap<LogOp, HistoryChange>> {
  const after = await place(
    reader,
    all.map(({ op }) => ({ op, seq: op.seq })),
  );
  const before = await place(
    reader,
    all.flatMap(({ op, before: earlier }) => (earlier === null ? [] : [{ op: earlier, seq: op.seq - 1 }])),
  );
  const told = new Map<LogOp, HistoryChange>();
  for (const { op, before: earlier } of all) {
    const now = after.get(op);
    const then = earlier === null ? null : before.get(earlier);
    const change = now === undefined || then === undefined ? null : describeChange(then, now);
    if (change !== null) told.set(op, change);
  }
  return told;
}

async function place(
  reader: RecordReader,
  at: readonly { readonly op: LogOp; readonly seq: number }[],
): Promise<ReadonlyMap<LogOp, PlacedState>> {
  const found = at.flatMap(({ op, seq }) => {
    const state = reader.state(op);
    return state === undefined ? [] : [{ op, seq, state }];
  });
  const paths = await reader.pathsAt(found);
  return new Map(found.map(({ op, state }, index) => [op, { state, path: paths[index] ?? state.name }]));
}

function complete(
  reader: RecordReader,
  entry: HistoryEntry,
  known: { readonly untold: readonly Untold[]; readonly changes: ReadonlyMap<LogOp, HistoryChange> },
): HistoryEntry {
  const isKept = ({ op, before }: Untold): boolean =>
    reader.state(op) !== undefined && (before === null || reader.state(before) !== undefined);
  const told = known.untold.filter(isKept);
  if (told.length === 0) return entry;
  const found = told.flatMap(({ op }) => known.changes.get(op) ?? []);
  const named = told.flatMap(({ op }) => reader.state(op)?.deviceName ?? []);
  const done = new Set<NodeId>(told.map(({ op }) => op.node));
  return {
    ...entry,
    deviceName: entry.deviceName === '' ? (named[0] ?? '') : entry.deviceName,
    untold: entry.untold.filter((node) => !done.has(node)),
    changes: [...entry.changes, ...found].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
