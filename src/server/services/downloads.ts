/**
 * Chunks go out as frames: id, u32 length, bytes. Whether all of them are there is known before the
 * first byte; chunks that lie next to each other in a pack are read as one range.
 */
import { Readable } from 'node:stream';
import { FsyncError } from '../../core/base/errors.js';
import type { ChunkId, VaultId } from '../../core/base/ids.js';
import type { Caller } from '../http/route.js';
import type { BlobStore } from '../ports.js';
import { locateChunks, type ChunkPlace } from '../store/chunk-store.js';
import { bin } from '../store/database.js';
import { errorFields } from '../telemetry/logger.js';
import type { ServiceContext } from './service-context.js';
import { requireVault } from './vault-access.js';

const FRAME_HEAD_BYTES = 36;
/** The longest range that is read as one, so that one download does not hold a file for ever. */
const RANGE_BYTES = 8 * 1024 * 1024;

/** Pieces below this are joined before they are sent. */
const GATHER_BYTES = 64 * 1024;

export interface ChunkStream {
  readonly readable: Readable;
  readonly length: number;
}

export interface Downloads {
  /** Each chunk once. Throws not_found; chunks_missing with details {chunks}. */
  open(caller: Caller, vault: VaultId, chunks: readonly ChunkId[]): Promise<ChunkStream>;
}

interface ChunkRange {
  readonly blobKey: string;
  readonly offset: number;
  length: number;
  readonly chunks: ChunkPlace[];
}

/** Sorts chunks by place and joins neighbours. */
export function joinNeighbours(places: readonly ChunkPlace[]): readonly ChunkRange[] {
  const sorted = [...places].sort((a, b) => (a.blobKey === b.blobKey ? a.offset - b.offset : a.blobKey < b.blobKey ? -1 : 1));
  const ranges: ChunkRange[] = [];
  for (const place of sorted) {
    const last = ranges.at(-1);
    if (last?.blobKey === place.blobKey && last.offset + last.length === place.offset && last.length + place.length <= RANGE_BYTES) {
      last.length += place.length;
      last.chunks.push(place);
    } else {
      ranges.push({ blobKey: place.blobKey, offset: place.offset, length: place.length, chunks: [place] });
    }
  }
  return ranges;
}

function frameHead(place: ChunkPlace): Buffer {
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
  bin(place.id).copy(head);
  head.writeUInt32BE(place.length, 32);
  return head;
}

/** Puts the heads of frames between the bytes of a range, without copying those. */
async function* framesOf(blobs: BlobStore, range: ChunkRange): AsyncGenerator<Uint8Array> {
  const queue = range.chunks[Symbol.iterator]();
  let left = 0;
  for await (const piece of blobs.read(range.blobKey, range)) {
    for (let at = 0; at < piece.length;) {
      if (left === 0) {
        const next = queue.next();
        if (next.done === true) throw new FsyncError('internal', 'a range is longer than its chunks');
        yield frameHead(next.value);
        left = next.value.length;
      }
      const part = piece.subarray(at, at + left);
      yield part;
      at += part.length;
      left -= part.length;
    }
  }
}

/** Joins small pieces, so that a thousand small chunks are not two thousand writes to a socket. */
async function* gather(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let small: Uint8Array[] = [];
  let smallBytes = 0;
  for await (const piece of pieces) {
    small.push(piece);
    smallBytes += piece.length;
    if (piece.length < GATHER_BYTES && smallBytes < GATHER_BYTES) continue;
    if (piece.length >= GATHER_BYTES) {
      small.pop();
      if (small.length > 0) yield Buffer.concat(small);
      yield piece;
    } else {
      yield Buffer.concat(small, smallBytes);
    }
    small = [];
    smallBytes = 0;
  }
  if (small.length > 0) yield Buffer.concat(small, smallBytes);
}

export function createDownloads(deps: ServiceContext & { readonly blobs: BlobStore }): Downloads {
  const { database, blobs, metrics, logger } = deps;

  async function* frames(ranges: readonly ChunkRange[]): AsyncGenerator<Uint8Array> {
    try {
      for (const range of ranges) yield* framesOf(blobs, range);
    } catch (error) {
      // The answer has begun: the stream breaks off, and the client sees fewer bytes than announced.
      logger.error('a stored pack cannot be read', errorFields(error));
      throw error;
    }
  }

  return {
    async open(caller, vault, chunks) {
      const { no } = await requireVault(database, caller, vault, 'reader');
      const wanted = [...new Set(chunks)];
      const places = await locateChunks(database, no, wanted);
      if (places.length !== wanted.length) {
        const found = new Set(places.map((place) => place.id));
        const missing = wanted.filter((chunk) => !found.has(chunk));
        throw new FsyncError('chunks_missing', `${String(missing.length)} chunks are not stored`, { details: { chunks: missing } });
      }
      const length = places.reduce((sum, place) => sum + place.length + FRAME_HEAD_BYTES, 0);
      metrics.bodyBytes.inc({ direction: 'out' }, length);
      return { readable: Readable.from(gather(frames(joinNeighbours(places))), { highWaterMark: 4 }), length };
    },
  };
}
