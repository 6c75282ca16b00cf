/** Three-way text merge of the two versions of a conflict, with the true common ancestor from the history. */
import { mergeDiff3 } from 'node-diff3';
import { FsyncError } from '../../core/base/errors.js';
import { openChunk } from '../../core/chunk/chunk.js';
import { compareVectors } from '../../core/plan/version-vector.js';
import { concatBytes, fromUtf8, utf8 } from '../../core/base/bytes.js';
import type { FileContent, NodeState } from '../../core/tree/node.js';
import type { CycleContext } from './cycle.js';
import { RecordReader } from './record-reader.js';
import type { OpenConflict } from './resolve-conflicts.js';
import { storeContent } from './store-content.js';

/** Larger files are no text that a person wrote by hand. */
const TEXT_LIMIT = 8 * 1024 * 1024;

/** @throws FsyncError unresolved_conflicts when it is no text, has no common ancestor, or does not merge cleanly */
export async function mergeText(context: CycleContext, conflict: OpenConflict, signal: AbortSignal): Promise<FileContent> {
  const ancestor = await commonAncestor(context, conflict, signal);
  const [base, ours, theirs] = await Promise.all(
    [ancestor, conflict.original, conflict.copy].map((state) => textOf(context, state, signal)),
  );
  const merged = mergeDiff3(lines(ours), lines(base), lines(theirs), { excludeFalseConflicts: true });
  if (merged.conflict) throw unresolved(`${conflict.path} was changed in the same place on both sides`, conflict);
  const bytes = utf8(merged.result.join('\n'));
  return storeContent(context.deps, bytes, signal);
}

async function commonAncestor(context: CycleContext, conflict: OpenConflict, signal: AbortSignal): Promise<NodeState> {
  const { original, copy } = conflict;
  const earlier = context.deps.folder.store.logOps(original.node).filter(({ rev }) => rev < original.rev);
  const reader = new RecordReader(context, signal);
  await reader.fetch(earlier);
  for (const state of earlier.flatMap((op) => reader.state(op) ?? [])) {
    const different = state.content !== null && state.content.id !== copy.content?.id && state.content.id !== original.content?.id;
    if (different && compareVectors(state.vector, original.vector) === 'before') return state;
  }
  throw unresolved(`${conflict.path} has no common earlier version to merge from`, conflict);
}

async function textOf({ deps }: CycleContext, { content, name }: NodeState, signal: AbortSignal): Promise<string> {
  if (content === null || content.size > TEXT_LIMIT) throw new FsyncError('unresolved_conflicts', `${name} is too large to merge as text`);
  if (content.inline !== null) return decodeText(content.inline, name);
  const sealed = new Map<string, Uint8Array>();
  for await (const { id, bytes } of deps.remote.downloadChunks([...new Set(content.chunks.map((chunk) => chunk.id))], { signal }))
    sealed.set(id, bytes);
  const parts = content.chunks.map((chunk) => openChunk(deps.info.keyring, chunk, sealed.get(chunk.id) ?? new Uint8Array()));
  return decodeText(concatBytes(...parts), name);
}

function decodeText(bytes: Uint8Array, name: string): string {
  try {
    const text = fromUtf8(bytes);
    if (!text.includes('\0')) return text;
  } catch (cause) {
    throw new FsyncError('unresolved_conflicts', `${name} is not text`, { cause });
  }
  throw new FsyncError('unresolved_conflicts', `${name} is not text`);
}

function lines(text: string | undefined): string[] {
  return (text ?? '').split('\n');
}

function unresolved(message: string, { copyPath }: OpenConflict): FsyncError {
  return new FsyncError('unresolved_conflicts', message, {
    hints: [`Edit one version by hand, then: fsync resolve --ours|--theirs "${copyPath}"`],
  });
}
