/**
 * Background work, by one process at a time (a lease): what has run out goes, deleted vaults are
 * purged, garbage is collected, packs are read again, and blobs that no row names are removed once
 * they are old. Safety never rests on the lease or the clock: two at once do no harm.
 */
import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../ports.js';
import { countDamaged } from '../store/scrub-store.js';
import { dropExpired } from '../store/session-store.js';
import { dropOldLeases, dropOldUploads, finishJob, instanceId, namedBlobs, readJobs, takeLease } from '../store/upkeep-store.js';
import { errorFields } from '../telemetry/logger.js';
import type { CollectionReport, CollectionSettings } from './collection.js';
import { createCollector } from './collector.js';
import { createPace } from './pace.js';
import { scrub } from './scrubber.js';
import type { ServiceContext } from './service-context.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const PERIOD_MS = 10 * MINUTE_MS;
const FIRST_MS = 30_000;
/** Looking at every chunk of every vault: not more often than this. */
const COLLECT_MS = 6 * HOUR_MS;
const SCRUB_BUDGET_MS = 5 * MINUTE_MS;
/** Long enough for every client to have repeated an upload whose answer was lost. */
const UPLOADS_MS = 3 * DAY_MS;
const ORPHAN_MS = 14 * DAY_MS;
/** Requests come first: four fifths of the time are theirs. */
const REST = 4;

export interface Janitor {
  /** Works from time to time until stopped. */
  start(): void;
  stop(): Promise<void>;
  /** One round now; false when another process holds the lease. */
  runOnce(signal: AbortSignal): Promise<boolean>;
}

type Task = (signal: AbortSignal) => Promise<void>;

export function createJanitor(deps: ServiceContext & { readonly blobs: BlobStore; readonly collection: CollectionSettings }): Janitor {
  const { database, blobs, clock, logger, metrics } = deps;
  const collector = createCollector({ ...deps, settings: deps.collection });
  const holder = randomUUID();
  const stopped = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function count(report: CollectionReport): void {
    metrics.collected.inc({ kind: 'revision' }, report.revisions);
    metrics.collected.inc({ kind: 'chunk' }, report.chunks);
    metrics.collected.inc({ kind: 'pack' }, report.packs + report.repackedPacks);
    metrics.collected.inc({ kind: 'blob' }, report.blobs);
    metrics.reclaimedBytes.inc(report.blobBytes);
    metrics.waitingBytes.set(report.waitingBlobBytes);
    if (report.blobs > 0 || report.packs > 0) logger.info('garbage was collected', { ...report });
  }

  async function removeUnnamed(signal: AbortSignal): Promise<void> {
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
      signal.throwIfAborted();
      if (keys.push(key) >= 500) await check();
    }
    await check();
  }

  async function collect(signal: AbortSignal): Promise<void> {
    const last = (await readJobs(database)).get('gc') ?? 0;
    const isDue = Math.abs(clock.now() - last) >= COLLECT_MS;
    const options = { rest: REST, signal };
    count(await (isDue ? collector.run(options) : collector.purge(options)));
    if (isDue) await finishJob(database, 'gc', clock.now());
  }

  async function readPacks(signal: AbortSignal): Promise<void> {
    const report = await scrub({ ...deps, pace: createPace(REST, signal), budgetMs: SCRUB_BUDGET_MS });
    metrics.scrubbed.inc({ outcome: 'sound' }, report.checked - report.damaged);
    metrics.scrubbed.inc({ outcome: 'damaged' }, report.damaged);
    await finishJob(database, 'scrub', clock.now());
  }

  /** What other processes found out counts as well. */
  async function publish(): Promise<void> {
    metrics.damagedPacks.set(await countDamaged(database));
    for (const [job, finishedAt] of await readJobs(database)) metrics.lastSuccess.set({ job }, finishedAt / 1000);
  }

  const tasks: Readonly<Record<string, Task>> = {
    expire: async () => {
      await dropExpired(database, clock.now(), clock.now() - DAY_MS);
      await dropOldUploads(database, clock.now() - UPLOADS_MS);
      await dropOldLeases(database, clock.now() - DAY_MS);
    },
    gc: collect,
    unfinished: () => blobs.dropUnfinished(clock.now() - DAY_MS),
    orphans: removeUnnamed,
    scrub: readPacks,
    publish,
  };

  async function runTask(name: string, work: Task, signal: AbortSignal): Promise<void> {
    try {
      await work(signal);
      metrics.janitorRuns.inc({ task: name, outcome: 'ok' });
    } catch (error) {
      if (signal.aborted) return;
      metrics.janitorRuns.inc({ task: name, outcome: 'failed' });
      logger.error('a background job failed', { task: name, ...errorFields(error) });
    }
  }

  async function runOnce(signal: AbortSignal): Promise<boolean> {
    const now = clock.now();
    if (!(await takeLease(database, { name: 'janitor', holder, now, until: now + HOUR_MS }))) return false;
    for (const [name, work] of Object.entries(tasks)) {
      if (signal.aborted) break;
      await runTask(name, work, signal);
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
