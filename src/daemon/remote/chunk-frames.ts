/** Reads the download stream: frames of a 32-byte chunk id, a u32 length (big endian) and that many sealed bytes. */
import { readUint32, toHex } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import { parseChunkId, type ChunkId } from '../../core/base/ids.js';
import { HTTP_LIMITS } from '../../core/protocol/http.js';

export interface SealedChunk {
  readonly id: ChunkId;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 36;

/**
 * Yields each complete frame; takes its id out of `wanted`. Holds one chunk at a time.
 * @throws FsyncError integrity for a chunk that was not asked for or is impossibly large, server_unreachable when the stream ends inside a frame
 */
export async function* readChunkFrames(pieces: AsyncIterable<Uint8Array>, wanted: Set<ChunkId>): AsyncGenerator<SealedChunk> {
  const header = new Uint8Array(HEADER_BYTES);
  let headerFilled = 0;
  let frame: { readonly id: ChunkId; readonly bytes: Uint8Array; filled: number } | null = null;
  for await (const piece of pieces) {
    let offset = 0;
    while (offset < piece.length) {
      if (frame === null) {
        const taken = piece.subarray(offset, offset + HEADER_BYTES - headerFilled);
        header.set(taken, headerFilled);
        headerFilled += taken.length;
        offset += taken.length;
        if (headerFilled < HEADER_BYTES) continue;
        frame = openFrame(header, wanted);
        headerFilled = 0;
      }
      const taken = piece.subarray(offset, offset + frame.bytes.length - frame.filled);
      frame.bytes.set(taken, frame.filled);
      frame.filled += taken.length;
      offset += taken.length;
      if (frame.filled < frame.bytes.length) continue;
      const { id, bytes } = frame;
      frame = null;
      wanted.delete(id);
      yield { id, bytes };
    }
  }
  if (frame !== null || headerFilled > 0) throw new FsyncError('server_unreachable', 'the download was cut off');
}

function openFrame(header: Uint8Array, wanted: ReadonlySet<ChunkId>): { readonly id: ChunkId; readonly bytes: Uint8Array; filled: number } {
  const id = parseChunkId(toHex(header.subarray(0, 32)));
  const length = readUint32(header, 32);
  if (!wanted.has(id)) throw new FsyncError('integrity', 'the server sent a chunk that was not asked for');
  if (length === 0 || length > HTTP_LIMITS.pack) throw new FsyncError('integrity', 'the server sent a chunk of an impossible size');
  return { id, bytes: new Uint8Array(length), filled: 0 };
}
