/** SQL of the garbage collection: chunks without references, packs without chunks, blobs without packs. */
import type { Knex } from 'knex';
import { parseChunkId, type ChunkId } from '../../core/base/ids.js';
import { batches, bin, hex, type Queries } from './database.js';

export interface VaultOfStore {
  readonly no: number;
  readonly headSeq: number;
}

export async function liveVaults(db: Queries): Promise<readonly VaultOfStore[]> {
  const rows: { no: number; head_seq: number }[] = await db('vaults').where({ status: 1 }).orderBy('no').select('no', 'head_seq');
  return rows.map((row) => ({ no: row.no, headSeq: row.head_seq }));
}

// ---------------------------------------------------------------- chunks

const NO_REFERENCE =
  'NOT EXISTS (SELECT 1 FROM chunk_refs WHERE chunk_refs.vault_no = chunks.vault_no AND chunk_refs.chunk_id = chunks.chunk_id)';

/** The id of the chunk that is `count` further than `after` in the order of ids, or null at the end. */
export async function chunkAhead(db: Queries, vaultNo: number, after: ChunkId | null, count: number): Promise<ChunkId | null> {
  const row: { chunk_id: Buffer } | undefined = await db('chunks')
    .where({ vault_no: vaultNo })
    .where((range) => {
      if (after !== null) void range.where('chunk_id', '>', bin(after));
    })
    .orderBy('chunk_id')
    .offset(count - 1)
    .first('chunk_id');
  return row === undefined ? null : parseChunkId(hex(row.chunk_id));
}

/** Chunks after `after` up to `last` that no revision uses. */
export async function unusedChunks(db: Queries, vaultNo: number, after: ChunkId | null, last: ChunkId | null): Promise<readonly ChunkId[]> {
  const rows: { chunk_id: Buffer }[] = await db('chunks')
    .where({ vault_no: vaultNo })
    .where((range) => {
      if (after !== null) void range.where('chunk_id', '>', bin(after));
      if (last !== null) void range.where('chunk_id', '<=', bin(last));
    })
    .whereRaw(NO_REFERENCE)
    .select('chunk_id');
  return rows.map((row) => parseChunkId(hex(row.chunk_id)));
}

/** Marks those of `chunks` that still are unused and not marked yet. Under the vault's lock. */
export async function markOrphans(trx: Queries, vaultNo: number, chunks: readonly ChunkId[], now: number): Promise<number> {
  let marked = 0;
  for (const batch of batches(chunks)) {
    marked += await trx('chunks')
      .where({ vault_no: vaultNo })
      .whereIn('chunk_id', batch.map(bin))
      .whereNull('orphan_since')
      .whereRaw(NO_REFERENCE)
      .update({ orphan_since: now });
  }
  return marked;
}

/** Deletes those of `chunks` that still are unused and were marked at `markedBefore` or earlier. Under the vault's lock. */
export async function deleteOrphans(
  trx: Queries,
  vaultNo: number,
  chunks: readonly ChunkId[],
  markedBefore: number,
): Promise<{ readonly chunks: number; readonly bytes: number }> {
  let bytes = 0;
  let deleted = 0;
  for (const batch of batches(chunks)) {
    const due = (): Knex.QueryBuilder =>
      trx('chunks')
        .where({ vault_no: vaultNo })
        .whereIn('chunk_id', batch.map(bin))
        .where('orphan_since', '<=', markedBefore)
        .whereRaw(NO_REFERENCE);
    const lengths: { length: number }[] = await due().select('length');
    if (lengths.length > 0) deleted += await due().delete();
    for (const { length } of lengths) bytes += length;
  }
  return { chunks: deleted, bytes };
}

/** Forgets which uploads are complete: an answer given again could speak of chunks that are gone. */
export async function forgetUploads(trx: Queries, vaultNo: number): Promise<void> {
  await trx('uploads').where({ vault_no: vaultNo }).delete();
}

// ---------------------------------------------------------------- packs

export interface PackUse {
  readonly no: number;
  readonly blobKey: string;
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly damaged: boolean;
  readonly chunks: number;
  readonly chunkBytes: number;
}

interface StoredPackUse {
  pack_no: number;
  blob_key: string;
  sha256: Buffer;
  size_bytes: number;
  damaged_at: number | null;
  chunks: number | string;
  chunk_bytes: number | string | null;
}

const PACK_COLUMNS = ['packs.pack_no', 'packs.blob_key', 'packs.sha256', 'packs.size_bytes', 'packs.damaged_at'];

/** The next packs in the order of their numbers, each with what of it is still in use. */
export async function packUses(db: Queries, vaultNo: number, after: number, limit: number): Promise<readonly PackUse[]> {
  const page = db('packs').where({ vault_no: vaultNo }).where('pack_no', '>', after).orderBy('pack_no').limit(limit).select('pack_no');
  const rows: StoredPackUse[] = await db('packs')
    .leftJoin('chunks', (on) => {
      on.on('chunks.vault_no', 'packs.vault_no').andOn('chunks.pack_no', 'packs.pack_no');
    })
    .where({ 'packs.vault_no': vaultNo })
    .whereIn('packs.pack_no', page)
    .groupBy(PACK_COLUMNS)
    .orderBy('packs.pack_no')
    .select(PACK_COLUMNS)
    .count({ chunks: 'chunks.chunk_id' })
    .sum({ chunk_bytes: 'chunks.length' });
  return rows.map((row) => ({
    no: row.pack_no,
    blobKey: row.blob_key,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    damaged: row.damaged_at !== null,
    chunks: Number(row.chunks),
    chunkBytes: Number(row.chunk_bytes ?? 0),
  }));
}

/** Those of `packs` that have no chunk any more are gone; their blobs wait to be removed. Returns the bytes. */
export async function dropEmptyPacks(
  trx: Queries,
  vaultNo: number,
  packs: readonly number[],
  now: number,
): Promise<{ readonly packs: number; readonly bytes: number }> {
  const empty = (): Knex.QueryBuilder =>
    trx('packs')
      .where({ vault_no: vaultNo })
      .whereIn('pack_no', [...packs])
      .whereRaw('NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.vault_no = packs.vault_no AND chunks.pack_no = packs.pack_no)');
  const rows: { blob_key: string; size_bytes: number }[] = await empty().select('blob_key', 'size_bytes');
  if (rows.length > 0) await empty().delete();
  await buryBlobs(trx, rows, now);
  return { packs: rows.length, bytes: rows.reduce((sum, row) => sum + row.size_bytes, 0) };
}

export interface PlacedChunk {
  readonly id: ChunkId;
  readonly packNo: number;
  readonly offset: number;
  readonly length: number;
}

export async function chunksOfPacks(db: Queries, vaultNo: number, packs: readonly number[]): Promise<readonly PlacedChunk[]> {
  const rows: { chunk_id: Buffer; pack_no: number; position: number; length: number }[] = await db('chunks')
    .where({ vault_no: vaultNo })
    .whereIn('pack_no', [...packs])
    .orderBy(['pack_no', 'position'])
    .select('chunk_id', 'pack_no', 'position', 'length');
  return rows.map((row) => ({ id: parseChunkId(hex(row.chunk_id)), packNo: row.pack_no, offset: row.position, length: row.length }));
}

/** Chunks that are there now lie in another pack. */
export async function moveChunks(
  trx: Queries,
  vaultNo: number,
  packNo: number,
  chunks: readonly Pick<PlacedChunk, 'id' | 'offset' | 'length'>[],
): Promise<void> {
  for (const batch of batches(chunks)) {
    const rows = batch.map((chunk) => ({
      vault_no: vaultNo,
      chunk_id: bin(chunk.id),
      pack_no: packNo,
      position: chunk.offset,
      length: chunk.length,
    }));
    await trx('chunks').insert(rows).onConflict(['vault_no', 'chunk_id']).merge(['pack_no', 'position']);
  }
}

// ---------------------------------------------------------------- blobs

/** Blobs whose pack is gone, to be removed later. */
export async function buryBlobs(
  trx: Queries,
  blobs: readonly { readonly blob_key: string; readonly size_bytes: number }[],
  now: number,
): Promise<void> {
  for (const batch of batches(blobs)) {
    await trx('dead_blobs')
      .insert(batch.map(({ blob_key, size_bytes }) => ({ blob_key, size_bytes, dead_at: now })))
      .onConflict('blob_key')
      .ignore();
  }
}

export interface DeadBlob {
  readonly key: string;
  readonly sizeBytes: number;
}

export async function deadBlobs(db: Queries, before: number, limit: number): Promise<readonly DeadBlob[]> {
  const rows: { blob_key: string; size_bytes: number }[] = await db('dead_blobs')
    .where('dead_at', '<=', before)
    .orderBy('dead_at')
    .limit(limit)
    .select('blob_key', 'size_bytes');
  return rows.map((row) => ({ key: row.blob_key, sizeBytes: row.size_bytes }));
}

export async function countDeadBlobs(db: Queries): Promise<{ readonly blobs: number; readonly bytes: number }> {
  const row: { blobs: number | string; bytes: number | string | null } | undefined = await db('dead_blobs').first(
    db.raw('count(*) as blobs'),
    db.raw('sum(size_bytes) as bytes'),
  );
  return { blobs: Number(row?.blobs ?? 0), bytes: Number(row?.bytes ?? 0) };
}

export async function forgetDeadBlobs(db: Queries, keys: readonly string[]): Promise<void> {
  for (const batch of batches(keys))
    await db('dead_blobs')
      .whereIn('blob_key', [...batch])
      .delete();
}
