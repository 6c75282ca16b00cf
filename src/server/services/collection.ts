/** What a garbage collection is told, what it works with, and what it reports. */
import type { BlobStore } from '../ports.js';
import type { Pace } from './pace.js';
import type { ServiceContext } from './service-context.js';

export const DAY_MS = 86_400_000;

export interface CollectionSettings {
  /** Versions that were replaced longer ago than this many days go; 0: none ever does. */
  readonly retentionDays: number;
  /** Chunks stay this long after nothing refers to them any more: it saves sending them again. */
  readonly gcGraceDays: number;
  /** Blobs stay this long after their pack is gone: it lets a copy of the database be older than a copy of the blobs. */
  readonly deleteDelayHours: number;
}

export interface SweepDeps extends Pick<ServiceContext, 'database' | 'clock' | 'logger'> {
  readonly blobs: BlobStore;
  readonly pace: Pace;
}

export interface CollectionReport {
  /** Replaced versions that are gone. */
  revisions: number;
  chunks: number;
  chunkBytes: number;
  /** Unused chunks that are kept for the time of grace. */
  waitingChunks: number;
  /** Packs of which nothing was in use. */
  packs: number;
  packBytes: number;
  /** Packs whose rest was written anew, and the bytes that were won by it. */
  repackedPacks: number;
  repackedBytes: number;
  /** Packs that could not be moved because their bytes are wrong. */
  damagedPacks: number;
  /** Deleted vaults whose rows are gone. */
  vaults: number;
  /** Blobs removed from the disk. */
  blobs: number;
  blobBytes: number;
  /** Blobs that are to be removed later. */
  waitingBlobs: number;
  waitingBlobBytes: number;
}

export function emptyReport(): CollectionReport {
  return {
    revisions: 0,
    chunks: 0,
    chunkBytes: 0,
    waitingChunks: 0,
    packs: 0,
    packBytes: 0,
    repackedPacks: 0,
    repackedBytes: 0,
    damagedPacks: 0,
    vaults: 0,
    blobs: 0,
    blobBytes: 0,
    waitingBlobs: 0,
    waitingBlobBytes: 0,
  };
}
