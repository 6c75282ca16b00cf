/**
 * Reads every stored pack again and again, so that bytes that rot are known while a backup or a
 * device still has them. What was found is kept in the database: any process can tell it.
 */
import type { BlobStore } from '../ports.js';
import { markChecked, packsToCheck } from '../store/scrub-store.js';
import { damageOf } from './pack-check.js';
import type { Pace } from './pace.js';
import type { ServiceContext } from './service-context.js';

/** A pack is due after this, so that each is read within 30 days also when much is due at once. */
const DUE_MS = 25 * 86_400_000;
const PACKS_PER_LOOK = 50;

export interface ScrubReport {
  readonly checked: number;
  readonly damaged: number;
}

/** Checks packs that are due, those that wait longest first, for about `budgetMs`. */
export async function scrub(
  deps: Pick<ServiceContext, 'database' | 'clock' | 'logger'> & {
    readonly blobs: BlobStore;
    readonly pace: Pace;
    readonly budgetMs: number;
  },
): Promise<ScrubReport> {
  const { database, clock, logger, blobs, pace, budgetMs } = deps;
  const until = performance.now() + budgetMs;
  let checked = 0;
  let damaged = 0;
  while (performance.now() < until) {
    const due = await packsToCheck(database, clock.now() - DUE_MS, PACKS_PER_LOOK);
    if (due.length === 0) break;
    for (const pack of due) {
      if (performance.now() >= until) break;
      const damage = await pace.step(() => damageOf(blobs, pack, { readData: true }));
      const isThere = await markChecked(database, pack, { sound: damage === null, now: clock.now() });
      // A pack that was cleaned up meanwhile is missing rightly.
      if (!isThere) continue;
      checked += 1;
      if (damage === null) continue;
      damaged += 1;
      logger.error('a stored pack is damaged', { vaultNo: pack.vaultNo, pack: pack.no, damage });
    }
  }
  return { checked, damaged };
}
