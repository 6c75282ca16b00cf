/** One call of the downloader: the order of its steps, and what happens when a chunk or a file fails. */
import { readdir, rm, statfs } from 'node:fs/promises';
import type { RandomBytes } from '../../core/base/effects.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { DownloadItem, RemoteVault } from '../ports.js';
import type { WorkerPool } from '../workers/pool.js';
import { fetchChunks, type SealedChunk } from './chunk-fetch.js';
import type { DownloadLedger, Failure, LedgerChunk, LedgerItem } from './download-ledger.js';
import { Gatherer, gatherBySize } from './gather.js';
import type { RetryOptions } from './retry-transient.js';
import type { StagedTrouble } from './staged-files.js';
import { movableBuffer, stagedWrites } from './staged-writes.js';
import { TaskLanes } from './task-lanes.js';

export interface DownloadRunDeps {
  readonly root: string;
  readonly tmp: string;
  readonly pool: Pick<WorkerPool, 'run' | 'size'>;
  readonly keys: VaultKeyring;
  readonly remote: Pick<RemoteVault, 'downloadChunks'>;
  readonly random: RandomBytes;
  readonly retries?: RetryOptions;
  readonly onStaged: (item: DownloadItem, staged: string) => void;
}

interface Arrived {
  readonly chunk: LedgerChunk;
  readonly sealed: Uint8Array;
}

const MIB = 1024 * 1024;
/** Requests on the wire at a time, and what one of them asks for at most. */
const REQUESTS = 2;
const REQUEST = { count: 1000, bytes: 32 * MIB };
/** What one message to a worker carries at most. */
const JOIN = { count: 256, bytes: 4 * MIB };
const COPY = { count: 256, bytes: 16 * MIB };
const INLINE = { count: 256, bytes: MIB };
/** A chunk that comes damaged, or not at all, is asked for once more. */
const MAX_FAILURES = 2;

const rawSize = ({ ref }: LedgerChunk): number => ref.size;

export class DownloadRun {
  readonly #deps: DownloadRunDeps;
  readonly #ledger: DownloadLedger;
  readonly #requests: TaskLanes;
  readonly #jobs: TaskLanes;
  readonly #fullParts = new Set<string>();
  /** Chunks to ask the server for once the others are there: damaged ones, and those that no local file had after all. */
  #again: LedgerChunk[] = [];

  constructor(deps: DownloadRunDeps, ledger: DownloadLedger, signal: AbortSignal) {
    this.#deps = deps;
    this.#ledger = ledger;
    this.#jobs = new TaskLanes(deps.pool.size + 1, signal);
    this.#requests = new TaskLanes(REQUESTS, this.#jobs.signal);
  }

  async run(): Promise<void> {
    try {
      await this.#continueParts();
      await this.#checkSpace();
      await this.#writeInline();
      const chunks = this.#ledger.chunks();
      await Promise.all([
        this.#copyLocal(chunks.filter(({ sources }) => sources.length > 0)),
        this.#fetch(chunks.filter(({ sources }) => sources.length === 0)),
      ]);
      await this.#settle();
      while (this.#again.length > 0) {
        await this.#fetch(this.#again.splice(0));
        await this.#settle();
      }
    } catch (error) {
      this.#jobs.fail(error);
      this.#requests.fail(error);
      await this.#settle();
    } finally {
      await this.#freeSpace();
    }
  }

  /** A part that filled the disk goes: its bytes are on the server, and the space is needed by everything else. */
  async #freeSpace(): Promise<void> {
    for (const part of this.#fullParts) await rm(`${this.#deps.tmp}/${part}`, { force: true });
  }

  /** Waits for everything that was started. What failed first is thrown. */
  async #settle(): Promise<void> {
    const requests = await Promise.allSettled([this.#requests.drain()]);
    await this.#jobs.drain();
    for (const outcome of requests) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Checks what an earlier call left of these files. */
  async #continueParts(): Promise<void> {
    const { pool, tmp, keys } = this.#deps;
    const { signal } = this.#jobs;
    const names = new Set(await readdir(tmp));
    for (const item of this.#ledger.items) {
      const { part, staged } = item;
      if (item.settled || part === null || !(names.has(part) || names.has(staged))) continue;
      await this.#jobs.start(async () => {
        const chunks = this.#ledger.places(item);
        const present = await pool.run('check-part', { tmp, keys, staged, part, chunks }, { signal });
        this.#ledger.markPresent(item, new Set(present));
        if (item.waiting === 0) await this.#complete([item]);
      });
    }
    await this.#jobs.drain();
  }

  /** Refuses, before anything is fetched, what the disk cannot hold. */
  async #checkSpace(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#deps.tmp);
    let free = bavail * bsize;
    for (const item of this.#ledger.items) {
      if (item.settled) continue;
      if (item.missingBytes <= free) free -= item.missingBytes;
      else this.#ledger.fail(item, { code: 'disk_full', message: 'no space left for a download' });
    }
  }

  async #writeInline(): Promise<void> {
    const { pool, tmp } = this.#deps;
    const { signal } = this.#jobs;
    const pending = this.#ledger.items.filter(({ settled, item }) => !settled && item.content.chunks.length === 0);
    for (const items of gatherBySize(pending, INLINE, ({ item }) => item.content.size)) {
      const files = items.map(({ staged, item: { content } }) => ({
        name: staged,
        id: content.id,
        bytes: content.inline ?? new Uint8Array(),
      }));
      await this.#jobs.start(async () => {
        this.#failTroubled(await pool.run('write-inline', { tmp, files }, { signal }), items);
        await this.#complete(items);
      });
    }
  }

  async #copyLocal(chunks: readonly LedgerChunk[]): Promise<void> {
    const { pool, root, tmp, keys } = this.#deps;
    const { signal } = this.#jobs;
    for (const batch of gatherBySize(chunks, COPY, rawSize)) {
      const wanted = batch.filter((chunk) => this.#ledger.isWanted(chunk));
      if (wanted.length === 0) continue;
      await this.#jobs.start(async () => {
        const { files, items, targets } = stagedWrites(wanted);
        const places = wanted.map(({ ref, sources }, index) => ({ ref, sources, targets: targets[index] ?? [] }));
        const { absent, troubles } = await pool.run('copy-chunks', { root, tmp, keys, files, chunks: places }, { signal });
        const gone = new Set(absent);
        this.#failTroubled(troubles, items);
        this.#again.push(...wanted.filter((_chunk, index) => gone.has(index)));
        await this.#written(wanted.filter((_chunk, index) => !gone.has(index)));
      });
    }
  }

  async #fetch(chunks: readonly LedgerChunk[]): Promise<void> {
    for (const batch of gatherBySize(chunks, REQUEST, rawSize)) {
      const wanted = batch.filter((chunk) => this.#ledger.isWanted(chunk));
      if (wanted.length > 0) await this.#requests.start(() => this.#request(wanted));
    }
  }

  async #request(chunks: readonly LedgerChunk[]): Promise<void> {
    const { remote, random, retries } = this.#deps;
    const { signal } = this.#requests;
    const arrived = new Gatherer<Arrived>(JOIN, ({ sealed }) => sealed.length);
    const join = async (batch: readonly Arrived[] | null): Promise<void> => {
      if (batch !== null && batch.length > 0) await this.#jobs.start(() => this.#join(batch));
    };
    const take = async ({ id, bytes }: SealedChunk): Promise<void> => {
      const chunk = this.#ledger.chunk(id);
      if (chunk !== undefined) await join(arrived.add({ chunk, sealed: bytes }));
    };
    const ids = chunks.map(({ ref }) => ref.id);
    const missing = await fetchChunks(ids, { remote, random, signal, retries }, take);
    await join(arrived.take());
    for (const chunk of chunks) {
      if (missing.has(chunk.ref.id))
        this.#chunkFailed(chunk, { code: 'integrity', message: 'the server does not have all of the content' });
    }
  }

  async #join(arrived: readonly Arrived[]): Promise<void> {
    const { pool, tmp, keys } = this.#deps;
    const chunks = arrived.map(({ chunk }) => chunk);
    const { files, items, targets } = stagedWrites(chunks);
    const sealed = arrived.map(({ sealed: bytes }) => movableBuffer(bytes));
    const parts = chunks.map(({ ref }, index) => ({ ref, sealed: sealed[index] ?? new Uint8Array(), targets: targets[index] ?? [] }));
    const transfer = sealed.map(({ buffer }) => buffer);
    const { bad, troubles } = await pool.run('join-chunks', { tmp, keys, files, chunks: parts }, { signal: this.#jobs.signal, transfer });
    this.#failTroubled(troubles, items);
    const failed = new Set<LedgerChunk>();
    for (const { chunk: index, code, message } of bad) {
      const chunk = chunks[index];
      if (chunk === undefined) continue;
      failed.add(chunk);
      this.#chunkFailed(chunk, { code, message });
    }
    await this.#written(chunks.filter((chunk) => !failed.has(chunk)));
  }

  #chunkFailed(chunk: LedgerChunk, failure: Failure): void {
    chunk.failures += 1;
    if (chunk.failures < MAX_FAILURES) this.#again.push(chunk);
    else for (const { of } of chunk.targets) this.#ledger.fail(of, failure);
  }

  #failTroubled(troubles: readonly StagedTrouble[], items: readonly LedgerItem[]): void {
    for (const { file, code, message } of troubles) {
      const item = items[file];
      if (item === undefined) continue;
      if (code === 'disk_full' && item.part !== null) this.#fullParts.add(item.part);
      this.#ledger.fail(item, { code, message });
    }
  }

  async #written(chunks: readonly LedgerChunk[]): Promise<void> {
    await this.#complete(chunks.flatMap((chunk) => this.#ledger.markWritten(chunk)));
  }

  /** All bytes are in place: parts get their names. */
  async #complete(items: readonly LedgerItem[]): Promise<void> {
    const { pool, tmp, onStaged } = this.#deps;
    const parts = items.flatMap((item) => (item.part === null ? [] : [{ item, part: item.part }]));
    if (parts.length > 0) {
      const files = parts.map(({ item: { staged, item }, part }) => ({ part, staged, size: item.content.size }));
      const troubles = await pool.run('finish-staged', { tmp, files }, { signal: this.#jobs.signal });
      this.#failTroubled(
        troubles,
        parts.map(({ item }) => item),
      );
    }
    for (const item of items) {
      if (item.settled) continue;
      this.#ledger.settle(item);
      onStaged(item.item, item.staged);
    }
  }
}
