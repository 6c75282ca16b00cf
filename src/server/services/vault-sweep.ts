/**
 * Garbage collection of one vault, in small steps that each take the vault's lock first. A reference
 * is only added by a transaction that holds this lock and saw the chunk, a chunk is only deleted by
 * one that holds it and saw no reference: so they are one after the other, and no clock is needed
 * for that. Foreign keys refuse what would still go wrong.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { ChunkId } from '../../core/base/ids.js';
import { PACK_TARGET, packLength } from '../../core/chunk/pack.js';
import { dropReplaced, endOfBatch, lastCommitBefore, readPrunedSeq } from '../store/retention-store.js';
import {
  chunkAhead,
  deleteOrphans,
  dropEmptyPacks,
  forgetUploads,
  markOrphans,
  packUses,
  unusedChunks,
  type PackUse,
  type VaultOfStore,
} from '../store/sweep-store.js';
import { updateVault } from '../store/vault-store.js';
import { DAY_MS, type CollectionReport, type CollectionSettings, type SweepDeps } from './collection.js';
import { repack } from './repack.js';
import { underLock } from './vault-access.js';

const CHUNKS_PER_STEP = 1_000;
const PACKS_PER_STEP = 200;

export interface SweepWork {
  readonly settings: CollectionSettings;
  readonly report: CollectionReport;
}

/** Retention, then chunks, then packs. */
export async function sweepVault(deps: SweepDeps, vault: VaultOfStore, work: SweepWork): Promise<void> {
  if (work.settings.retentionDays > 0) await pruneVersions(deps, vault, work);
  await sweepChunks(deps, vault.no, work);
  await sweepPacks(deps, vault.no, work);
}

async function pruneVersions(deps: SweepDeps, vault: VaultOfStore, { settings, report }: SweepWork): Promise<void> {
  const { database, clock, pace } = deps;
  const before = clock.now() - settings.retentionDays * DAY_MS;
  let done = await readPrunedSeq(database, vault.no);
  const last = await lastCommitBefore(database, { no: vault.no, from: done, head: vault.headSeq, before });
  while (done < last) {
    const from = done + 1;
    const upTo = await endOfBatch(database, vault.no, from, last);
    const dropped = await pace.step(() => underLock(deps.database, vault.no, (trx) => dropReplaced(trx, vault.no, { from, upTo })));
    if (dropped === null) return;
    report.revisions += dropped;
    done = upTo;
  }
}

async function sweepChunks(deps: SweepDeps, vaultNo: number, { settings, report }: SweepWork): Promise<void> {
  const { database, clock, pace } = deps;
  let after: ChunkId | null = null;
  for (;;) {
    const from: ChunkId | null = after;
    const last = await chunkAhead(database, vaultNo, from, CHUNKS_PER_STEP);
    const unused = await pace.step(() => unusedChunks(database, vaultNo, from, last));
    if (unused.length > 0) {
      await pace.step(() =>
        underLock(deps.database, vaultNo, async (trx) => {
          const now = clock.now();
          await markOrphans(trx, vaultNo, unused, now);
          const deleted = await deleteOrphans(trx, vaultNo, unused, now - settings.gcGraceDays * DAY_MS);
          if (deleted.chunks > 0) await forgetUploads(trx, vaultNo);
          report.chunks += deleted.chunks;
          report.chunkBytes += deleted.bytes;
          report.waitingChunks += unused.length - deleted.chunks;
        }),
      );
    }
    if (last === null) return;
    after = last;
  }
}

/** More than half of the pack's bytes are of no use. */
function isWasteful({ chunks, chunkBytes, sizeBytes }: PackUse): boolean {
  return chunks > 0 && (sizeBytes - packLength(chunks, chunkBytes)) * 2 > sizeBytes;
}

async function sweepPacks(deps: SweepDeps, vaultNo: number, work: SweepWork): Promise<void> {
  let after = 0;
  let group: PackUse[] = [];
  const flush = async (): Promise<void> => {
    if (group.length > 0) await repackGroup(deps, vaultNo, group, work);
    group = [];
  };
  for (;;) {
    const from = after;
    const uses = await deps.pace.step(() => packUses(deps.database, vaultNo, from, PACKS_PER_STEP));
    const empty = uses.filter(({ chunks }) => chunks === 0);
    if (empty.length > 0) await dropPacks(deps, vaultNo, empty, work.report);
    for (const pack of uses.filter(isWasteful)) {
      if (pack.damaged) continue;
      group.push(pack);
      if (group.reduce((sum, { chunkBytes }) => sum + chunkBytes, 0) >= PACK_TARGET) await flush();
    }
    const last = uses.at(-1);
    if (last === undefined) break;
    after = last.no;
  }
  await flush();
}

async function dropPacks(deps: SweepDeps, vaultNo: number, packs: readonly PackUse[], report: CollectionReport): Promise<void> {
  await deps.pace.step(() =>
    underLock(deps.database, vaultNo, async (trx, vault) => {
      const now = deps.clock.now();
      const numbers = packs.map(({ no }) => no);
      const dropped = await dropEmptyPacks(trx, vaultNo, numbers, now);
      await updateVault(trx, vaultNo, { usedBytes: vault.usedBytes - dropped.bytes, now });
      report.packs += dropped.packs;
      report.packBytes += dropped.bytes;
    }),
  );
}

async function repackGroup(deps: SweepDeps, vaultNo: number, packs: readonly PackUse[], { report }: SweepWork): Promise<void> {
  try {
    const done = await deps.pace.step(() => repack(deps, vaultNo, packs));
    report.repackedPacks += done.packs;
    report.repackedBytes += done.wonBytes;
    report.damagedPacks += done.damaged;
  } catch (error) {
    // A full disk must not keep the rest from being cleaned up.
    if (!(error instanceof FsyncError) || error.code !== 'disk_full') throw error;
    deps.logger.warn('no room to write packs anew', { packs: packs.length });
  }
}
