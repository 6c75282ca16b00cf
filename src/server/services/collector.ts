/**
 * Garbage collection of the whole server: replaced versions beyond the retention, chunks that no
 * version uses, packs without chunks, what deleted vaults left, and at last the blobs. It may be
 * killed at any step and may run several times at once, beside uploads and commits.
 */
import type { BlobStore } from '../ports.js';
import { inTransaction, type Queries } from '../store/database.js';
import { countReplaced, countUnused, lastCommitBefore } from '../store/retention-store.js';
import { countDeadBlobs, deadBlobs, forgetDeadBlobs, liveVaults, packUses, type VaultOfStore } from '../store/sweep-store.js';
import { backupIsRunning, deletedVaults, deleteVaultRow, purgeSomePacks, purgeSomeRows } from '../store/upkeep-store.js';
import { DAY_MS, emptyReport, type CollectionReport, type CollectionSettings } from './collection.js';
import { createPace, type Pace } from './pace.js';
import type { ServiceContext } from './service-context.js';
import { sweepVault } from './vault-sweep.js';

const HOUR_MS = 3_600_000;
const BLOBS_PER_STEP = 100;
const PACKS_PER_STEP = 500;

export interface Collector {
  /** Everything. `rest`: how many times as long as each step the work pauses after it. */
  run(options: { readonly rest: number; readonly signal: AbortSignal }): Promise<CollectionReport>;
  /** Only deleted vaults and blobs: quick when there is nothing to do. */
  purge(options: { readonly rest: number; readonly signal: AbortSignal }): Promise<CollectionReport>;
  /** What `run` would do now; changes nothing. */
  estimate(): Promise<CollectionReport>;
}

export function createCollector(
  deps: Pick<ServiceContext, 'database' | 'clock' | 'logger'> & { readonly blobs: BlobStore; readonly settings: CollectionSettings },
): Collector {
  const { database, clock, blobs, settings } = deps;

  async function purgeVault(vaultNo: number, pace: Pace): Promise<void> {
    while (await pace.step(() => inTransaction(database, (trx) => purgeSomeRows(trx, vaultNo))));
    while (await pace.step(() => inTransaction(database, (trx) => purgeSomePacks(trx, vaultNo, clock.now()))));
    await deleteVaultRow(database, vaultNo);
  }

  async function removeBlobs(pace: Pace, report: CollectionReport): Promise<void> {
    for (;;) {
      const dead = await deadBlobs(database, clock.now() - settings.deleteDelayHours * HOUR_MS, BLOBS_PER_STEP);
      // In this order: a backup that begins after this look has a database in which these are dead already.
      if (dead.length === 0 || (await backupIsRunning(database, clock.now()))) break;
      await pace.step(async () => {
        for (const blob of dead) await blobs.remove(blob.key);
        await forgetDeadBlobs(
          database,
          dead.map(({ key }) => key),
        );
      });
      report.blobs += dead.length;
      report.blobBytes += dead.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    }
    const waiting = await countDeadBlobs(database);
    report.waitingBlobs = waiting.blobs;
    report.waitingBlobBytes = waiting.bytes;
  }

  async function purgeAll(pace: Pace, report: CollectionReport): Promise<void> {
    for (const vault of await deletedVaults(database)) {
      await purgeVault(vault, pace);
      report.vaults += 1;
    }
    await removeBlobs(pace, report);
  }

  return {
    async run({ rest, signal }) {
      const report = emptyReport();
      const pace = createPace(rest, signal);
      for (const vault of await liveVaults(database)) await sweepVault({ ...deps, pace }, vault, { settings, report });
      await purgeAll(pace, report);
      return report;
    },

    async purge({ rest, signal }) {
      const report = emptyReport();
      await purgeAll(createPace(rest, signal), report);
      return report;
    },

    async estimate() {
      const report = emptyReport();
      for (const vault of await liveVaults(database)) await estimateVault(database, vault, { settings, now: clock.now(), report });
      report.vaults = (await deletedVaults(database)).length;
      const waiting = await countDeadBlobs(database);
      const due = await deadBlobs(database, clock.now() - settings.deleteDelayHours * HOUR_MS, waiting.blobs);
      report.blobs = due.length;
      report.blobBytes = due.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      report.waitingBlobs = waiting.blobs - report.blobs;
      report.waitingBlobBytes = waiting.bytes - report.blobBytes;
      return report;
    },
  };
}

async function estimateVault(
  db: Queries,
  vault: VaultOfStore,
  { settings, now, report }: { readonly settings: CollectionSettings; readonly now: number; readonly report: CollectionReport },
): Promise<void> {
  const { retentionDays, gcGraceDays } = settings;
  const before = now - retentionDays * DAY_MS;
  const upTo = retentionDays === 0 ? 0 : await lastCommitBefore(db, { no: vault.no, from: 0, head: vault.headSeq, before });
  if (upTo > 0) report.revisions += await countReplaced(db, vault.no, upTo);
  const orphanedBefore = gcGraceDays === 0 ? Number.MAX_SAFE_INTEGER : now - gcGraceDays * DAY_MS;
  const unused = new Map((await countUnused(db, vault.no, { upTo, orphanedBefore })).map((row) => [row.packNo, row]));
  for (const { chunks, dueChunks, dueBytes } of unused.values()) {
    report.chunks += dueChunks;
    report.chunkBytes += dueBytes;
    report.waitingChunks += chunks - dueChunks;
  }
  let after = 0;
  for (;;) {
    const packs = await packUses(db, vault.no, after, PACKS_PER_STEP);
    const last = packs.at(-1);
    if (last === undefined) return;
    for (const pack of packs) {
      if (pack.chunks > (unused.get(pack.no)?.dueChunks ?? 0)) continue;
      report.packs += 1;
      report.packBytes += pack.sizeBytes;
    }
    after = last.no;
  }
}
