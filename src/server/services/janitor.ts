/**
 * Background work, by one process at a time (a lease): what has run out goes, deleted vaults are
 * purged in small steps, and blobs that no row names are removed once they are old. Safety never
 * rests on the clock: only what no row can name is touched, and only in a store that belongs to
 * this database.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobStore } from '../ports.js';
import { inTransaction } from '../store/database.js';
import { dropExpired } from '../store/session-store.js';
import {
  deletedVaults,
  deletePacks,
  deleteVaultRow,
  dropOldUploads,
  instanceId,
  namedBlobs,
  purgeSomeRows,
  somePacks,
  takeLease,
} from '../store/upkeep-store.js';
import { errorFields } from '../telemetry/logger.js';
import type { ServiceContext } from './service-context.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PERIOD_MS = 10 * 60_000;
const FIRST_MS = 30_000;
/** Long enough for every client to have repeated an upload whose answer was lost. */
const UPLOADS_MS = 3 * DAY_MS;
const ORPHAN_MS = 14 * DAY_MS;
const STEP_PAUSE_MS = 20;
const PACKS_PER_STEP = 50;

export interface Janitor {
  /** Works from time to time until stopped. */
  start(): void;
  stop(): Promise<void>;
  /** One round now; false when another process holds the lease. */
  runOnce(signal: AbortSignal): Promise<boolean>;
}

export function createJanitor(deps: ServiceContext & { readonly blobs: BlobStore }): Janitor {
  const { database, blobs, clock, logger, metrics } = deps;
  const holder = randomUUID();
  const stopped = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function purgeVault(vaultNo: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await inTransaction(database, (trx) => purgeSomeRows(trx, vaultNo)))) await sleep(STEP_PAUSE_MS);
    while (!signal.aborted) {
      const packs = await somePacks(database, vaultNo, PACKS_PER_STEP);
      if (packs.length === 0) break;
      for (const pack of packs) await blobs.remove(pack.blobKey);
      await deletePacks(
        database,
        vaultNo,
        packs.map((pack) => pack.no),
      );
      await sleep(STEP_PAUSE_MS);
    }
    if (!signal.aborted) await deleteVaultRow(database, vaultNo);
  }

  async function removeOrphans(signal: AbortSignal): Promise<void> {
    const mine = await instanceId(database, randomUUID());
    if ((await blobs.claim(mine)) !== mine) {
      logger.error('the stored packs belong to another database: nothing is cleaned up');
      return;
    }
    let keys: string[] = [];
    const check = async (): Promise<void> => {
      const named = await namedBlobs(database, keys);
      for (const key of keys) if (!named.has(key)) await blobs.remove(key);
      keys = [];
    };
    for await (const key of blobs.list(clock.now() - ORPHAN_MS)) {
      if (signal.aborted) return;
      if (keys.push(key) >= 500) await check();
    }
    await check();
  }

  const tasks: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>> = {
    expire: async () => {
      await dropExpired(database, clock.now(), clock.now() - DAY_MS);
      await dropOldUploads(database, clock.now() - UPLOADS_MS);
    },
    purge: async (signal) => {
      for (const vault of await deletedVaults(database)) await purgeVault(vault, signal);
    },
    unfinished: () => blobs.dropUnfinished(clock.now() - DAY_MS),
    orphans: removeOrphans,
  };

  async function runOnce(signal: AbortSignal): Promise<boolean> {
    const now = clock.now();
    if (!(await takeLease(database, { name: 'janitor', holder, now, until: now + HOUR_MS }))) return false;
    for (const [task, work] of Object.entries(tasks)) {
      if (signal.aborted) break;
      try {
        await work(signal);
        metrics.janitorRuns.inc({ task, outcome: 'ok' });
      } catch (error) {
        metrics.janitorRuns.inc({ task, outcome: 'failed' });
        logger.error('a background job failed', { task, ...errorFields(error) });
      }
    }
    return true;
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      running = runOnce(stopped.signal)
        .catch((error: unknown) => logger.error('a background job failed', errorFields(error)))
        .then(() => {
          if (!stopped.signal.aborted) schedule(PERIOD_MS);
        });
    }, delayMs);
    timer.unref();
  }

  return {
    start: () => schedule(FIRST_MS),
    async stop() {
      stopped.abort();
      clearTimeout(timer);
      await running;
    },
    runOnce,
  };
}
