/** Puts bytes made by the daemon itself (a merged text) on the server, as if a file held them. */
import { toHex } from '../../core/base/bytes.js';
import { parseUploadId } from '../../core/base/ids.js';
import { chunkId, sealChunk } from '../../core/chunk/chunk.js';
import { contentIdOfBytes, contentIdOfChunks } from '../../core/chunk/content-id.js';
import { createCutter } from '../../core/chunk/cut-points.js';
import { encodePack } from '../../core/chunk/pack.js';
import type { ChunkRef, FileContent } from '../../core/tree/node.js';
import { INLINE_LIMIT } from '../../core/tree/node.js';
import type { SessionDeps } from './session-ports.js';

/** For small contents only: all of it is in memory and goes into one pack. */
export async function storeContent(
  { info, remote, random }: Pick<SessionDeps, 'info' | 'remote' | 'random'>,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<FileContent> {
  if (bytes.length <= INLINE_LIMIT) return { id: contentIdOfBytes(bytes), size: bytes.length, inline: bytes, chunks: [] };
  const keys = info.keyring.current;
  const cutter = createCutter(keys, bytes.length);
  const pieces: { readonly ref: ChunkRef; readonly raw: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length;) {
    const raw = bytes.subarray(at, at + cutter.next(bytes.subarray(at), true));
    pieces.push({ ref: { epoch: keys.epoch, id: chunkId(keys, raw), size: raw.length }, raw });
    at += raw.length;
  }
  const refs = pieces.map(({ ref }) => ref);
  const missing = await remote.missingChunks(
    refs.map(({ id }) => id),
    { signal },
  );
  const sealed = new Map(pieces.filter(({ ref }) => missing.has(ref.id)).map(({ ref, raw }) => [ref.id, sealChunk(random, keys, raw)]));
  if (sealed.size > 0)
    await remote.putPack(parseUploadId(toHex(random(16))), encodePack([...sealed].map(([id, chunk]) => ({ id, bytes: chunk }))), {
      signal,
    });
  return { id: contentIdOfChunks(refs), size: bytes.length, inline: null, chunks: refs };
}
