/**
 * The 'read-content' task: cuts files into chunks and names chunks and content. Memory is one
 * window of a few chunks, whatever the size of the file.
 */
import { closeSync } from 'node:fs';
import { chunkId } from '../../core/chunk/chunk.js';
import { contentIdOfBytes, contentIdOfChunks } from '../../core/chunk/content-id.js';
import { createCutter } from '../../core/chunk/cut-points.js';
import type { VaultKeys } from '../../core/log/vault-keys.js';
import { INLINE_LIMIT, type ChunkRef, type FileContent } from '../../core/tree/node.js';
import type { ContentJob, ContentResult } from '../ports.js';
import type { TaskContext } from '../workers/task.js';
import { progressSum, type ProgressSum } from './progress-sum.js';
import { scratchBuffer } from './scratch-buffer.js';
import { confirmUnchanged, fileTrouble, openVerified, readFully, type VerifiedFile } from './verified-file.js';
import { knownKeys } from './worker-keys.js';

export interface ReadContentInput {
  /** Absolute. */
  readonly root: string;
  readonly keys: VaultKeys;
  readonly jobs: readonly ContentJob[];
}

/** A window is refilled when it holds less than one chunk; this many chunks fit. */
const WINDOW_CHUNKS = 4;

/** Progress is in bytes read. Throws aborted; trouble with one file is in its result. */
export function run({ root, keys, jobs }: ReadContentInput, context: TaskContext): ContentResult[] {
  const reading: Reading = { root, keys: knownKeys(keys), context, progress: progressSum(context) };
  const results = jobs.map((job) => {
    context.throwIfAborted();
    return readOne(reading, job);
  });
  reading.progress.flush();
  return results;
}

interface Reading {
  readonly root: string;
  readonly keys: VaultKeys;
  readonly context: TaskContext;
  readonly progress: ProgressSum;
}

function readOne(reading: Reading, { path, expected }: ContentJob): ContentResult {
  const file = openVerified(reading.root, path, expected);
  if (typeof file === 'string') return { status: file, path };
  try {
    const content = expected.size <= INLINE_LIMIT ? readInline(reading, file) : readChunks(reading, file);
    const fingerprint = content === null ? null : confirmUnchanged(file);
    if (content === null || fingerprint === null) return { status: 'changed', path };
    return { status: 'read', path, content, fingerprint };
  } catch (error) {
    return { status: fileTrouble(error), path };
  } finally {
    closeSync(file.fd);
  }
}

function readInline({ progress }: Reading, { fd, expected }: VerifiedFile): FileContent | null {
  const inline = new Uint8Array(expected.size);
  if (!readFully(fd, inline, 0)) return null;
  progress.add(inline.length);
  return { id: contentIdOfBytes(inline), size: expected.size, inline, chunks: [] };
}

/** Null when the file is shorter than expected. */
function readChunks({ keys, context, progress }: Reading, { fd, expected: { size } }: VerifiedFile): FileContent | null {
  const cutter = createCutter(keys, size);
  const buffer = scratchBuffer(Math.min(size, WINDOW_CHUNKS * cutter.maxChunk));
  const chunks: ChunkRef[] = [];
  let start = 0;
  let end = 0;
  let position = 0;
  while (start < end || position < size) {
    if (position < size && end - start < cutter.maxChunk) {
      buffer.copyWithin(0, start, end);
      end -= start;
      start = 0;
      const wanted = buffer.subarray(end, Math.min(buffer.length, end + size - position));
      if (!readFully(fd, wanted, position)) return null;
      position += wanted.length;
      end += wanted.length;
      context.throwIfAborted();
    }
    const window = buffer.subarray(start, end);
    const raw = window.subarray(0, cutter.next(window, position >= size));
    chunks.push({ epoch: keys.epoch, id: chunkId(keys, raw), size: raw.length });
    progress.add(raw.length);
    start += raw.length;
  }
  return { id: contentIdOfChunks(chunks), size, inline: null, chunks };
}
