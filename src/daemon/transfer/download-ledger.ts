/**
 * What a download knows about its items and chunks: where each chunk goes, what each item still
 * waits for. No input or output; every item is settled exactly once.
 */
import type { ErrorCode } from '../../core/base/errors.js';
import type { ChunkId } from '../../core/base/ids.js';
import { contentIdOfChunks } from '../../core/chunk/content-id.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { ChunkRef } from '../../core/tree/node.js';
import type { DownloadItem } from '../ports.js';
import { partName, stagedName } from './staged-name.js';

export interface LedgerItem {
  readonly item: DownloadItem;
  readonly staged: string;
  /** Null when all of the content is written at once, directly under the staged name. */
  readonly part: string | null;
  /** Distinct chunks that are not yet written. */
  waiting: number;
  /** Bytes that an earlier download did not leave behind. */
  missingBytes: number;
  settled: boolean;
  /** Bytes written since the file was last brought to the disk. */
  unsynced: number;
}

export interface LedgerChunk {
  readonly ref: ChunkRef;
  readonly targets: { readonly of: LedgerItem; readonly offset: number }[];
  readonly sources: { readonly path: string; readonly offset: number }[];
  written: boolean;
  /** Times it came damaged or not at all. */
  failures: number;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface LedgerEvents {
  onFailed(item: DownloadItem, failure: Failure): void;
  onBytes(bytes: number): void;
}

export class DownloadLedger {
  readonly items: readonly LedgerItem[];
  readonly #chunks = new Map<ChunkId, LedgerChunk>();
  readonly #events: LedgerEvents;

  constructor(items: readonly DownloadItem[], events: LedgerEvents) {
    this.#events = events;
    this.items = items.map((item) => this.#add(item));
  }

  /** Fails the items whose content contradicts itself or whose keys are missing. */
  begin(keys: VaultKeyring): void {
    for (const entry of this.items) {
      const failure = contradiction(entry.item, keys);
      if (failure !== null) this.fail(entry, failure);
    }
  }

  /** In the order of the items. */
  chunks(): readonly LedgerChunk[] {
    return [...this.#chunks.values()];
  }

  chunk(id: ChunkId): LedgerChunk | undefined {
    return this.#chunks.get(id);
  }

  isWanted(chunk: LedgerChunk): boolean {
    return !chunk.written && chunk.targets.some(({ of }) => !of.settled);
  }

  /** The chunk is at all its places. Returns the items that are complete by that. */
  markWritten(chunk: LedgerChunk): readonly LedgerItem[] {
    if (chunk.written) return [];
    chunk.written = true;
    const items = new Set(chunk.targets.map(({ of }) => of));
    this.#events.onBytes(chunk.targets.length * chunk.ref.size);
    for (const item of items) item.waiting -= 1;
    return [...items].filter((item) => item.waiting === 0 && !item.settled);
  }

  /** The places of an item's chunks, in order. */
  places(item: LedgerItem): readonly { readonly ref: ChunkRef; readonly offset: number }[] {
    let offset = 0;
    return item.item.content.chunks.map((ref) => {
      const place = { ref, offset };
      offset += ref.size;
      return place;
    });
  }

  /** An earlier download wrote these places (indexes) of the item: nothing has to be written there any more. */
  markPresent(item: LedgerItem, present: ReadonlySet<number>): void {
    for (const [index, { ref, offset }] of this.places(item).entries()) {
      const chunk = present.has(index) ? this.#chunks.get(ref.id) : undefined;
      const place = chunk?.targets.findIndex((target) => target.of === item && target.offset === offset) ?? -1;
      if (chunk === undefined || place < 0) continue;
      chunk.targets.splice(place, 1);
      this.#events.onBytes(ref.size);
      item.missingBytes -= ref.size;
      if (!chunk.targets.some(({ of }) => of === item)) item.waiting -= 1;
      if (chunk.targets.length === 0) chunk.written = true;
    }
  }

  settle(item: LedgerItem): void {
    item.settled = true;
    if (item.item.content.chunks.length === 0) this.#events.onBytes(item.item.content.size);
  }

  fail(item: LedgerItem, failure: Failure): void {
    if (item.settled) return;
    item.settled = true;
    this.#events.onFailed(item.item, failure);
  }

  #add(item: DownloadItem): LedgerItem {
    const { id, chunks } = item.content;
    const entry: LedgerItem = {
      item,
      staged: stagedName(item.node, id),
      part: chunks.length > 1 ? partName(item.node, id) : null,
      waiting: 0,
      missingBytes: item.content.size,
      settled: false,
      unsynced: 0,
    };
    const sources = sourcesOf(item);
    let offset = 0;
    for (const ref of chunks) {
      let chunk = this.#chunks.get(ref.id);
      if (chunk === undefined) this.#chunks.set(ref.id, (chunk = { ref, targets: [], sources: [], written: false, failures: 0 }));
      if (chunk.targets.at(-1)?.of !== entry) {
        entry.waiting += 1;
        const source = sources.get(ref.id);
        if (source !== undefined) chunk.sources.push(source);
      }
      chunk.targets.push({ of: entry, offset });
      offset += ref.size;
    }
    return entry;
  }
}

/** Where in the item's sources each chunk is: in the first source that has it. */
function sourcesOf(item: DownloadItem): Map<ChunkId, { path: string; offset: number }> {
  const places = new Map<ChunkId, { path: string; offset: number }>();
  if (item.sources.length === 0) return places;
  const wanted = new Set(item.content.chunks.map(({ id }) => id));
  for (const { path, content } of item.sources) {
    let offset = 0;
    for (const { id, size } of content.chunks) {
      if (wanted.has(id) && !places.has(id)) places.set(id, { path, offset });
      offset += size;
    }
  }
  return places;
}

function contradiction({ content }: DownloadItem, keys: VaultKeyring): Failure | null {
  const { chunks, inline, size, id } = content;
  const epoch = chunks.find((ref) => !keys.byEpoch.has(ref.epoch))?.epoch;
  if (epoch !== undefined) return { code: 'key_mismatch', message: `the keys of epoch ${String(epoch)} of this vault are missing` };
  const bytes = inline?.length ?? chunks.reduce((sum, ref) => sum + ref.size, 0);
  // Inline bytes are hashed by the worker that writes them.
  const matches = bytes === size && (inline !== null ? chunks.length === 0 : contentIdOfChunks(chunks) === id);
  return matches ? null : { code: 'integrity', message: 'the list of chunks does not match the content id' };
}
