/** SQL of a restore: what is different in a database that came back from a backup. */
import type { Queries } from './database.js';
import { RESTORED_HASH } from './session-store.js';

const SESSION_MS = 30 * 86_400_000;

export async function readInstance(db: Queries): Promise<string | null> {
  const row: { id: string } | undefined = await db('instance').first('id');
  return row?.id ?? null;
}

/** True when somebody has used the database. */
export async function holdsData(db: Queries): Promise<boolean> {
  const row: unknown = await db('accounts').first('id');
  return row !== undefined;
}

/**
 * Another instance with other histories: clients notice that it went back. Sessions go on with
 * whatever token their device holds by now, signed by its key.
 */
export async function beginAnew(
  trx: Queries,
  restored: { readonly instance: string; readonly takenAt: number; readonly now: number; readonly newHistory: () => string },
): Promise<void> {
  const { instance, takenAt, now, newHistory } = restored;
  const vaults: { no: number }[] = await trx('vaults').select('no');
  for (const { no } of vaults) await trx('vaults').where({ no }).update({ history_id: newHistory() });
  await trx('sessions')
    .whereNull('ended_at')
    .where('expires_at', '>', takenAt)
    .update({ refresh_hash: RESTORED_HASH, previous_hash: null, rotated_at: now, expires_at: now + SESSION_MS });
  // Every byte was just read. Blobs without a pack, leases and what waits for an answer belong to the old server.
  await trx('packs').update({ checked_at: now, damaged_at: null });
  for (const table of ['dead_blobs', 'leases', 'one_time', 'uploads', 'jobs', 'instance']) await trx(table).delete();
  await trx('instance').insert({ id: instance });
}
