/**
 * SQL of the retention: versions that were replaced long ago, and the references that only they had.
 * Up to a commit S each node keeps its newest revision and everything after S: what was current at
 * the time of S, or later, can still be read.
 */
import type { Knex } from 'knex';
import type { Queries } from './database.js';

const BATCH_REVISIONS = 500;

/**
 * The last commit of which everything up to it is older than `before`; 0 when there is none. Only
 * commits after `from` are looked at.
 */
export async function lastCommitBefore(
  db: Queries,
  vault: { readonly no: number; readonly from: number; readonly head: number; readonly before: number },
): Promise<number> {
  const younger: { seq: number } | undefined = await db('commits')
    .where({ vault_no: vault.no })
    .where('seq', '>', vault.from)
    .where('created_at', '>=', vault.before)
    .orderBy('seq')
    .first('seq');
  return younger === undefined ? vault.head : younger.seq - 1;
}

/** The end of a piece of the log from `from` to at most `to` that has few revisions, or is one commit. */
export async function endOfBatch(db: Queries, vaultNo: number, from: number, to: number): Promise<number> {
  const row: { seq: number } | undefined = await db('revisions')
    .where({ vault_no: vaultNo })
    .whereBetween('seq', [from, to])
    .orderBy('seq')
    .offset(BATCH_REVISIONS)
    .first('seq');
  return row === undefined ? to : Math.max(from, row.seq - 1);
}

/** Newest revision up to commit `upTo` of the node of the row in `table`. */
const newestOf = (table: string): string =>
  `(SELECT max(newer.rev) FROM revisions newer WHERE newer.vault_no = ${table}.vault_no AND newer.node_id = ${table}.node_id AND newer.seq <= ?)`;

/** Drops revisions up to `upTo` of the nodes that changed in commits `from` to `upTo`, except the newest of each. Returns how many. */
export async function dropReplaced(
  trx: Queries,
  vaultNo: number,
  { from, upTo }: { readonly from: number; readonly upTo: number },
): Promise<number> {
  const touched = (): Knex.QueryBuilder =>
    trx('revisions').where({ vault_no: vaultNo }).whereBetween('seq', [from, upTo]).distinct('node_id');
  await trx('chunk_refs')
    .where({ vault_no: vaultNo })
    .whereIn('node_id', touched())
    .whereNotNull('to_rev')
    .whereRaw(`to_rev <= ${newestOf('chunk_refs')}`, [upTo])
    .delete();
  const dropped = await trx('revisions')
    .where({ vault_no: vaultNo })
    .where('seq', '<=', upTo)
    .whereIn('node_id', touched())
    .whereRaw(`rev < ${newestOf('revisions')}`, [upTo])
    .delete();
  await trx('vaults').where({ no: vaultNo }).update({ pruned_seq: upTo });
  return dropped;
}

export async function readPrunedSeq(db: Queries, vaultNo: number): Promise<number> {
  const row: { pruned_seq: number } | undefined = await db('vaults').where({ no: vaultNo }).first('pruned_seq');
  return row?.pruned_seq ?? 0;
}

// ---------------------------------------------------------------- what would be dropped

export async function countReplaced(db: Queries, vaultNo: number, upTo: number): Promise<number> {
  const row: { revisions: number | string } | undefined = await db('revisions')
    .where({ vault_no: vaultNo })
    .where('seq', '<=', upTo)
    .whereRaw(`rev < ${newestOf('revisions')}`, [upTo])
    .first(db.raw('count(*) as revisions'));
  return Number(row?.revisions ?? 0);
}

/** PostgreSQL gives sums and counts as text. */
type Sum = number | string;

export interface UnusedChunks {
  readonly packNo: number;
  readonly chunks: number;
  readonly bytes: number;
  /** Of these, the ones that have waited long enough. */
  readonly dueChunks: number;
  readonly dueBytes: number;
}

/** Chunks by pack that no revision would use once the replaced ones up to `upTo` are gone. */
export async function countUnused(
  db: Queries,
  vaultNo: number,
  { upTo, orphanedBefore }: { readonly upTo: number; readonly orphanedBefore: number },
): Promise<readonly UnusedChunks[]> {
  const due = 'coalesce(orphan_since, ?) <= ?';
  const never = Number.MAX_SAFE_INTEGER;
  const binding = [never, orphanedBefore];
  const rows: { pack_no: number; chunks: Sum; bytes: Sum; due_chunks: Sum; due_bytes: Sum }[] = await db('chunks')
    .where({ vault_no: vaultNo })
    .whereRaw(
      `NOT EXISTS (SELECT 1 FROM chunk_refs WHERE chunk_refs.vault_no = chunks.vault_no AND chunk_refs.chunk_id = chunks.chunk_id
        AND NOT (chunk_refs.to_rev IS NOT NULL AND chunk_refs.to_rev <= coalesce(${newestOf('chunk_refs')}, 0)))`,
      [upTo],
    )
    .groupBy('pack_no')
    .select('pack_no')
    .count({ chunks: '*' })
    .sum({ bytes: 'length' })
    .select(db.raw(`sum(CASE WHEN ${due} THEN 1 ELSE 0 END) as due_chunks`, binding))
    .select(db.raw(`sum(CASE WHEN ${due} THEN length ELSE 0 END) as due_bytes`, binding));
  return rows.map((row) => ({
    packNo: row.pack_no,
    chunks: Number(row.chunks),
    bytes: Number(row.bytes),
    dueChunks: Number(row.due_chunks),
    dueBytes: Number(row.due_bytes),
  }));
}
