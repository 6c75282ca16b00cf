/** Is a stored pack what it was when it came: there, as long, and with the same SHA-256. */
import { createHash } from 'node:crypto';
import { isFsyncError } from '../../core/base/errors.js';
import type { BlobStore } from '../ports.js';

export type PackDamage = 'missing' | 'wrong length' | 'wrong bytes' | 'unreadable';

export interface PackBytes {
  readonly blobKey: string;
  readonly sha256: Buffer;
  readonly sizeBytes: number;
}

/** Null for a sound pack. Without `readData` the bytes are not read. */
export async function damageOf(
  blobs: BlobStore,
  pack: PackBytes,
  { readData }: { readonly readData: boolean },
): Promise<PackDamage | null> {
  const size = await blobs.size(pack.blobKey);
  if (size === null) return 'missing';
  if (size !== pack.sizeBytes) return 'wrong length';
  if (!readData) return null;
  const hash = createHash('sha256');
  try {
    for await (const piece of blobs.read(pack.blobKey, { offset: 0, length: size })) hash.update(piece);
  } catch (error) {
    if (isFsyncError(error, 'not_found')) return 'missing';
    if (isFsyncError(error, 'io_error')) return 'unreadable';
    throw error;
  }
  return hash.digest().equals(pack.sha256) ? null : 'wrong bytes';
}
