/** Turns the ledger's view of chunks and items into what a worker is told to write where. */
import type { LedgerChunk, LedgerItem } from './download-ledger.js';
import type { StagedFile, StagedTarget } from './staged-files.js';

export interface StagedWrites {
  readonly files: readonly StagedFile[];
  /** The item of each file. */
  readonly items: readonly LedgerItem[];
  /** For each chunk, where it goes: places of items that are still wanted. */
  readonly targets: readonly (readonly StagedTarget[])[];
}

/** A long file is brought to the disk each time this much of it was written. */
const SYNC_BYTES = 64 * 1024 * 1024;

export function stagedWrites(chunks: readonly LedgerChunk[]): StagedWrites {
  const indexes = new Map<LedgerItem, number>();
  const targets = chunks.map(({ ref, targets: places }) =>
    places.flatMap(({ of, offset }) => {
      if (of.settled) return [];
      const file = indexes.get(of) ?? indexes.size;
      indexes.set(of, file);
      of.unsynced += ref.size;
      return [{ file, offset }];
    }),
  );
  const items = [...indexes.keys()];
  const files = items.map((item) => {
    const sync = item.unsynced >= SYNC_BYTES;
    if (sync) item.unsynced = 0;
    return { name: item.part ?? item.staged, whole: item.part === null, sync };
  });
  return { files, items, targets };
}

/** The bytes in a buffer that can move to a worker: their own one when nothing else is in it, else a copy. */
export function movableBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) return new Uint8Array(buffer);
  return new Uint8Array(bytes);
}
