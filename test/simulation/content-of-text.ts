/** The content id that the product gives to a file with this text. */
import { chunkId } from '../../src/core/chunk/chunk.js';
import { contentIdOfBytes, contentIdOfChunks } from '../../src/core/chunk/content-id.js';
import { simAccount } from './account.js';

/** Larger files are one chunk, as long as they are smaller than the smallest cut. */
const INLINE_BYTES = 2048;
const MOST_BYTES = 256 * 1024;

export function contentIdOfText(text: string): string {
  const raw = new Uint8Array(Buffer.from(text));
  if (raw.length <= INLINE_BYTES) return contentIdOfBytes(raw);
  if (raw.length > MOST_BYTES) throw new Error('a simulated file of more than one chunk');
  const { current } = simAccount().keyring;
  return contentIdOfChunks([{ id: chunkId(current, raw), epoch: current.epoch, size: raw.length }]);
}
