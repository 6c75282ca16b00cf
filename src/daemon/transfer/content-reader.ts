/** The ContentReader of a real folder: small files go to the workers by the hundred, large ones alone. */
import { FsyncError } from '../../core/base/errors.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { ContentReader } from '../ports.js';
import type { WorkerPool } from '../workers/pool.js';
import { gatherBySize } from './gather.js';
import { mapBounded } from './task-lanes.js';

export interface ContentReaderDeps {
  /** Absolute and resolved: no component is a link. */
  readonly root: string;
  readonly pool: Pick<WorkerPool, 'run' | 'size'>;
  /** New chunks are named with the keys of the current epoch. */
  readonly keys: VaultKeyring;
}

/** A message of this many files or bytes is long against its overhead, and short enough to stop soon. */
const BATCH = { count: 256, bytes: 16 * 1024 * 1024 };

/** `read` throws FsyncError aborted, or internal when a worker crashed. */
export function createContentReader({ root, pool, keys: { current } }: ContentReaderDeps): ContentReader {
  return {
    async read(jobs, { signal, onBytes }) {
      const report = onBytes === undefined ? {} : { onProgress: onBytes };
      const results = await mapBounded(
        [...gatherBySize(jobs, BATCH, ({ expected }) => expected.size)],
        { width: pool.size + 1, signal },
        async (batch, stop) => {
          const answers = await pool.run('read-content', { root, keys: current, jobs: batch }, { signal: stop, ...report });
          if (answers.length !== batch.length) throw new FsyncError('internal', 'a worker did not answer for each file');
          return answers;
        },
      );
      return results.flat();
    },
  };
}
