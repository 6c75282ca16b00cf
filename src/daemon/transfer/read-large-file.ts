/**
 * Cuts one large file on several threads. Each begins a segment as if a chunk began there; cuts
 * follow the content, so within a few chunks its cuts are those of the file. The stretch at the
 * start of a segment, from where the one before it ended to the first common cut, is cut again.
 * The result is the same as cutting the file from start to end.
 */
import { contentIdOfChunks } from '../../core/chunk/content-id.js';
import { cutClassOf, SMALL_CLASS } from '../../core/chunk/cut-class.js';
import type { VaultKeys } from '../../core/log/vault-keys.js';
import type { ChunkRef, Fingerprint } from '../../core/tree/node.js';
import type { ContentJob, ContentResult } from '../ports.js';
import type { WorkerPool } from '../workers/pool.js';
import type { CutRangeOutput } from './cut-range-task.js';
import { mapBounded } from './task-lanes.js';

/** For files of the small size class; the other has longer segments as it has longer chunks. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;

export interface LargeFileOptions {
  readonly root: string;
  readonly pool: Pick<WorkerPool, 'run' | 'size'>;
  readonly keys: VaultKeys;
  readonly signal: AbortSignal;
  readonly segmentBytes: number;
  readonly onBytes: ((bytes: number) => void) | undefined;
}

/** Throws aborted, or internal when a worker crashed. */
export async function readLargeFile({ path, expected }: ContentJob, options: LargeFileOptions): Promise<ContentResult> {
  const { root, pool, keys, onBytes } = options;
  const { size } = expected;
  const segmentBytes = options.segmentBytes * (cutClassOf(size).max / SMALL_CLASS.max);
  const cut = (from: number, to: number, stops: readonly number[], signal: AbortSignal) =>
    pool.run(
      'cut-range',
      { root, keys, path, expected, from, to, stops },
      { signal, ...(onBytes && stops.length === 0 ? { onProgress: onBytes } : {}) },
    );

  const starts = Array.from({ length: Math.ceil(size / segmentBytes) }, (_, index) => index * segmentBytes);
  const segments = await mapBounded(starts, { width: pool.size, signal: options.signal }, (from, signal) =>
    cut(from, Math.min(from + segmentBytes, size), [], signal),
  );
  const joined = new JoinedCuts();
  for (const [index, segment] of segments.entries()) {
    if (segment.status !== 'cut') return { status: segment.status, path };
    const offsets = offsetsOf(starts[index] ?? 0, segment.chunks);
    const end = offsets.at(-1) ?? 0;
    if (joined.position < end && !offsets.includes(joined.position)) {
      const bridge = await cut(joined.position, end, offsets, options.signal);
      if (bridge.status !== 'cut') return { status: bridge.status, path };
      joined.add(bridge);
    }
    const first = offsets.indexOf(joined.position);
    if (first >= 0) joined.add({ ...segment, chunks: segment.chunks.slice(first) });
  }
  const { chunks, fingerprint } = joined;
  if (fingerprint === null || joined.position !== size) return { status: 'changed', path };
  return { status: 'read', path, content: { id: contentIdOfChunks(chunks), size, inline: null, chunks }, fingerprint };
}

class JoinedCuts {
  readonly chunks: ChunkRef[] = [];
  position = 0;
  fingerprint: Fingerprint | null = null;

  add({ chunks, fingerprint }: Extract<CutRangeOutput, { status: 'cut' }>): void {
    for (const chunk of chunks) {
      this.chunks.push(chunk);
      this.position += chunk.size;
    }
    this.fingerprint = fingerprint;
  }
}

/** Where each chunk begins, and where the last one ends. */
function offsetsOf(from: number, chunks: readonly ChunkRef[]): number[] {
  const offsets = [from];
  let position = from;
  for (const { size } of chunks) offsets.push((position += size));
  return offsets;
}
