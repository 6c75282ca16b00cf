/** The ContentReader of a real folder: small files go to the workers by the hundred, large ones in segments. */
import { FsyncError } from '../../core/base/errors.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { ContentJob, ContentReader, ContentResult } from '../ports.js';
import type { WorkerPool } from '../workers/pool.js';
import { gatherBySize } from './gather.js';
import { readLargeFile, SEGMENT_BYTES } from './read-large-file.js';
import { mapBounded } from './task-lanes.js';

export interface ContentReaderDeps {
  /** Absolute and resolved: no component is a link. */
  readonly root: string;
  readonly pool: Pick<WorkerPool, 'run' | 'size'>;
  /** New chunks are named with the keys of the current epoch. */
  readonly keys: VaultKeyring;
  /** Files of two segments and more are read by several threads. */
  readonly segmentBytes?: number;
}

/** A message of this many files or bytes is long against its overhead, and short enough to stop soon. */
const BATCH = { count: 256, bytes: 16 * 1024 * 1024 };

/** `read` throws FsyncError aborted, or internal when a worker crashed. */
export function createContentReader(deps: ContentReaderDeps): ContentReader {
  const { root, pool, keys, segmentBytes = SEGMENT_BYTES } = deps;
  return {
    async read(jobs, { signal, onBytes, onFiles }) {
      const readBatch = async (batch: readonly ContentJob[], stop: AbortSignal): Promise<readonly ContentResult[]> => {
        const [first] = batch;
        if (first !== undefined && first.expected.size >= 2 * segmentBytes) {
          return [await readLargeFile(first, { root, pool, keys: keys.current, signal: stop, segmentBytes, onBytes })];
        }
        const options = { signal: stop, ...(onBytes ? { onProgress: onBytes } : {}) };
        const results = await pool.run('read-content', { root, keys: keys.current, jobs: batch }, options);
        if (results.length !== batch.length) throw new FsyncError('internal', 'a worker did not answer for each file');
        return results;
      };
      const batchBytes = Math.min(BATCH.bytes, segmentBytes);
      const batches = [...gatherBySize(jobs, { ...BATCH, bytes: batchBytes }, ({ expected }) => expected.size)];
      const readAndCount: typeof readBatch = async (batch, stop) => {
        const results = await readBatch(batch, stop);
        onFiles?.(results.length);
        return results;
      };
      return (await mapBounded(batches, { width: pool.size + 1, signal }, readAndCount)).flat();
    },
  };
}
