/**
 * Packs come in: the blob is durable before a row names it, and the rows are written under the
 * vault's lock. A pack sent again under its upload id gets the first answer. Chunks that the vault
 * already holds stay where they are.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { ChunkId, UploadId, VaultId } from '../../core/base/ids.js';
import type { PackEntry } from '../../core/chunk/pack.js';
import type { Caller } from '../http/route.js';
import type { BlobStore } from '../ports.js';
import { findUpload, insertChunks, insertPack, insertUpload, readHeldChunks, reviveChunks, type UploadRow } from '../store/chunk-store.js';
import { inTransaction, type Queries } from '../store/database.js';
import { readRoom } from '../store/user-store.js';
import { updateVault, type VaultRow } from '../store/vault-store.js';
import { receivePack, type PackSource } from './pack-intake.js';
import type { ServiceContext } from './service-context.js';
import { requireLock, requireVault } from './vault-access.js';

export interface UploadAnswer {
  readonly chunks: number;
  readonly duplicates: number;
  /** True when this upload was complete before. */
  readonly repeated: boolean;
}

export interface Uploads {
  /** Those of `chunks` that the vault lacks, in order. */
  missing(caller: Caller, vault: VaultId, chunks: readonly ChunkId[]): Promise<readonly ChunkId[]>;
  /** Throws not_found, forbidden, integrity, invalid_input (upload id used for other bytes), quota_exceeded, disk_full. */
  put(caller: Caller, request: { readonly vault: VaultId; readonly upload: UploadId; readonly pack: PackSource }): Promise<UploadAnswer>;
}

interface StoredPack {
  readonly upload: UploadId;
  readonly source: PackSource;
  readonly entries: readonly PackEntry[];
  readonly blobKey: string;
}

export function createUploads(deps: ServiceContext & { readonly blobs: BlobStore; readonly quotaBytes: number }): Uploads {
  const { database, clock, blobs, metrics, quotaBytes } = deps;

  function checkQuota(usedBytes: number, more: number): void {
    if (quotaBytes === 0 || usedBytes + more <= quotaBytes) return;
    throw new FsyncError('quota_exceeded', 'the vault has no room left', { details: { quotaBytes, usedBytes } });
  }

  /** The owner of a vault pays for it. Other vaults are not locked: uploads at once may go over it by as many packs. */
  async function checkRoom(db: Queries, vault: VaultRow, more: number): Promise<void> {
    checkQuota(vault.usedBytes, more);
    const { quotaBytes: limit, usedBytes } = await readRoom(db, vault.owner);
    if (limit === null || usedBytes + more <= limit) return;
    throw new FsyncError('quota_exceeded', 'the account that owns the vault has no room left', {
      hints: ['Delete a vault, or ask the person who runs the server for more room.'],
      details: { quotaBytes: limit, usedBytes },
    });
  }

  async function repeatedAnswer(db: Queries, vault: VaultRow, upload: UploadId, sha256: Buffer): Promise<UploadAnswer | null> {
    const row = await findUpload(db, vault.no, upload);
    if (row === null) return null;
    if (!sha256.equals(row.sha256)) throw new FsyncError('invalid_input', 'the upload id was used for another pack');
    return { chunks: row.chunks, duplicates: row.duplicates, repeated: true };
  }

  /** Writes the rows of a durable blob; `kept` is false when no row names the blob. */
  function record(vault: VaultRow, pack: StoredPack): Promise<{ readonly answer: UploadAnswer; readonly kept: boolean }> {
    return inTransaction(database, async (trx) => {
      const locked = await requireLock(trx, vault.no);
      const repeated = await repeatedAnswer(trx, vault, pack.upload, pack.source.sha256);
      if (repeated !== null) return { answer: repeated, kept: false };
      await checkRoom(trx, locked, pack.source.length);
      const held = await readHeldChunks(
        trx,
        vault.no,
        pack.entries.map((entry) => entry.id),
      );
      await reviveChunks(trx, vault.no, held.orphans);
      const fresh = pack.entries.filter((entry) => !held.lengths.has(entry.id));
      const now = clock.now();
      const row: UploadRow = { sha256: pack.source.sha256, chunks: fresh.length, duplicates: pack.entries.length - fresh.length };
      if (fresh.length > 0) {
        const no = locked.nextPackNo;
        await insertPack(trx, vault.no, {
          no,
          blobKey: pack.blobKey,
          sha256: pack.source.sha256,
          sizeBytes: pack.source.length,
          now,
        });
        await insertChunks(trx, vault.no, no, fresh);
        await updateVault(trx, vault.no, { nextPackNo: no + 1, usedBytes: locked.usedBytes + pack.source.length, now });
      }
      await insertUpload(trx, vault.no, { ...row, id: pack.upload, now });
      return { answer: { chunks: row.chunks, duplicates: row.duplicates, repeated: false }, kept: fresh.length > 0 };
    });
  }

  /** What is found under the lock is there for a commit that follows soon. */
  function reviveAndRead(vaultNo: number, chunks: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, number>> {
    return inTransaction(database, async (trx) => {
      await requireLock(trx, vaultNo);
      const { lengths, orphans } = await readHeldChunks(trx, vaultNo, chunks);
      await reviveChunks(trx, vaultNo, orphans);
      return lengths;
    });
  }

  async function store(vault: VaultRow, upload: UploadId, source: PackSource): Promise<UploadAnswer> {
    const { writer, entries } = await receivePack(blobs, source);
    const blobKey = await writer.commit();
    try {
      const { answer, kept } = await record(vault, { upload, source, entries, blobKey });
      if (!kept) await blobs.remove(blobKey);
      return answer;
    } catch (error) {
      // Only our own refusals are sure to have been rolled back. After any other failure the rows may
      // be there, so the blob stays; the janitor removes it when nothing names it.
      if (error instanceof FsyncError) await blobs.remove(blobKey);
      throw error;
    }
  }

  return {
    async missing(caller, vault, chunks) {
      const { no } = await requireVault(database, caller, vault, 'reader');
      const wanted = [...new Set(chunks)];
      const { lengths, orphans } = await readHeldChunks(database, no, wanted);
      const held = orphans.length === 0 ? lengths : await reviveAndRead(no, wanted);
      return wanted.filter((chunk) => !held.has(chunk));
    },

    async put(caller, { vault: id, upload, pack }) {
      const vault = await requireVault(database, caller, id, 'writer');
      const repeated = await repeatedAnswer(database, vault, upload, pack.sha256);
      if (repeated !== null) return repeated;
      await checkRoom(database, vault, pack.length);
      try {
        const answer = await store(vault, upload, pack);
        metrics.packs.inc({ outcome: 'stored' });
        metrics.bodyBytes.inc({ direction: 'in' }, pack.length);
        return answer;
      } catch (error) {
        metrics.packs.inc({ outcome: error instanceof FsyncError ? error.code : 'internal' });
        throw error;
      }
    },
  };
}
