/** How the server is: alive, ready, and what of it works. */
import type { BlobStore, NoticeBus } from '../ports.js';
import type { Database } from '../store/database.js';
import { countDamaged } from '../store/scrub-store.js';
import { pendingMigrations } from '../store/schema.js';

export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'draining';
  readonly checks: Readonly<Record<string, 'ok' | 'failed' | 'unused'>>;
}

export interface Health {
  report(): Promise<HealthReport>;
  /** From now on the server is not ready: a balancer sends nobody new. */
  drain(): void;
}

const CHECK_MS = 3_000;
const REUSE_MS = 1_000;

async function outcome(check: Promise<unknown>): Promise<'ok' | 'failed'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'failed'>((resolve) => {
    timer = setTimeout(() => resolve('failed'), CHECK_MS);
  });
  const done = check.then(
    () => 'ok' as const,
    () => 'failed' as const,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function schemaIsCurrent(database: Database): Promise<void> {
  const pending = await pendingMigrations(database);
  if (pending.length > 0) throw new Error('migrations are pending');
}

async function noPackIsDamaged(database: Database): Promise<void> {
  if ((await countDamaged(database)) > 0) throw new Error('stored packs are damaged');
}

type Outcome = 'ok' | 'failed';
type Looks = Promise<[database: Outcome, blobs: Outcome, packs: Outcome]>;

export function createHealth(deps: { readonly database: Database; readonly blobs: BlobStore; readonly bus: NoticeBus }): Health {
  let draining = false;
  let latest: { readonly at: number; readonly checks: Looks } | null = null;

  /** Anyone may ask, so the disk and the database are looked at once a second at most. */
  function look(): Looks {
    const at = performance.now();
    if (latest === null || at - latest.at > REUSE_MS) {
      const { database, blobs } = deps;
      const looks = [schemaIsCurrent(database), blobs.check(), noPackIsDamaged(database)] as const;
      latest = { at, checks: Promise.all([outcome(looks[0]), outcome(looks[1]), outcome(looks[2])]) };
    }
    return latest.checks;
  }

  return {
    drain() {
      draining = true;
    },
    async report() {
      const [schema, blobs, packs] = await look();
      const bus = deps.bus.shared ? (deps.bus.connected ? 'ok' : 'failed') : 'unused';
      const failed = [schema, blobs, packs, bus].includes('failed');
      return { status: draining ? 'draining' : failed ? 'degraded' : 'ok', checks: { database: schema, blobs, packs, bus } };
    },
  };
}
