/**
 * What an upload knows about its items and chunks: which chunk each item still waits for, and from
 * which files a chunk can be read. No input or output; every item is settled exactly once.
 */
import type { ChunkId } from '../../core/base/ids.js';
import type { ChunkRef } from '../../core/tree/node.js';
import type { UploadItem } from '../ports.js';
import type { SealFile } from './seal-chunks-task.js';
import type { FileTrouble } from './verified-file.js';

export interface LedgerItem {
  readonly item: UploadItem;
  /** Distinct chunks that are not yet known to be stored. */
  waiting: number;
  settled: boolean;
  trouble: FileTrouble | null;
}

export interface LedgerChunk {
  readonly ref: ChunkRef;
  /** Where it can be read: an item of each source, once an item. */
  readonly sources: { readonly of: LedgerItem; readonly offset: number }[];
  /** Plaintext bytes of all its places in all items. */
  bytes: number;
  stored: boolean;
}

export interface LedgerEvents {
  onSettled(item: UploadItem, status: 'stored' | FileTrouble): void;
  onBytes(bytes: number): void;
}

export class UploadLedger {
  readonly #chunks = new Map<ChunkId, LedgerChunk>();
  readonly #events: LedgerEvents;
  readonly #empty: LedgerItem[] = [];

  constructor(items: readonly UploadItem[], events: LedgerEvents) {
    this.#events = events;
    for (const item of items) this.#add(item);
  }

  /** Settles the items that need no chunk. */
  begin(): void {
    for (const item of this.#empty.splice(0)) this.#settle(item, 'stored');
  }

  /** In the order of the items. */
  chunks(): readonly LedgerChunk[] {
    return [...this.#chunks.values()];
  }

  markStored(id: ChunkId): void {
    const chunk = this.#chunks.get(id);
    if (chunk === undefined || chunk.stored) return;
    chunk.stored = true;
    this.#events.onBytes(chunk.bytes);
    for (const { of } of chunk.sources) {
      of.waiting -= 1;
      if (of.waiting === 0) this.#settle(of, 'stored');
    }
  }

  markTrouble(item: LedgerItem, status: FileTrouble): void {
    item.trouble ??= status;
    this.#settle(item, status);
  }

  /** Not stored, and an item that can still succeed needs it. */
  isWanted(chunk: LedgerChunk): boolean {
    return !chunk.stored && chunk.sources.some(({ of }) => !of.settled);
  }

  /** The chunks by the file to read them from. Those that nobody wants any more are left out. */
  sealFiles(chunks: readonly LedgerChunk[]): { readonly file: SealFile; readonly of: LedgerItem }[] {
    const byItem = new Map<LedgerItem, { ref: ChunkRef; offset: number }[]>();
    for (const chunk of chunks) {
      const source = this.isWanted(chunk) ? chunk.sources.find(({ of }) => of.trouble === null) : undefined;
      if (source === undefined) continue;
      const ranges = byItem.get(source.of);
      if (ranges === undefined) byItem.set(source.of, [{ ref: chunk.ref, offset: source.offset }]);
      else ranges.push({ ref: chunk.ref, offset: source.offset });
    }
    return [...byItem].map(([of, ranges]) => ({ of, file: { path: of.item.path, expected: of.item.expected, chunks: ranges } }));
  }

  #add(item: UploadItem): void {
    const entry: LedgerItem = { item, waiting: 0, settled: false, trouble: null };
    let offset = 0;
    for (const ref of item.content.chunks) {
      let chunk = this.#chunks.get(ref.id);
      if (chunk === undefined) this.#chunks.set(ref.id, (chunk = { ref, sources: [], bytes: 0, stored: false }));
      chunk.bytes += ref.size;
      if (chunk.sources.at(-1)?.of !== entry) {
        chunk.sources.push({ of: entry, offset });
        entry.waiting += 1;
      }
      offset += ref.size;
    }
    if (entry.waiting === 0) this.#empty.push(entry);
  }

  #settle(entry: LedgerItem, status: 'stored' | FileTrouble): void {
    if (entry.settled) return;
    entry.settled = true;
    if (entry.item.content.inline !== null) this.#events.onBytes(entry.item.content.size);
    this.#events.onSettled(entry.item, status);
  }
}
