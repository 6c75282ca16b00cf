/**
 * Takes the bytes of a pack from the network to a blob that is not yet in place, hashing on the
 * way. What does not match what was declared leaves nothing behind.
 */
import { createHash } from 'node:crypto';
import { FsyncError } from '../../core/base/errors.js';
import { decodePackIndex, type PackEntry } from '../../core/chunk/pack.js';
import type { BlobStore, BlobWriter } from '../ports.js';

export interface PackSource {
  readonly body: AsyncIterable<unknown>;
  readonly length: number;
  /** Declared SHA-256. */
  readonly sha256: Buffer;
}

export interface ReceivedPack {
  readonly writer: BlobWriter;
  readonly entries: readonly PackEntry[];
}

/** Network pieces are gathered to this many bytes before they are written. */
const WRITE_BYTES = 1024 * 1024;
/** Enough for the index of a pack of 1,600 chunks. */
const TAIL_BYTES = 64 * 1024;

async function writeAll(writer: BlobWriter, source: PackSource): Promise<Buffer> {
  const hash = createHash('sha256');
  let gathered: Buffer[] = [];
  let gatheredBytes = 0;
  let received = 0;
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    const piece = gathered.length === 1 && gathered[0] !== undefined ? gathered[0] : Buffer.concat(gathered, gatheredBytes);
    gathered = [];
    gatheredBytes = 0;
    writing = writer.write(piece);
    // Awaited by the next flush or at the end; this only keeps an early failure from being unhandled.
    writing.catch(() => undefined);
  };
  for await (const piece of source.body) {
    if (!Buffer.isBuffer(piece)) continue;
    received += piece.length;
    if (received > source.length) throw new FsyncError('integrity', 'the pack is longer than declared');
    hash.update(piece);
    gathered.push(piece);
    gatheredBytes += piece.length;
    if (gatheredBytes >= WRITE_BYTES) await flush();
  }
  if (gatheredBytes > 0) await flush();
  await writing;
  if (received !== source.length) throw new FsyncError('integrity', 'the pack is shorter than declared');
  return hash.digest();
}

async function readIndex(writer: BlobWriter, length: number): Promise<readonly PackEntry[]> {
  let tailBytes = Math.min(length, TAIL_BYTES);
  for (;;) {
    try {
      return decodePackIndex(await writer.read(length - tailBytes, tailBytes), length);
    } catch (error) {
      const needed = error instanceof FsyncError ? error.details['neededBytes'] : undefined;
      if (typeof needed !== 'number' || needed <= tailBytes || needed > length) throw error;
      tailBytes = needed;
    }
  }
}

/**
 * @throws FsyncError integrity (length, digest, index), disk_full, io_error, aborted
 */
export async function receivePack(blobs: BlobStore, source: PackSource): Promise<ReceivedPack> {
  const writer = await blobs.create();
  try {
    const digest = await writeAll(writer, source);
    if (!digest.equals(source.sha256)) throw new FsyncError('integrity', 'the pack does not have the digest that was declared');
    return { writer, entries: await readIndex(writer, source.length) };
  } catch (cause) {
    await writer.abort();
    if (cause instanceof FsyncError) throw cause;
    throw new FsyncError('aborted', 'the upload was cut off', { cause });
  }
}
