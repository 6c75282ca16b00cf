/** Lists of live nodes, and the revisions of one. */
import { FsyncError } from '../../core/base/errors.js';
import type { NodeId, VaultId } from '../../core/base/ids.js';
import { batches } from '../store/database.js';
import { listLiveNodes, listNodesOfCommit, listRevisions, readRecords } from '../store/log-store.js';
import type { ServiceContext } from './service-context.js';
import { requireVault, type VaultCaller } from './vault-access.js';

/** The newest revisions are answered, at most this many. */
const REVISIONS = 1_000;
/** A reply with records ends after the batch that passes this. */
const REPLY_BYTES = 3 * 1024 * 1024;
/** The largest record has 4 MiB: this many are in memory at once. */
const RECORDS_BATCH = 25;

export interface ListedNode {
  readonly node: NodeId;
  readonly rev: number;
  readonly seq: number;
  readonly sizeBytes: number;
}

export interface NodeRevision {
  readonly node: NodeId;
  readonly rev: number;
}

export interface NodeHistory {
  /** Pages end with a whole commit, so that `after` is enough to go on. */
  list(
    caller: VaultCaller,
    vault: VaultId,
    page: { readonly after: number; readonly limit: number },
  ): Promise<{ readonly nodes: readonly ListedNode[]; readonly more: boolean }>;
  /** Sealed records in the order they are asked for; `answered` says how many fitted into the reply. */
  records(
    caller: VaultCaller,
    vault: VaultId,
    revisions: readonly NodeRevision[],
  ): Promise<{ readonly records: readonly (NodeRevision & { readonly bytes: string })[]; readonly answered: number }>;
  /** Newest first. Throws not_found for a node that never was. */
  revisions(
    caller: VaultCaller,
    vault: VaultId,
    node: NodeId,
  ): Promise<readonly { readonly rev: number; readonly seq: number; readonly at: number; readonly bytes: string }[]>;
}

export function createNodeHistory({ database }: ServiceContext): NodeHistory {
  return {
    async list(caller, vault, { after, limit }) {
      const { no } = await requireVault(database, caller, vault, 'reader');
      const rows = await listLiveNodes(database, no, { after, limit: limit + 1 });
      if (rows.length <= limit) return { nodes: rows, more: false };
      const last = rows.at(-1)?.seq ?? after;
      const whole = rows.filter((row) => row.seq < last);
      if (whole.length > 0) return { nodes: whole, more: true };
      // One commit alone is longer than the page: it is answered as a whole.
      return { nodes: await listNodesOfCommit(database, no, last), more: true };
    },

    async records(caller, vault, revisions) {
      const { no } = await requireVault(database, caller, vault, 'reader');
      const records: (NodeRevision & { bytes: string })[] = [];
      let bytes = 0;
      let answered = 0;
      for (const batch of batches(revisions, RECORDS_BATCH)) {
        const found = new Map((await readRecords(database, no, batch)).map((row) => [`${row.node} ${String(row.rev)}`, row.record]));
        for (const { node, rev } of batch) {
          const record = found.get(`${node} ${String(rev)}`);
          if (record === undefined) continue;
          bytes += record.length;
          records.push({ node, rev, bytes: record.toString('base64url') });
        }
        answered += batch.length;
        if (bytes >= REPLY_BYTES) break;
      }
      return { records, answered };
    },

    async revisions(caller, vault, node) {
      const { no } = await requireVault(database, caller, vault, 'reader');
      const rows = await listRevisions(database, no, node, REVISIONS);
      if (rows.length === 0) throw new FsyncError('not_found', 'no such node');
      return rows.map(({ rev, seq, at, record }) => ({ rev, seq, at, bytes: record.toString('base64url') }));
    },
  };
}
