/** Packs, where each chunk lies in them, and which revisions of which node use a chunk. */
import { parseChunkId, type ChunkId, type NodeId, type UploadId } from '../../core/base/ids.js';
import { batches, bin, hex, type Queries } from './database.js';
import { insertRows, selectByKeys } from './rows.js';

export interface ChunkPlace {
  readonly id: ChunkId;
  readonly blobKey: string;
  readonly offset: number;
  readonly length: number;
}

export interface UploadRow {
  readonly sha256: Buffer;
  readonly chunks: number;
  readonly duplicates: number;
}

export interface HeldChunks {
  /** Lengths of those that the vault holds, by id. */
  readonly lengths: ReadonlyMap<ChunkId, number>;
  /** Those of them that wait to be removed because nothing referred to them. */
  readonly orphans: readonly ChunkId[];
}

/** Which of `chunks` the vault holds. */
export async function readHeldChunks(db: Queries, vaultNo: number, chunks: readonly ChunkId[]): Promise<HeldChunks> {
  const rows = await selectByKeys<ChunkId, { chunk_id: Buffer; length: number; orphan_since: number | null }>(chunks, (batch) =>
    db('chunks').where({ vault_no: vaultNo }).whereIn('chunk_id', batch.map(bin)).select('chunk_id', 'length', 'orphan_since'),
  );
  const held = rows.map((row) => ({ id: parseChunkId(hex(row.chunk_id)), length: row.length, orphan: row.orphan_since !== null }));
  return {
    lengths: new Map(held.map(({ id, length }) => [id, length])),
    orphans: held.filter(({ orphan }) => orphan).map(({ id }) => id),
  };
}

/** Someone means to refer to these chunks: the time after which they are removed begins anew. */
export async function reviveChunks(trx: Queries, vaultNo: number, chunks: readonly ChunkId[]): Promise<void> {
  for (const batch of batches(chunks)) {
    await trx('chunks').where({ vault_no: vaultNo }).whereIn('chunk_id', batch.map(bin)).update({ orphan_since: null });
  }
}

export async function locateChunks(db: Queries, vaultNo: number, chunks: readonly ChunkId[]): Promise<readonly ChunkPlace[]> {
  const rows = await selectByKeys<ChunkId, { chunk_id: Buffer; blob_key: string; position: number; length: number }>(chunks, (batch) =>
    db('chunks')
      .join('packs', (on) => {
        on.on('packs.vault_no', 'chunks.vault_no').andOn('packs.pack_no', 'chunks.pack_no');
      })
      .where({ 'chunks.vault_no': vaultNo })
      .whereIn('chunks.chunk_id', batch.map(bin))
      .select('chunks.chunk_id', 'packs.blob_key', 'chunks.position', 'chunks.length'),
  );
  return rows.map((row) => ({
    id: parseChunkId(hex(row.chunk_id)),
    blobKey: row.blob_key,
    offset: row.position,
    length: row.length,
  }));
}

// ---------------------------------------------------------------- packs

export async function findUpload(db: Queries, vaultNo: number, upload: UploadId): Promise<UploadRow | null> {
  const row: UploadRow | undefined = await db('uploads')
    .where({ vault_no: vaultNo, id: bin(upload) })
    .first('sha256', 'chunks', 'duplicates');
  return row ?? null;
}

export async function insertUpload(
  trx: Queries,
  vaultNo: number,
  upload: UploadRow & { readonly id: UploadId; readonly now: number },
): Promise<void> {
  await trx('uploads').insert({
    vault_no: vaultNo,
    id: bin(upload.id),
    sha256: upload.sha256,
    chunks: upload.chunks,
    duplicates: upload.duplicates,
    created_at: upload.now,
  });
}

export async function insertPack(
  trx: Queries,
  vaultNo: number,
  pack: { no: number; blobKey: string; sha256: Buffer; sizeBytes: number; now: number },
): Promise<void> {
  await trx('packs').insert({
    vault_no: vaultNo,
    pack_no: pack.no,
    blob_key: pack.blobKey,
    sha256: pack.sha256,
    size_bytes: pack.sizeBytes,
    created_at: pack.now,
  });
}

export async function insertChunks(
  trx: Queries,
  vaultNo: number,
  packNo: number,
  chunks: readonly { readonly id: ChunkId; readonly offset: number; readonly length: number }[],
): Promise<void> {
  await insertRows(
    trx,
    'chunks',
    chunks.map((chunk) => ({ vault_no: vaultNo, chunk_id: bin(chunk.id), pack_no: packNo, position: chunk.offset, length: chunk.length })),
  );
}

// ---------------------------------------------------------------- references

/** The chunks that the newest revision of each node uses. */
export async function readOpenRefs(
  db: Queries,
  vaultNo: number,
  nodes: readonly NodeId[],
): Promise<ReadonlyMap<string, ReadonlySet<ChunkId>>> {
  const rows = await selectByKeys<NodeId, { chunk_id: Buffer; node_id: Buffer }>(nodes, (batch) =>
    db('chunk_refs').where({ vault_no: vaultNo }).whereIn('node_id', batch.map(bin)).whereNull('to_rev').select('chunk_id', 'node_id'),
  );
  const refs = new Map<string, Set<ChunkId>>();
  for (const row of rows) {
    const node = hex(row.node_id);
    const chunks = refs.get(node) ?? new Set<ChunkId>();
    chunks.add(parseChunkId(hex(row.chunk_id)));
    refs.set(node, chunks);
  }
  return refs;
}

export interface ChunkUse {
  readonly node: NodeId;
  readonly chunk: ChunkId;
  readonly rev: number;
}

/** From revision `rev` on, the node uses the chunk. */
export async function openRefs(trx: Queries, vaultNo: number, uses: readonly ChunkUse[]): Promise<void> {
  await insertRows(
    trx,
    'chunk_refs',
    uses.map((use) => ({ vault_no: vaultNo, chunk_id: bin(use.chunk), node_id: bin(use.node), from_rev: use.rev, to_rev: null })),
  );
}

/** From revision `rev` on, the node no longer uses the chunk. One statement per batch of equal revision. */
export async function closeRefs(trx: Queries, vaultNo: number, uses: readonly ChunkUse[]): Promise<void> {
  const byRev = new Map<number, ChunkUse[]>();
  for (const use of uses) {
    const closing = byRev.get(use.rev);
    if (closing === undefined) byRev.set(use.rev, [use]);
    else closing.push(use);
  }
  for (const [rev, closing] of byRev) {
    for (const batch of batches(closing)) {
      await trx('chunk_refs')
        .where({ vault_no: vaultNo })
        .whereNull('to_rev')
        .whereIn(
          ['chunk_id', 'node_id'],
          batch.map((use) => [bin(use.chunk), bin(use.node)]),
        )
        .update({ to_rev: rev });
    }
  }
}
