/** Gets sealed chunks from the remote, again where the connection failed, and says which are not there. */
import type { RandomBytes } from '../../core/base/effects.js';
import { isFsyncError } from '../../core/base/errors.js';
import type { ChunkId } from '../../core/base/ids.js';
import type { RemoteVault } from '../ports.js';
import { retryTransient, type RetryOptions } from './retry-transient.js';

export interface SealedChunk {
  readonly id: ChunkId;
  readonly bytes: Uint8Array;
}

export interface FetchOptions {
  readonly remote: Pick<RemoteVault, 'downloadChunks'>;
  readonly random: RandomBytes;
  readonly signal: AbortSignal;
  readonly retries?: RetryOptions | undefined;
}

/**
 * Hands each chunk to `take`, waiting for it before the next one is read, each once however often
 * the connection breaks. Returns the ids that the server does not have.
 */
export async function fetchChunks(
  chunks: readonly ChunkId[],
  { remote, random, signal, retries }: FetchOptions,
  take: (chunk: SealedChunk) => Promise<void>,
): Promise<ReadonlySet<ChunkId>> {
  const left = new Set(chunks);
  const missing = new Set<ChunkId>();
  const attempt = async (): Promise<void> => {
    if (left.size === 0) return;
    for await (const chunk of remote.downloadChunks([...left], { signal })) {
      if (left.delete(chunk.id)) await take(chunk);
    }
  };
  const attemptWithoutMissing = async (): Promise<void> => {
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        const gone = isFsyncError(error, 'chunks_missing') ? namedChunks(error.details['chunks'], left) : [];
        if (gone.length === 0) throw error;
        for (const id of gone) {
          left.delete(id);
          missing.add(id);
        }
      }
    }
  };
  await retryTransient(attemptWithoutMissing, { signal, random, ...(retries ? { retries } : {}) });
  for (const id of left) missing.add(id);
  return missing;
}

function namedChunks(named: unknown, asked: ReadonlySet<ChunkId>): ChunkId[] {
  const names = new Set<unknown>(Array.isArray(named) ? named : []);
  return [...asked].filter((id) => names.has(id));
}
