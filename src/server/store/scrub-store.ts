/** SQL of the checks of stored packs: which were looked at when, and which are damaged. */
import type { Queries } from './database.js';

export interface StoredPack {
  readonly vaultNo: number;
  readonly no: number;
  readonly blobKey: string;
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly damaged: boolean;
}

interface StoredPackRow {
  vault_no: number;
  pack_no: number;
  blob_key: string;
  sha256: Buffer;
  size_bytes: number;
  damaged_at: number | null;
}

const COLUMNS = ['vault_no', 'pack_no', 'blob_key', 'sha256', 'size_bytes', 'damaged_at'];

const storedPack = (row: StoredPackRow): StoredPack => ({
  vaultNo: row.vault_no,
  no: row.pack_no,
  blobKey: row.blob_key,
  sha256: row.sha256,
  sizeBytes: row.size_bytes,
  damaged: row.damaged_at !== null,
});

/** Packs that were last found sound, or stored, before `before`; the longest ago first. */
export async function packsToCheck(db: Queries, before: number, limit: number): Promise<readonly StoredPack[]> {
  const rows: StoredPackRow[] = await db('packs')
    .whereRaw('coalesce(checked_at, created_at) < ?', [before])
    .orderByRaw('coalesce(checked_at, created_at)')
    .limit(limit)
    .select(COLUMNS);
  return rows.map(storedPack);
}

/** Packs in the order of vault and number, after one of them. */
export async function nextPacks(
  db: Queries,
  after: { readonly vaultNo: number; readonly no: number },
  limit: number,
): Promise<readonly StoredPack[]> {
  const rows: StoredPackRow[] = await db('packs')
    .where((beyond) => {
      void beyond.where('vault_no', '>', after.vaultNo).orWhere((same) => {
        void same.where('vault_no', after.vaultNo).where('pack_no', '>', after.no);
      });
    })
    .orderBy(['vault_no', 'pack_no'])
    .limit(limit)
    .select(COLUMNS);
  return rows.map(storedPack);
}

/** Says that all bytes were looked at. A pack that was damaged and is sound again is no longer so. */
export async function markChecked(
  db: Queries,
  pack: StoredPack,
  found: { readonly sound: boolean; readonly now: number },
): Promise<boolean> {
  const which = { vault_no: pack.vaultNo, pack_no: pack.no };
  const change = { checked_at: found.now, ...(found.sound ? { damaged_at: null } : {}) };
  const updated = await db('packs').where(which).update(change);
  if (!found.sound) await markDamaged(db, pack.vaultNo, [pack.no], found.now);
  return updated > 0;
}

export async function markDamaged(db: Queries, vaultNo: number, packs: readonly number[], now: number): Promise<void> {
  await db('packs')
    .where({ vault_no: vaultNo })
    .whereIn('pack_no', [...packs])
    .whereNull('damaged_at')
    .update({ damaged_at: now });
}

export async function countDamaged(db: Queries): Promise<number> {
  const row: { packs: number | string } | undefined = await db('packs').whereNotNull('damaged_at').first(db.raw('count(*) as packs'));
  return Number(row?.packs ?? 0);
}
