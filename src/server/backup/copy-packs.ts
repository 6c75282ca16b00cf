/** Copies packs from one store to another under their keys. A pack never changes: one that is there is left alone. */
import { createHash } from 'node:crypto';
import { isFsyncError } from '../../core/base/errors.js';
import type { BlobStore } from '../ports.js';
import type { PackBytes, PackDamage } from '../services/pack-check.js';

export type CopyOutcome = 'copied' | 'present' | PackDamage;

type Source = Pick<BlobStore, 'read' | 'size'>;
type Target = Pick<BlobStore, 'create' | 'size'>;

/** Bytes that are not the pack's do not get its key. Throws FsyncError disk_full, io_error of the target. */
export async function copyPack(from: Source, to: Target, pack: PackBytes): Promise<CopyOutcome> {
  if ((await to.size(pack.blobKey)) === pack.sizeBytes) return 'present';
  const size = await from.size(pack.blobKey);
  if (size === null) return 'missing';
  if (size !== pack.sizeBytes) return 'wrong length';
  const writer = await to.create(pack.blobKey);
  let isDone = false;
  try {
    const hash = createHash('sha256');
    for await (const piece of readable(from, pack)) {
      if (piece === null) return 'unreadable';
      hash.update(piece);
      await writer.write(piece);
    }
    if (!hash.digest().equals(pack.sha256)) return 'wrong bytes';
    await writer.commit();
    isDone = true;
    return 'copied';
  } finally {
    if (!isDone) await writer.abort();
  }
}

/** Pieces of the pack; null when it cannot be read on. */
async function* readable(from: Source, pack: PackBytes): AsyncGenerator<Uint8Array | null> {
  try {
    yield* from.read(pack.blobKey, { offset: 0, length: pack.sizeBytes });
  } catch (error) {
    if (!isFsyncError(error, 'not_found', 'io_error')) throw error;
    yield null;
  }
}
