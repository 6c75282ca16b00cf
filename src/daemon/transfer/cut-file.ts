/** Cuts a file, or a range of one, into named chunks. Memory is a window of a few chunks, whatever the size of the file. */
import { chunkId } from '../../core/chunk/chunk.js';
import { createCutter } from '../../core/chunk/cut-points.js';
import type { VaultKeys } from '../../core/log/vault-keys.js';
import type { ChunkRef } from '../../core/tree/node.js';
import type { TaskContext } from '../workers/task.js';
import type { ProgressSum } from './progress-sum.js';
import { scratchBuffer } from './scratch-buffer.js';
import { readFully } from './verified-file.js';

export interface CutRequest {
  readonly fd: number;
  /** Of the whole file: it picks the size class. */
  readonly size: number;
  readonly keys: VaultKeys;
  /** Offset at which the first chunk begins. */
  readonly from: number;
  /** Asked after each chunk with the offset behind it; the end of the file always ends it. */
  readonly isEnd: (position: number) => boolean;
  readonly context: Pick<TaskContext, 'throwIfAborted'>;
  readonly progress: ProgressSum;
}

/** A window is refilled when it holds less than one chunk. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** Null when the file is shorter than `size`. */
export function cutFile({ fd, size, keys, from, isEnd, context, progress }: CutRequest): ChunkRef[] | null {
  const cutter = createCutter(keys, size);
  const buffer = scratchBuffer(Math.min(size - from, Math.max(WINDOW_BYTES, 2 * cutter.maxChunk)));
  const chunks: ChunkRef[] = [];
  let start = 0;
  let end = 0;
  /** Offset in the file of the end of the window. */
  let position = from;
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
    if (isEnd(position - end + start)) break;
  }
  return chunks;
}
