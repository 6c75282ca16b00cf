/** SQL of the inspection: everything about one vault, in pages, and the sums that must be right. */
import { parseNodeId, parseRecordDigest, type NodeId, type RecordDigest } from '../../core/base/ids.js';
import { bin, hex, type Queries } from './database.js';
import type { StoredPack } from './scrub-store.js';
import { nextPacks } from './scrub-store.js';

export interface InspectedVault {
  readonly no: number;
  readonly id: string;
  readonly owner: string;
  readonly headSeq: number;
  readonly headHash: string;
  readonly usedBytes: number;
}

export async function vaultsToInspect(db: Queries): Promise<readonly InspectedVault[]> {
  const rows: { no: number; id: Buffer; user: string; head_seq: number; head_hash: Buffer; used_bytes: number }[] = await db('vaults')
    .join('accounts', 'accounts.id', 'vaults.owner_id')
    .where({ status: 1 })
    .orderBy('vaults.no')
    .select('vaults.no', 'vaults.id', 'accounts.user', 'head_seq', 'head_hash', 'used_bytes');
  return rows.map((row) => ({
    no: row.no,
    id: hex(row.id),
    owner: row.user,
    headSeq: row.head_seq,
    headHash: hex(row.head_hash),
    usedBytes: row.used_bytes,
  }));
}

export interface CommitRow {
  readonly seq: number;
  readonly hash: string;
  readonly signed: Buffer;
  readonly signedBytes: number;
}

export async function commitsAfter(db: Queries, vaultNo: number, seq: number, limit: number): Promise<readonly CommitRow[]> {
  const rows: { seq: number; hash: Buffer; signed: Buffer; signed_bytes: number }[] = await db('commits')
    .where({ vault_no: vaultNo })
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .select('seq', 'hash', 'signed', 'signed_bytes');
  return rows.map((row) => ({ seq: row.seq, hash: hex(row.hash), signed: row.signed, signedBytes: row.signed_bytes }));
}

export interface CurrentNode {
  readonly node: NodeId;
  readonly rev: number;
  readonly seq: number;
  readonly digest: RecordDigest;
  readonly recordBytes: number;
  readonly sizeBytes: number;
  /** Null when the record of the newest revision is missing. */
  readonly record: Buffer | null;
  /** Of the chunks that the newest revision uses. */
  readonly chunkBytes: number;
}

interface StoredCurrentNode {
  node_id: Buffer;
  rev: number;
  seq: number;
  digest: Buffer;
  record_bytes: number;
  size_bytes: number;
  record: Buffer | null;
  chunk_bytes: number | string;
}

const CHUNK_BYTES = `(SELECT coalesce(sum(chunks.length), 0) FROM chunk_refs
  JOIN chunks ON chunks.vault_no = chunk_refs.vault_no AND chunks.chunk_id = chunk_refs.chunk_id
  WHERE chunk_refs.vault_no = nodes.vault_no AND chunk_refs.node_id = nodes.node_id AND chunk_refs.to_rev IS NULL) as chunk_bytes`;

/** Nodes in the order of their ids, each with the record of its newest revision. */
export async function nodesAfter(db: Queries, vaultNo: number, node: NodeId | null, limit: number): Promise<readonly CurrentNode[]> {
  const rows: StoredCurrentNode[] = await db('nodes')
    .leftJoin('revisions', (on) => {
      on.on('revisions.vault_no', 'nodes.vault_no').andOn('revisions.seq', 'nodes.seq').andOn('revisions.node_id', 'nodes.node_id');
    })
    .where({ 'nodes.vault_no': vaultNo })
    .where((beyond) => {
      if (node !== null) void beyond.where('nodes.node_id', '>', bin(node));
    })
    .orderBy('nodes.node_id')
    .limit(limit)
    .select('nodes.node_id', 'nodes.rev', 'nodes.seq', 'nodes.digest', 'nodes.record_bytes', 'nodes.size_bytes', 'revisions.record')
    .select(db.raw(CHUNK_BYTES));
  return rows.map((row) => ({
    node: parseNodeId(hex(row.node_id)),
    rev: row.rev,
    seq: row.seq,
    digest: parseRecordDigest(hex(row.digest)),
    recordBytes: row.record_bytes,
    sizeBytes: row.size_bytes,
    record: row.record,
    chunkBytes: Number(row.chunk_bytes),
  }));
}

export interface StorageSums {
  readonly chunks: number;
  readonly packBytes: number;
  /** References to chunks that are not there. */
  readonly dangling: number;
  /** Chunks that do not lie within a pack that is there. */
  readonly misplaced: number;
}

async function count(query: PromiseLike<unknown>): Promise<number> {
  const row = await query;
  return typeof row === 'object' && row !== null && 'n' in row ? Number(row.n) : 0;
}

export async function storageSums(db: Queries, vaultNo: number): Promise<StorageSums> {
  const which = { vault_no: vaultNo };
  const n = db.raw('count(*) as n');
  return {
    chunks: await count(db('chunks').where(which).first(n)),
    packBytes: await count(db('packs').where(which).first(db.raw('coalesce(sum(size_bytes), 0) as n'))),
    dangling: await count(
      db('chunk_refs')
        .where(which)
        .whereRaw('NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.vault_no = chunk_refs.vault_no AND chunks.chunk_id = chunk_refs.chunk_id)')
        .first(n),
    ),
    misplaced: await count(
      db('chunks')
        .where(which)
        .whereRaw(
          `NOT EXISTS (SELECT 1 FROM packs WHERE packs.vault_no = chunks.vault_no AND packs.pack_no = chunks.pack_no
            AND chunks.position >= 0 AND chunks.length > 0 AND chunks.position + chunks.length <= packs.size_bytes)`,
        )
        .first(n),
    ),
  };
}

/** All packs of a vault. */
export async function packsOf(db: Queries, vaultNo: number): Promise<readonly StoredPack[]> {
  const packs: StoredPack[] = [];
  for (let after = 0; ;) {
    const page = (await nextPacks(db, { vaultNo, no: after }, 1_000)).filter((pack) => pack.vaultNo === vaultNo);
    const last = page.at(-1);
    if (last === undefined) return packs;
    packs.push(...page);
    after = last.no;
  }
}

/** True while the pack is where it was: the garbage collection may have removed it meanwhile. */
export async function packIsThere(db: Queries, pack: StoredPack): Promise<boolean> {
  const row: unknown = await db('packs').where({ vault_no: pack.vaultNo, pack_no: pack.no, blob_key: pack.blobKey }).first('pack_no');
  return row !== undefined;
}
