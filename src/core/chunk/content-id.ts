/**
 * The identity of a file's content: equal ids mean equal bytes. A hash over the ordered chunk ids
 * and lengths, or over the bytes themselves for a file that travels inside its record.
 */
import { concatBytes, fromHex, toHex, uint32Bytes, utf8 } from '../base/bytes.js';
import { parseContentId, type ContentId } from '../base/ids.js';
import { sha256 } from '../crypto/hash.js';
import type { ChunkRef } from '../tree/node.js';

const CHUNKS_DOMAIN = concatBytes(utf8('fsync/v1/content-chunks'), Uint8Array.of(0));
const INLINE_DOMAIN = concatBytes(utf8('fsync/v1/content-inline'), Uint8Array.of(0));

/** SHA-256("fsync/v1/content-chunks" ‖ 0x00 ‖ for each chunk: id(32) ‖ u32 length). The epoch is not part of it. */
export function contentIdOfChunks(chunks: readonly ChunkRef[]): ContentId {
  const parts = chunks.flatMap(({ id, size }) => [fromHex(id), uint32Bytes(size)]);
  return parseContentId(toHex(sha256(CHUNKS_DOMAIN, concatBytes(...parts))));
}

/** SHA-256("fsync/v1/content-inline" ‖ 0x00 ‖ bytes). */
export function contentIdOfBytes(inline: Uint8Array): ContentId {
  return parseContentId(toHex(sha256(INLINE_DOMAIN, inline)));
}
