/**
 * The Uploader of a real folder: asks what is missing, lets the workers read and seal it, sends
 * packs. Asking, sealing and sending overlap. Nothing is remembered between calls: what the server
 * holds is what an interrupted upload has achieved.
 */
import { toHex } from '../../core/base/bytes.js';
import type { RandomBytes } from '../../core/base/effects.js';
import { parseUploadId } from '../../core/base/ids.js';
import { PACK_TARGET } from '../../core/chunk/pack.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { RemoteVault, UploadItem, Uploader } from '../ports.js';
import type { WorkerPool } from '../workers/pool.js';
import { Gatherer, gatherBySize } from './gather.js';
import { PackMemory } from './pack-memory.js';
import { createProgressMeter } from './progress-meter.js';
import { streamResults } from './result-stream.js';
import { retryTransient, type RetryOptions } from './retry-transient.js';
import { TaskLanes } from './task-lanes.js';
import { UploadLedger, type LedgerChunk } from './upload-ledger.js';

export interface UploaderDeps {
  /** Absolute and resolved: no component is a link. */
  readonly root: string;
  readonly pool: Pick<WorkerPool, 'run' | 'size'>;
  /** Has the keys of every epoch that the items' chunks are of. */
  readonly keys: VaultKeyring;
  readonly remote: Pick<RemoteVault, 'missingChunks' | 'putPack'>;
  readonly random: RandomBytes;
  readonly retries?: RetryOptions;
}

/** Chunk ids asked for at a time; the next slice is asked for while the last one is sent. */
const ASK = 4096;
/** Packs on the wire at a time. */
const SENDING = 2;
/** Plaintext of one pack at most, so that many tiny files do not make one long job. */
const PACK = { count: 1024, bytes: PACK_TARGET };
const sizeOf = ({ ref }: LedgerChunk): number => ref.size;

/** `upload` throws FsyncError: what the remote throws after retries (server_unreachable, quota_exceeded …), aborted, internal. */
export function createUploader(deps: UploaderDeps): Uploader {
  const memory = new PackMemory();
  return {
    upload: (items, { signal, onProgress }) =>
      streamResults(signal, async (emit, stop) => {
        const bytesTotal = items.reduce((sum, { content }) => sum + content.size, 0);
        const meter = createProgressMeter({ bytesTotal, filesTotal: items.length }, onProgress, () => performance.now());
        const ledger = new UploadLedger(items, {
          onBytes: (bytes) => meter.addBytes(bytes),
          onSettled: (item: UploadItem, status) => {
            meter.addFile();
            emit({ item, status });
          },
        });
        ledger.begin();
        await new Upload(deps, ledger, memory, stop).run();
        meter.finish();
      }),
  };
}

/** One call: a producer of missing chunks, lanes that seal, lanes that send. */
class Upload {
  readonly #deps: UploaderDeps;
  readonly #ledger: UploadLedger;
  readonly #sealing: TaskLanes;
  readonly #sending: TaskLanes;
  readonly #memory: PackMemory;

  constructor(deps: UploaderDeps, ledger: UploadLedger, memory: PackMemory, signal: AbortSignal) {
    this.#deps = deps;
    this.#ledger = ledger;
    this.#memory = memory;
    this.#sending = new TaskLanes(SENDING, signal);
    this.#sealing = new TaskLanes(deps.pool.size, this.#sending.signal);
  }

  async run(): Promise<void> {
    const sent = new Set<LedgerChunk>();
    try {
      await this.#sendAll(this.#missingPacks(sent));
      // A file that changed may have been the source of chunks that other files hold as well.
      for (let left = this.#orphans(sent); left.length > 0; left = this.#orphans(sent))
        await this.#sendAll(gatherBySize(left, PACK, sizeOf));
    } catch (error) {
      this.#sealing.fail(error);
      this.#sending.fail(error);
    }
    await this.#settle();
  }

  /** The first failure of the sending lanes is the cause of those of the sealing lanes. */
  async #settle(): Promise<void> {
    const sealed = await Promise.allSettled([this.#sealing.drain()]);
    await this.#sending.drain();
    for (const outcome of sealed) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #sendAll(packs: AsyncIterable<readonly LedgerChunk[]> | Iterable<readonly LedgerChunk[]>): Promise<void> {
    for await (const chunks of packs) await this.#sealing.start(() => this.#sealPack(chunks));
    await this.#settle();
  }

  /** Packs of missing chunks; a pack may span two slices, so that small files fill it. */
  async *#missingPacks(sent: Set<LedgerChunk>): AsyncGenerator<readonly LedgerChunk[]> {
    const packer = new Gatherer(PACK, sizeOf);
    for await (const chunks of this.#missingSlices()) {
      for (const chunk of chunks) {
        sent.add(chunk);
        const full = packer.add(chunk);
        if (full !== null) yield full;
      }
    }
    const last = packer.take();
    if (last.length > 0) yield last;
  }

  async *#missingSlices(): AsyncGenerator<readonly LedgerChunk[]> {
    const slices = slicesOf(this.#ledger.chunks(), ASK);
    let asking = this.#ask(slices.next());
    while (asking !== null) {
      const { chunks, missing } = await asking;
      asking = this.#ask(slices.next());
      // Its failure is thrown when it is awaited; until then it must not count as unhandled.
      asking?.catch(() => undefined);
      for (const { ref } of chunks) if (!missing.has(ref.id)) this.#ledger.markStored(ref.id);
      yield chunks.filter(({ ref }) => missing.has(ref.id));
    }
  }

  #ask({ value: chunks }: IteratorResult<readonly LedgerChunk[], undefined>) {
    if (chunks === undefined) return null;
    const { remote, random, retries } = this.#deps;
    const { signal } = this.#sealing;
    const ids = chunks.map(({ ref }) => ref.id);
    const asked = retryTransient(() => remote.missingChunks(ids, { signal }), { signal, random, ...(retries ? { retries } : {}) });
    return asked.then((missing) => ({ chunks, missing }));
  }

  /** Chunks that were to be sent, were not readable, and can be read from another file. */
  #orphans(sent: ReadonlySet<LedgerChunk>): readonly LedgerChunk[] {
    return [...sent].filter((chunk) => this.#ledger.isWanted(chunk));
  }

  async #sealPack(chunks: readonly LedgerChunk[]): Promise<void> {
    const { pool, root, keys } = this.#deps;
    const sources = this.#ledger.sealFiles(chunks);
    if (sources.length === 0) return;
    const { signal } = this.#sealing;
    const memory = this.#memory.take(sources.flatMap(({ file }) => file.chunks.map(({ ref }) => ref.size)));
    const input = { root, keys, files: sources.map(({ file }) => file), memory };
    const output = await pool.run('seal-chunks', input, { signal, transfer: [memory] });
    for (const { file, status } of output.troubles) {
      const source = sources[file];
      if (source !== undefined) this.#ledger.markTrouble(source.of, status);
    }
    if (output.packBytes === 0) {
      this.#memory.giveBack(output.memory);
      return;
    }
    await this.#sending.start(async () => {
      await this.#put(new Uint8Array(output.memory, 0, output.packBytes));
      this.#memory.giveBack(output.memory);
      for (const id of output.sealed) this.#ledger.markStored(id);
    });
  }

  async #put(pack: Uint8Array): Promise<void> {
    const { remote, random, retries } = this.#deps;
    const id = parseUploadId(toHex(random(16)));
    const { signal } = this.#sending;
    await retryTransient(() => remote.putPack(id, pack, { signal }), { signal, random, ...(retries ? { retries } : {}) });
  }
}

function* slicesOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[], undefined> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
