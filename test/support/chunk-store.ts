/** The chunk half of a RemoteVault in memory, with a log of its calls and faults on demand. */
import { FsyncError } from '../../src/core/base/errors.js';
import type { ChunkId, UploadId } from '../../src/core/base/ids.js';
import { decodePackIndex } from '../../src/core/chunk/pack.js';
import { abortedError } from '../../src/daemon/home/deadline.js';
import type { RemoteVault } from '../../src/daemon/ports.js';

type ChunkRemote = Pick<RemoteVault, 'missingChunks' | 'putPack' | 'downloadChunks'>;

export class ChunkStore implements ChunkRemote {
  readonly chunks = new Map<ChunkId, Uint8Array>();
  /** Chunk ids of each question, each pack and each download, in order. */
  readonly asked: (readonly ChunkId[])[] = [];
  readonly packs: { readonly id: UploadId; readonly bytes: number; readonly chunks: readonly ChunkId[] }[] = [];
  readonly downloads: (readonly ChunkId[])[] = [];
  /** Called before each pack is stored, and before each chunk is sent: may throw or wait. */
  beforePut: (pack: { readonly id: UploadId; readonly chunks: readonly ChunkId[] }) => void | Promise<void> = () => undefined;
  beforeSend: (id: ChunkId, position: number) => void | Promise<void> = () => undefined;
  /** Most requests of a kind that were under way at the same time. */
  readonly peak = { puts: 0, downloads: 0 };
  readonly #running = { puts: 0, downloads: 0 };

  async missingChunks(chunks: readonly ChunkId[], { signal }: { signal: AbortSignal }): Promise<ReadonlySet<ChunkId>> {
    stopIfAborted(signal);
    this.asked.push(chunks);
    return Promise.resolve(new Set(chunks.filter((id) => !this.chunks.has(id))));
  }

  async putPack(id: UploadId, pack: Uint8Array, { signal }: { signal: AbortSignal }): Promise<void> {
    const index = decodePackIndex(pack);
    const chunks = index.map((entry) => entry.id);
    this.#enter('puts');
    try {
      await new Promise((resolve) => setImmediate(resolve));
      stopIfAborted(signal);
      await this.beforePut({ id, chunks });
      this.packs.push({ id, bytes: pack.length, chunks });
      for (const entry of index) this.chunks.set(entry.id, pack.slice(entry.offset, entry.offset + entry.length));
    } finally {
      this.#running.puts -= 1;
    }
  }

  async *downloadChunks(
    chunks: readonly ChunkId[],
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<{ readonly id: ChunkId; readonly bytes: Uint8Array }> {
    this.downloads.push(chunks);
    const missing = chunks.filter((id) => !this.chunks.has(id));
    if (missing.length > 0) throw new FsyncError('chunks_missing', 'chunks are missing', { details: { chunks: missing } });
    this.#enter('downloads');
    try {
      for (const [position, id] of chunks.entries()) {
        stopIfAborted(signal);
        await this.beforeSend(id, position);
        const bytes = this.chunks.get(id);
        if (bytes !== undefined) yield { id, bytes: bytes.slice() };
      }
    } finally {
      this.#running.downloads -= 1;
    }
  }

  /** Flips one bit of what is stored. */
  damage(id: ChunkId): void {
    const bytes = this.chunks.get(id);
    if (bytes === undefined) throw new Error('no such chunk');
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
  }

  #enter(kind: 'puts' | 'downloads'): void {
    this.#running[kind] += 1;
    this.peak[kind] = Math.max(this.peak[kind], this.#running[kind]);
  }
}

/** As the remote of a real server does: what it throws is an FsyncError. */
function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortedError(signal);
}
