/** A folder with files, a chunk store and the three adapters that move contents between them, on real threads. */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { parseNodeId, parseVaultId, type NodeId } from '../../src/core/base/ids.js';
import { createKeyring, type VaultKeyring } from '../../src/core/log/vault-keys.js';
import type { FileContent, Fingerprint } from '../../src/core/tree/node.js';
import { fingerprintOf } from '../../src/daemon/folder/fingerprint.js';
import type { ContentReader, Downloader, Uploader, UploadItem } from '../../src/daemon/ports.js';
import { createContentReader } from '../../src/daemon/transfer/content-reader.js';
import { createDownloader } from '../../src/daemon/transfer/downloader.js';
import { createUploader } from '../../src/daemon/transfer/uploader.js';
import { createWorkerPool, type WorkerPool } from '../../src/daemon/workers/pool.js';
import { ChunkStore } from './chunk-store.js';
import { tempFolder } from './temp-folder.js';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const never = new AbortController().signal;

/** One pool for all tests of a file. */
export function sharedPool(): WorkerPool {
  const pool = createWorkerPool({ size: 2 });
  afterAll(() => pool.close());
  return pool;
}

export function testKeyring(epochs: readonly number[] = [1]): VaultKeyring {
  const vault = parseVaultId('5a'.repeat(32));
  return createKeyring(vault, new Map(epochs.map((epoch) => [epoch, new Uint8Array(32).fill(epoch + 1)])));
}

export function freshNode(): NodeId {
  return parseNodeId(randomBytes(16).toString('hex'));
}

/** Adapters of one device on one store. */
export class TransferWorld {
  readonly root = tempFolder();
  readonly store: ChunkStore;
  readonly keys: VaultKeyring;
  readonly pool: WorkerPool;
  readonly reader: ContentReader;
  readonly uploader: Uploader;
  readonly downloader: Downloader;

  constructor(pool: WorkerPool, options: { store?: ChunkStore; keys?: VaultKeyring; segmentBytes?: number } = {}) {
    this.pool = pool;
    this.store = options.store ?? new ChunkStore();
    this.keys = options.keys ?? testKeyring();
    const retries = { attempts: 3, baseMs: 1, capMs: 2 };
    const deps = { root: this.root, pool, keys: this.keys, remote: this.store, random: randomBytes, retries };
    mkdirSync(this.tmp, { recursive: true });
    this.reader = createContentReader({ ...deps, ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }) });
    this.uploader = createUploader(deps);
    this.downloader = createDownloader(deps);
  }

  get tmp(): string {
    return join(this.root, '.fsync/tmp');
  }

  at(path: string): string {
    return join(this.root, path);
  }

  write(path: string, bytes: Uint8Array | string): Fingerprint {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), bytes);
    return this.print(path);
  }

  print(path: string): Fingerprint {
    return fingerprintOf(lstatSync(this.at(path), { bigint: true }));
  }

  /** Writes the file and reads it: what an upload takes. */
  async item(path: string, bytes: Uint8Array | string): Promise<UploadItem> {
    const expected = this.write(path, bytes);
    const [result] = await this.reader.read([{ path, expected }], { signal: never });
    if (result?.status !== 'read') throw new Error(`${path} is ${String(result?.status)}`);
    return { path, content: result.content, expected: result.fingerprint };
  }

  /** Paths and statuses, in the order in which they came. */
  async upload(items: readonly UploadItem[], signal: AbortSignal = never): Promise<string[]> {
    const results: string[] = [];
    for await (const { item, status } of this.uploader.upload(items, { signal })) results.push(`${item.path} ${status}`);
    return results;
  }

  /** Writes, reads and uploads. */
  async stored(path: string, bytes: Uint8Array | string): Promise<FileContent> {
    const item = await this.item(path, bytes);
    await this.upload([item]);
    return item.content;
  }
}
