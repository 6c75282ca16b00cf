/** `fsync ls`: the tree with state, size and version. */
import { FsyncError } from '../../core/base/errors.js';
import type { NodeId } from '../../core/base/ids.js';
import { isAtOrInside } from '../../core/base/rel-path.js';
import type { IpcParams, StatusDocument } from '../../core/protocol/ipc.js';
import type { EntryState, ListDocument, ListEntry } from '../../core/protocol/vault-documents.js';
import type { NodeState } from '../../core/tree/node.js';
import { newestTree, type CommittedTree } from './committed-tree.js';
import { completeHistory } from './complete-history.js';
import type { CycleContext } from './cycle.js';

const EVERYTHING = Number.MAX_SAFE_INTEGER;

/** @throws FsyncError not_found when nothing is, or for --deleted was, at the path */
export async function listDocument(
  context: CycleContext,
  status: StatusDocument,
  { path, side }: Pick<IpcParams<'vault.ls'>, 'path' | 'side'>,
  signal: AbortSignal,
): Promise<ListDocument> {
  const all = side === 'deleted' ? await deletedEntries(context, signal) : presentEntries(context, status, side);
  const entries = all.filter((entry) => isAtOrInside(entry.path, path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  if (entries.length === 0 && path !== '')
    throw new FsyncError('not_found', `nothing in this vault ${side === 'deleted' ? 'was deleted' : 'is'} at ${path}`);
  return { schema: 'fsync/ls/1', entries };
}

function presentEntries(context: CycleContext, status: StatusDocument, side: 'here' | 'remote'): readonly ListEntry[] {
  const states = statesByPath(status);
  const tree = newestTree(context.trees);
  const remote = [...tree.values()].flatMap((state) => remoteEntry(context, { tree, states, state }) ?? []);
  if (side === 'remote') return remote;
  const here = localEntries(context, states);
  const coming = new Set(status.pending.download.filter(({ change }) => change === 'added').map(({ path }) => path));
  return [...here, ...remote.filter(({ path }) => coming.has(path)), ...strangers(context, here)];
}

function localEntries({ trees, deps }: CycleContext, states: ReadonlyMap<string, EntryState>): readonly ListEntry[] {
  return [...trees.local.values()].flatMap((local) => {
    const path = trees.local.pathOf(local.node);
    if (path === undefined) return [];
    return [
      {
        path,
        kind: local.kind,
        state: states.get(path) ?? 'synced',
        size: local.kind === 'file' ? local.fingerprint.size : null,
        commit: deps.folder.store.logNode(local.node)?.seq ?? null,
        at: new Date(local.mtimeMs).toISOString(),
      },
    ];
  });
}

interface Remote {
  readonly tree: CommittedTree;
  readonly states: ReadonlyMap<string, EntryState>;
  readonly state: NodeState;
}

function remoteEntry({ deps }: CycleContext, { tree, states, state }: Remote): ListEntry | null {
  const path = tree.pathOf(state.node);
  if (path === undefined) return null;
  return {
    path,
    kind: state.kind,
    state: states.get(path) ?? 'synced',
    size: state.content?.size ?? null,
    commit: deps.folder.store.logNode(state.node)?.seq ?? null,
    at: new Date(state.mtimeMs).toISOString(),
  };
}

/** Sockets, bad names and the like: in the folder, and no nodes. */
function strangers({ trees }: CycleContext, known: readonly ListEntry[]): readonly ListEntry[] {
  const paths = new Set(known.map(({ path }) => path));
  return [...trees.local.untracked()].flatMap(([directory, entries]) => {
    const parent = trees.local.pathOf(directory);
    if (parent === undefined) return [];
    const names = [...entries].filter(([, reason]) => reason !== 'ignored').map(([name]) => (parent === '' ? name : `${parent}/${name}`));
    return names
      .filter((path) => !paths.has(path))
      .map((path): ListEntry => ({ path, kind: 'file', state: 'unsyncable', size: null, commit: null, at: null }));
  });
}

function statesByPath({ pending, conflicts, unsyncable }: StatusDocument): ReadonlyMap<string, EntryState> {
  return new Map<string, EntryState>([
    ...pending.download.map(({ path }) => [path, 'download'] as const),
    ...pending.upload.map(({ path }) => [path, 'upload'] as const),
    ...conflicts.map(({ copy }) => [copy, 'conflict'] as const),
    ...unsyncable.map(({ path }) => [path, 'unsyncable'] as const),
  ]);
}

/** The newest deletion of each path at which nothing is now; `commit` is the one that deleted it. */
async function deletedEntries(context: CycleContext, signal: AbortSignal): Promise<readonly ListEntry[]> {
  const { store } = context.deps.folder;
  const history = await completeHistory(context, store.history({ limit: EVERYTHING }), { signal });
  const tree = newestTree(context.trees);
  const sizes = new Map<NodeId, number>();
  for (const { changes } of history.toReversed()) for (const { node, size } of changes) if (size !== null) sizes.set(node, size);
  const found = new Map<string, ListEntry>();
  for (const { seq, at, changes } of history) {
    for (const { node, path, kind, change } of changes) {
      if (change !== 'deleted' || found.has(path) || tree.at(path) !== undefined) continue;
      found.set(path, { path, kind, state: 'deleted', size: sizes.get(node) ?? null, commit: seq, at: new Date(at).toISOString() });
    }
  }
  return [...found.values()];
}
