/** `fsync verify`: hashes every file anew, and asks the server for every chunk. Changes nothing. */
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { ChunkId } from '../../core/base/ids.js';
import { openChunk } from '../../core/chunk/chunk.js';
import type { VerifyDocument } from '../../core/protocol/vault-documents.js';
import type { LocalNode } from '../../core/tree/local-tree.js';
import type { ChunkRef, FileContent } from '../../core/tree/node.js';
import type { EngineCallOptions } from '../engine.js';
import type { ContentJob, TransferProgress } from '../ports.js';
import { newestTree } from './committed-tree.js';
import type { CycleContext } from './cycle.js';
import { meterOf } from './read-with-progress.js';
import { WorkRate } from './work-rate.js';

/** Files that are handed to the workers at once. */
const BATCH = 500;
/** Chunks that are asked for at once: at most 64 MiB in memory. */
const CHUNK_BATCH = 32;

export async function verifyVault(
  context: CycleContext,
  { server }: { server: boolean },
  options: EngineCallOptions,
): Promise<VerifyDocument> {
  const here = await verifyHere(context, options);
  return { schema: 'fsync/verify/1', ...here, server: server ? await verifyServer(context, options) : null };
}

interface LocalFile {
  readonly local: LocalNode;
  readonly job: ContentJob;
}

async function verifyHere(
  { trees, deps }: CycleContext,
  { signal, onEvent }: EngineCallOptions,
): Promise<Omit<VerifyDocument, 'schema' | 'server'>> {
  const files = [...trees.local.values()].flatMap((local): LocalFile[] => {
    const path = local.kind === 'file' && local.status !== 'excluded' ? trees.local.pathOf(local.node) : undefined;
    return path === undefined ? [] : [{ local, job: { path, expected: local.fingerprint } }];
  });
  const rate = new WorkRate(deps.clock);
  const tell = (progress: TransferProgress): void => {
    rate.note(progress);
    const told = rate.status();
    if (told !== null) onEvent?.({ kind: 'work', verb: 'Checking', progress: told });
  };
  const jobs = files.map(({ job }) => job);
  const { addBytes: onBytes, addFiles: onFiles } = meterOf(jobs, tell, deps.clock);
  const found = { changed: [] as string[], damaged: [] as string[], unreadable: [] as string[] };
  for (let at = 0; at < files.length; at += BATCH) {
    const results = await deps.folder.reader.read(jobs.slice(at, at + BATCH), { signal, onBytes, onFiles });
    for (const [index, result] of results.entries()) {
      const file = files[at + index];
      if (file === undefined) continue;
      const { path } = file.job;
      if (result.status === 'unreadable') found.unreadable.push(path);
      else if (result.status !== 'read' || file.local.status === 'unknown') found.changed.push(path);
      // Size and times are as when it was read last, and the bytes are others: nobody wrote that.
      else if (result.content.id !== file.local.content?.id) found.damaged.push(path);
    }
  }
  return { files: files.length, bytes: jobs.reduce((sum, { expected }) => sum + expected.size, 0), ...found };
}

interface StoredChunk {
  readonly ref: ChunkRef;
  readonly paths: string[];
}

async function verifyServer(context: CycleContext, { signal, onEvent }: EngineCallOptions): Promise<VerifyDocument['server']> {
  const chunks = chunksOf(context);
  onEvent?.({ kind: 'phase', text: `Asking the server for ${String(chunks.size)} chunks` });
  const missing = await context.deps.remote.missingChunks([...chunks.keys()], { signal });
  const present = [...chunks].filter(([id]) => !missing.has(id));
  const broken: StoredChunk[] = [];
  for (let at = 0; at < present.length; at += CHUNK_BATCH) {
    onEvent?.({ kind: 'phase', text: `Reading ${String(at)} of ${String(present.length)} chunks from the server` });
    broken.push(...(await brokenOf(context, new Map(present.slice(at, at + CHUNK_BATCH)), signal)));
  }
  return {
    chunks: chunks.size,
    missing: pathsOf([...missing].flatMap((id) => chunks.get(id) ?? [])),
    broken: pathsOf(broken),
  };
}

function pathsOf(chunks: readonly StoredChunk[]): readonly string[] {
  return [...new Set(chunks.flatMap(({ paths }) => paths))].sort((a, b) => (a < b ? -1 : 1));
}

/** Every chunk that a file on the server consists of, once. */
function chunksOf({ trees }: CycleContext): ReadonlyMap<ChunkId, StoredChunk> {
  const chunks = new Map<ChunkId, StoredChunk>();
  const tree = newestTree(trees);
  const add = (content: FileContent, path: string): void => {
    for (const ref of content.chunks) {
      const known = chunks.get(ref.id);
      if (known === undefined) chunks.set(ref.id, { ref, paths: [path] });
      else known.paths.push(path);
    }
  };
  for (const state of tree.values()) if (state.content !== null) add(state.content, tree.pathOf(state.node) ?? state.name);
  return chunks;
}

async function brokenOf(
  context: CycleContext,
  batch: ReadonlyMap<ChunkId, StoredChunk>,
  signal: AbortSignal,
): Promise<readonly StoredChunk[]> {
  const { remote, info } = context.deps;
  const unread = new Map(batch);
  try {
    for await (const { id, bytes } of remote.downloadChunks([...batch.keys()], { signal })) {
      const stored = batch.get(id);
      if (stored !== undefined && opens(info.keyring, stored.ref, bytes)) unread.delete(id);
    }
  } catch (error) {
    // A store that lost bytes breaks the whole answer off: each chunk is asked for by itself, to name the right files.
    if (!isFsyncError(error) || signal.aborted || isFsyncError(error, 'session_expired', 'not_signed_in', 'forbidden')) throw error;
    if (batch.size === 1) {
      // Throws when it is the server that is away, not the chunk.
      await remote.missingChunks([...batch.keys()], { signal });
      return [...unread.values()];
    }
    const single: StoredChunk[] = [];
    for (const one of unread) single.push(...(await brokenOf(context, new Map([one]), signal)));
    return single;
  }
  return [...unread.values()];
}

function opens(keyring: CycleContext['deps']['info']['keyring'], ref: ChunkRef, bytes: Uint8Array): boolean {
  try {
    openChunk(keyring, ref, bytes);
    return true;
  } catch (error) {
    if (error instanceof FsyncError) return false;
    throw error;
  }
}
