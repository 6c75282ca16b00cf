/** SQL of the background jobs: leases, what nothing names any more, and vaults that were deleted. */
import type { Queries } from './database.js';

/** Takes the lease if it is free, run out, or held by the same holder already. */
export async function takeLease(db: Queries, lease: { name: string; holder: string; now: number; until: number }): Promise<boolean> {
  const { name, holder, now, until } = lease;
  await db('leases').insert({ name, holder, until: 0 }).onConflict('name').ignore();
  const taken = await db('leases')
    .where({ name })
    .where((either) => {
      void either.where({ holder }).orWhere('until', '<', now);
    })
    .update({ holder, until });
  return taken > 0;
}

/** The id of this database; `mine` becomes it when there is none. */
export async function instanceId(db: Queries, mine: string): Promise<string> {
  const row: { id: string } | undefined = await db('instance').first('id');
  if (row !== undefined) return row.id;
  await db('instance').insert({ id: mine }).onConflict('id').ignore();
  return mine;
}

/** Those of `keys` that a pack names. */
export async function namedBlobs(db: Queries, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const rows: { blob_key: string }[] = await db('packs')
    .whereIn('blob_key', [...keys])
    .select('blob_key');
  return new Set(rows.map((row) => row.blob_key));
}

export async function dropOldUploads(db: Queries, before: number): Promise<void> {
  await db('uploads').where('created_at', '<', before).delete();
}

export async function deletedVaults(db: Queries): Promise<readonly number[]> {
  const rows: { no: number }[] = await db('vaults').where({ status: 0 }).select('no');
  return rows.map((row) => row.no);
}

/** Rows of a vault in the order in which foreign keys let them go, each with the column to cut batches by. */
const PURGE_ORDER = [
  ['chunk_refs', 'node_id'],
  ['chunks', 'chunk_id'],
  ['nodes', 'node_id'],
  ['revisions', 'seq'],
  ['commits', 'seq'],
  ['uploads', 'id'],
  ['vault_keys', 'account_id'],
  ['members', 'account_id'],
] as const;

const PURGE_KEYS = 200;

/** Deletes some rows of a deleted vault; false when only packs and the vault itself are left. */
export async function purgeSomeRows(db: Queries, vaultNo: number): Promise<boolean> {
  for (const [table, column] of PURGE_ORDER) {
    const deleted = await db(table)
      .where({ vault_no: vaultNo })
      .whereIn(column, db(table).where({ vault_no: vaultNo }).distinct(column).limit(PURGE_KEYS))
      .delete();
    if (deleted > 0) return true;
  }
  return false;
}

export async function somePacks(
  db: Queries,
  vaultNo: number,
  limit: number,
): Promise<readonly { readonly no: number; readonly blobKey: string }[]> {
  const rows: { pack_no: number; blob_key: string }[] = await db('packs')
    .where({ vault_no: vaultNo })
    .limit(limit)
    .select('pack_no', 'blob_key');
  return rows.map((row) => ({ no: row.pack_no, blobKey: row.blob_key }));
}

export async function deletePacks(db: Queries, vaultNo: number, packs: readonly number[]): Promise<void> {
  await db('packs')
    .where({ vault_no: vaultNo })
    .whereIn('pack_no', [...packs])
    .delete();
}

export async function deleteVaultRow(db: Queries, vaultNo: number): Promise<void> {
  await db('vaults').where({ no: vaultNo, status: 0 }).delete();
}
