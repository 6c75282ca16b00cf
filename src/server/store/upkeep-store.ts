/** SQL of the background jobs: leases, what nothing names any more, and vaults that were deleted. */
import type { Queries } from './database.js';
import { buryBlobs } from './sweep-store.js';

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

export async function dropLease(db: Queries, lease: { name: string; holder: string }): Promise<void> {
  await db('leases').where(lease).delete();
}

const BACKUP = 'backup-';

/** Says until when a backup is made by `holder`: no blob is removed meanwhile. */
export async function announceBackup(db: Queries, holder: string, until: number): Promise<void> {
  await db('leases')
    .insert({ name: `${BACKUP}${holder}`, holder, until })
    .onConflict('name')
    .merge(['until']);
}

export async function endBackup(db: Queries, holder: string): Promise<void> {
  await dropLease(db, { name: `${BACKUP}${holder}`, holder });
}

export async function backupIsRunning(db: Queries, now: number): Promise<boolean> {
  const row: unknown = await db('leases').where('name', 'like', `${BACKUP}%`).where('until', '>', now).first('name');
  return row !== undefined;
}

/** Forgets backups that were broken off. */
export async function dropOldLeases(db: Queries, before: number): Promise<void> {
  await db('leases').where('name', 'like', `${BACKUP}%`).where('until', '<', before).delete();
}

// ---------------------------------------------------------------- jobs

/** When each kind of work was last done to its end, by name. */
export async function readJobs(db: Queries): Promise<ReadonlyMap<string, number>> {
  const rows: { name: string; finished_at: number }[] = await db('jobs').select('name', 'finished_at');
  return new Map(rows.map((row) => [row.name, row.finished_at]));
}

export async function finishJob(db: Queries, name: string, now: number): Promise<void> {
  await db('jobs').insert({ name, finished_at: now }).onConflict('name').merge(['finished_at']);
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
  ['token_vault_keys', 'token_id'],
  ['positions', 'device_id'],
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

const PURGE_PACKS = 200;

/** Drops some packs of a deleted vault that has no chunks any more; their blobs wait to be removed. False when none was left. */
export async function purgeSomePacks(trx: Queries, vaultNo: number, now: number): Promise<boolean> {
  // As with every transaction that writes: its first statement takes the lock.
  await trx('vaults')
    .where({ no: vaultNo })
    .update({ lock_count: trx.raw('lock_count + 1') });
  const rows: { pack_no: number; blob_key: string; size_bytes: number }[] = await trx('packs')
    .where({ vault_no: vaultNo })
    .limit(PURGE_PACKS)
    .select('pack_no', 'blob_key', 'size_bytes');
  await trx('packs')
    .where({ vault_no: vaultNo })
    .whereIn(
      'pack_no',
      rows.map((row) => row.pack_no),
    )
    .delete();
  await buryBlobs(trx, rows, now);
  return rows.length > 0;
}

export async function deleteVaultRow(db: Queries, vaultNo: number): Promise<void> {
  await db('vaults').where({ no: vaultNo, status: 0 }).delete();
}
