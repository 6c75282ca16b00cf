/** `fsync diff`: what is different in the folder from a version, by what the scanner has seen. */
import { FsyncError } from '../../core/base/errors.js';
import { isAtOrInside } from '../../core/base/rel-path.js';
import type { IpcParams, PendingChange } from '../../core/protocol/ipc.js';
import type { DifferencesDocument } from '../../core/protocol/vault-documents.js';
import { normaliseMode, sameContent } from '../../core/tree/node.js';
import type { LocalNode } from '../../core/tree/local-tree.js';
import type { NodeState } from '../../core/tree/node.js';
import { newestTree, treeAfter, type CommittedTree } from './committed-tree.js';
import type { CycleContext } from './cycle.js';
import { commitOf } from './find-version.js';
import { RecordReader } from './record-reader.js';

/** @throws FsyncError not_found when neither the folder nor the version has the path */
export async function differences(
  context: CycleContext,
  { path, version }: Pick<IpcParams<'vault.diff'>, 'path' | 'version'>,
  signal: AbortSignal,
): Promise<DifferencesDocument> {
  const { trees, log } = context;
  const commit = version === null ? log.head.seq : commitOf(context, version);
  const then = commit === log.head.seq ? newestTree(trees) : await treeAfter(context, commit, new RecordReader(context, signal));
  if (path !== '' && then.at(path) === undefined && trees.local.nodeAt(path) === undefined) {
    throw new FsyncError('not_found', `nothing is at ${path}, here or after commit ${String(commit)}`);
  }
  const changes = [...here(context, then), ...gone(context, then)].filter((change) =>
    [change.path, change.from].some((one) => one !== undefined && isAtOrInside(one, path)),
  );
  return { commit, changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function here({ trees }: CycleContext, then: CommittedTree): readonly PendingChange[] {
  return [...trees.local.values()].flatMap((local) => {
    const path = trees.local.pathOf(local.node);
    return path === undefined ? [] : (changeOf(local, path, then) ?? []);
  });
}

function changeOf(local: LocalNode, path: string, then: CommittedTree): PendingChange | null {
  const size = local.kind === 'file' ? local.fingerprint.size : null;
  const before = then.get(local.node) ?? then.at(path);
  const from = before === undefined ? undefined : then.pathOf(before.node);
  if (before === undefined || from === undefined) return { path, change: 'added', size };
  const moved = from === path ? {} : { from };
  if (local.status === 'unknown' || !sameContent(before, local)) return { path, change: 'modified', size, ...moved };
  if (from !== path) return { path, change: 'moved', size, from };
  return hasOtherMode(local, before) ? { path, change: 'attributes', size } : null;
}

function hasOtherMode(local: LocalNode, before: NodeState): boolean {
  return normaliseMode(local.kind, local.mode) !== normaliseMode(before.kind, before.mode);
}

function gone({ trees }: CycleContext, then: CommittedTree): readonly PendingChange[] {
  return [...then.values()].flatMap((state) => {
    const path = then.pathOf(state.node);
    const isHere = trees.local.get(state.node) !== undefined || (path !== undefined && trees.local.nodeAt(path) !== undefined);
    return path === undefined || isHere ? [] : [{ path, change: 'deleted' as const, size: null }];
  });
}
