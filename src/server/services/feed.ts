/**
 * The feed of a vault: whole commits in order, each with those of its records that no later commit
 * replaced. A reader that follows it loses nothing: a seq is handed out under the vault's lock, so
 * whoever has seen one has everything before it.
 */
import { FsyncError } from '../../core/base/errors.js';
import { parseNodeId, type VaultId } from '../../core/base/ids.js';
import { HTTP_LIMITS, type FeedPageBody } from '../../core/protocol/http.js';
import type { Notice } from '../ports.js';
import { hex } from '../store/database.js';
import { nextCommitSizes, readCommits, readCurrentRecords } from '../store/log-store.js';
import type { VaultRow } from '../store/vault-store.js';
import type { ServiceContext } from './service-context.js';
import { requireVault, type VaultCaller } from './vault-access.js';

/** A page ends with the commit that passes this; base64url makes it a third more on the wire. */
const PAGE_BYTES = 3 * 1024 * 1024;

export interface ChangesQuery {
  readonly vault: VaultId;
  readonly since: number;
  readonly limit: number | null;
  readonly waitMs: number;
  readonly historyId: string | null;
}

export interface Feed {
  /** Waits for news if asked to. Throws not_found, history_changed. */
  changes(caller: VaultCaller, query: ChangesQuery, signal: AbortSignal): Promise<FeedPageBody>;
  pageOf(vault: VaultRow, since: number, limit?: number): Promise<FeedPageBody>;
}

type FeedRecord = FeedPageBody['commits'][number]['records'][number];

interface HeadWaiter {
  /** Resolves at the next notice about the vault, at the deadline or when aborted. */
  readonly done: Promise<void>;
  cancel(): void;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64url');
}

export function createFeed(deps: ServiceContext & { readonly shutdown: AbortSignal }): Feed {
  const { database, bus, metrics } = deps;

  async function readRange(vaultNo: number, from: number, to: number): Promise<FeedPageBody['commits']> {
    const commits = await readCommits(database, vaultNo, { from, to });
    const records = new Map<number, FeedRecord[]>(commits.map((commit) => [commit.seq, []]));
    for (const row of await readCurrentRecords(database, vaultNo, { from, to })) {
      records.get(row.seq)?.push({ node: parseNodeId(hex(row.node)), rev: row.rev, bytes: base64(row.record) });
    }
    return commits.map((commit) => ({ signed: base64(commit.signed), at: commit.at, records: records.get(commit.seq) ?? [] }));
  }

  async function pageOf(vault: VaultRow, since: number, limit: number = HTTP_LIMITS.pageRows): Promise<FeedPageBody> {
    const { historyId, head } = vault;
    const sizes = head.seq <= since ? [] : await nextCommitSizes(database, vault.no, since, limit);
    let bytes = 0;
    let last = since;
    for (const commit of sizes) {
      if (last > since && bytes + commit.bytes > PAGE_BYTES) break;
      bytes += commit.bytes;
      last = commit.seq;
    }
    const commits = last === since ? [] : await readRange(vault.no, since + 1, last);
    return { historyId, head, commits, more: last < head.seq && commits.length > 0 };
  }

  function waitForHead(vault: VaultId, waitMs: number, signal: AbortSignal): HeadWaiter {
    let finish: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const stops = AbortSignal.any([signal, deps.shutdown]);
    const timer = setTimeout(finish, waitMs);
    const unsubscribe = bus.subscribe((notice: Notice) => {
      if (notice.type !== 'session-ended' && notice.vault === vault) finish();
    });
    stops.addEventListener('abort', finish, { once: true });
    if (stops.aborted) finish();
    return {
      done,
      cancel: () => {
        clearTimeout(timer);
        unsubscribe();
        stops.removeEventListener('abort', finish);
      },
    };
  }

  async function read(caller: VaultCaller, query: ChangesQuery): Promise<FeedPageBody> {
    const vault = await requireVault(database, caller, query.vault, 'reader');
    if (query.historyId !== null && query.historyId !== vault.historyId) {
      throw new FsyncError('history_changed', 'the history of the vault is another one: the server was restored', {
        details: { historyId: vault.historyId },
      });
    }
    return pageOf(vault, query.since, query.limit ?? undefined);
  }

  return {
    pageOf,
    async changes(caller, query, signal) {
      if (query.waitMs === 0) return read(caller, query);
      // Listening starts before reading, so that a commit in between is not missed.
      const waiter = waitForHead(query.vault, query.waitMs, signal);
      metrics.longPolls.inc();
      try {
        const page = await read(caller, query);
        if (page.commits.length > 0) return page;
        await waiter.done;
      } finally {
        waiter.cancel();
        metrics.longPolls.dec();
      }
      return read(caller, query);
    },
  };
}
