/**
 * A pack: many sealed chunks in one stored object.
 *
 * pack = chunk bytes, back to back ‖ index ‖ footer
 * index = per chunk: id(32) ‖ u32 offset ‖ u32 length; footer = u32 count ‖ "fsyncpk1"
 */
import { equalBytes, fromHex, readUint32, toHex, utf8 } from '../base/bytes.js';
import { FsyncError } from '../base/errors.js';
import { parseChunkId, type ChunkId } from '../base/ids.js';

/** An uploader closes a pack at about this many bytes. */
export const PACK_TARGET = 8 * 1024 * 1024;
/** The longest pack a server takes, in bytes. */
export const PACK_LIMIT = 17 * 1024 * 1024;

const MAGIC = utf8('fsyncpk1');
const ENTRY_BYTES = 40;
const FOOTER_BYTES = 4 + MAGIC.length;

export interface PackEntry {
  readonly id: ChunkId;
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a pack with this many chunks of this total length. */
export function packLength(chunks: number, chunkBytes: number): number {
  return chunkBytes + chunks * ENTRY_BYTES + FOOTER_BYTES;
}

/** Throws limit_exceeded above PACK_LIMIT, invalid_input for no chunks, an empty one or one twice. */
export function encodePack(chunks: readonly { readonly id: ChunkId; readonly bytes: Uint8Array }[]): Uint8Array {
  const ids = new Set(chunks.map(({ id }) => id));
  if (chunks.length === 0 || ids.size !== chunks.length || chunks.some(({ bytes }) => bytes.length === 0)) {
    throw new FsyncError('invalid_input', 'a pack holds at least one chunk, none of them empty or twice');
  }
  const dataBytes = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (packLength(chunks.length, dataBytes) > PACK_LIMIT) throw new FsyncError('limit_exceeded', 'a pack would be too large');
  const pack = new Uint8Array(packLength(chunks.length, dataBytes));
  const view = new DataView(pack.buffer);
  let offset = 0;
  let entry = dataBytes;
  for (const { id, bytes } of chunks) {
    pack.set(bytes, offset);
    pack.set(fromHex(id), entry);
    view.setUint32(entry + 32, offset);
    view.setUint32(entry + 36, bytes.length);
    offset += bytes.length;
    entry += ENTRY_BYTES;
  }
  view.setUint32(entry, chunks.length);
  pack.set(MAGIC, entry + 4);
  return pack;
}

/**
 * Reads the index from a whole pack, or from the last bytes of one when its full length is given.
 * Throws integrity for a pack whose parts do not fit together, with details.neededBytes when the
 * tail is too short to hold the index.
 */
export function decodePackIndex(pack: Uint8Array, fullLength: number = pack.length): PackEntry[] {
  const footer = pack.length - FOOTER_BYTES;
  if (footer < 0 || !equalBytes(pack.subarray(footer + 4), MAGIC)) throw damaged();
  const count = readUint32(pack, footer);
  const tailBytes = count * ENTRY_BYTES + FOOTER_BYTES;
  if (count === 0 || tailBytes > fullLength) throw damaged();
  if (tailBytes > pack.length) throw damaged({ neededBytes: tailBytes });
  const entries: PackEntry[] = [];
  const ids = new Set<ChunkId>();
  let end = 0;
  for (let position = pack.length - tailBytes; position < footer; position += ENTRY_BYTES) {
    const id = parseChunkId(toHex(pack.subarray(position, position + 32)));
    const entry = { id, offset: readUint32(pack, position + 32), length: readUint32(pack, position + 36) };
    if (entry.offset !== end || entry.length === 0) throw damaged();
    end += entry.length;
    ids.add(id);
    entries.push(entry);
  }
  if (ids.size !== count || end + tailBytes !== fullLength) throw damaged();
  return entries;
}

function damaged(details: Readonly<Record<string, unknown>> = {}): FsyncError {
  return new FsyncError('integrity', 'a pack is damaged', { details });
}
