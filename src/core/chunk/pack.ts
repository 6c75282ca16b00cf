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
  const dataBytes = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const writer = new PackWriter(new Uint8Array(Math.min(packLength(chunks.length, dataBytes), PACK_LIMIT)));
  for (const { id, bytes } of chunks) writer.append(id, bytes.length).set(bytes);
  return writer.finish();
}

/** Makes a pack in given memory, so that a chunk can be sealed right where it belongs. */
export class PackWriter {
  readonly #memory: Uint8Array;
  readonly #lengths = new Map<ChunkId, number>();
  #end = 0;

  constructor(memory: Uint8Array) {
    this.#memory = memory;
  }

  /** What the pack holds so far, in order. */
  get chunks(): readonly ChunkId[] {
    return [...this.#lengths.keys()];
  }

  /** The place of the next chunk, to be filled whole. Throws limit_exceeded when it does not fit, invalid_input for an empty chunk or one twice. */
  append(id: ChunkId, length: number): Uint8Array {
    if (length === 0 || this.#lengths.has(id)) throw new FsyncError('invalid_input', 'no chunk of a pack is empty or twice in it');
    const end = this.#end + length;
    const limit = Math.min(this.#memory.length, PACK_LIMIT);
    if (packLength(this.#lengths.size + 1, end) > limit) throw new FsyncError('limit_exceeded', 'a pack would be too large');
    this.#lengths.set(id, length);
    const place = this.#memory.subarray(this.#end, end);
    this.#end = end;
    return place;
  }

  /** Writes the index; returns the pack, which is the beginning of the memory. Throws invalid_input without chunks. */
  finish(): Uint8Array {
    if (this.#lengths.size === 0) throw new FsyncError('invalid_input', 'a pack holds at least one chunk');
    const pack = this.#memory.subarray(0, packLength(this.#lengths.size, this.#end));
    const view = new DataView(pack.buffer, pack.byteOffset, pack.length);
    let offset = 0;
    let entry = this.#end;
    for (const [id, length] of this.#lengths) {
      pack.set(fromHex(id), entry);
      view.setUint32(entry + 32, offset);
      view.setUint32(entry + 36, length);
      offset += length;
      entry += ENTRY_BYTES;
    }
    view.setUint32(entry, this.#lengths.size);
    pack.set(MAGIC, entry + 4);
    return pack;
  }
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
