/** `fsync show`: one version of a file, verified and complete, in the private folder. */
import { FsyncError } from '../../core/base/errors.js';
import type { IpcParams } from '../../core/protocol/ipc.js';
import type { VersionDocument } from '../../core/protocol/vault-documents.js';
import type { NodeState } from '../../core/tree/node.js';
import type { EngineCallOptions } from '../engine.js';
import { privatePaths } from '../folder/vault-folder.js';
import type { TransferProgress } from '../ports.js';
import type { LogOp } from '../vault-history.js';
import { newestTree, treeAfter } from './committed-tree.js';
import { contentSources } from './content-sources.js';
import type { CycleContext } from './cycle.js';
import { newNode } from './new-node.js';
import { commitOf, lastCommitWith, timeOf } from './find-version.js';
import { RecordReader } from './record-reader.js';
import { WorkRate } from './work-rate.js';

/** @throws FsyncError not_found, usage for a directory, and what a download throws */
export async function stageVersion(
  context: CycleContext,
  { path, version }: Pick<IpcParams<'vault.show'>, 'path' | 'version'>,
  options: EngineCallOptions,
): Promise<VersionDocument> {
  const { op, state } = await findVersion(context, { path, version }, options.signal);
  if (state.kind === 'directory') throw new FsyncError('usage', `${path} is a directory`, { hints: ['See what is in it: fsync ls'] });
  return {
    path,
    kind: state.kind,
    commit: op.seq,
    at: timeOf(context, op.seq),
    device: { id: state.device, name: state.deviceName },
    size: state.content?.size ?? 0,
    target: state.target,
    staged: state.content === null ? null : await stage(context, state, options),
  };
}

interface Found {
  readonly op: LogOp;
  readonly state: NodeState;
}

/** The node that has the path now, as it was then, under whatever name; else what had the path then. */
async function findVersion(
  context: CycleContext,
  { path, version }: Pick<IpcParams<'vault.show'>, 'path' | 'version'>,
  signal: AbortSignal,
): Promise<Found> {
  const reader = new RecordReader(context, signal);
  const here = newestTree(context.trees).at(path);
  const wanted = version === null ? null : commitOf(context, version);
  if (here !== undefined) {
    const op = reader.opAt(here.node, wanted ?? context.log.head.seq);
    if (op !== null) {
      await reader.fetch([op]);
      const state = reader.require(op);
      if (!state.deleted) return { op, state };
    }
  }
  const seq = wanted ?? (await lastCommitWith(context, path, signal));
  const state = (await treeAfter(context, seq, reader)).at(path);
  const op = state === undefined ? null : reader.opAt(state.node, seq);
  if (state !== undefined && op !== null) return { op, state };
  throw new FsyncError('not_found', `nothing was at ${path} after commit ${String(seq)}`, {
    hints: [`See its versions: fsync log ${path}`],
  });
}

async function stage(
  context: CycleContext,
  { node, content, conflict }: NodeState,
  { signal, onEvent }: EngineCallOptions,
): Promise<string> {
  if (content === null) throw new FsyncError('internal', 'a file without content');
  const { folder, root, clock } = context.deps;
  // A node id of its own: the lane that fills the folder may be fetching the same content at this moment.
  const item = { node: newNode(context), content, sources: contentSources(context.trees, node, content, conflict?.of ?? null) };
  const rate = new WorkRate(clock);
  const onProgress = (progress: TransferProgress): void => {
    rate.note(progress);
    const told = rate.status();
    if (told !== null) onEvent?.({ kind: 'transfer', transfer: { direction: 'down', ...told } });
  };
  for await (const result of folder.downloader.download([item], { signal, onProgress })) {
    if (result.status === 'staged') return `${privatePaths(root).tmp}/${result.staged}`;
    throw new FsyncError(result.code, result.message);
  }
  throw new FsyncError('aborted', 'the download was stopped');
}
