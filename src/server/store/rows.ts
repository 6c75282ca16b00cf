/** Small pieces of SQL that several stores need: inserts in batches and look-ups by many keys. */
import { batches, type Queries } from './database.js';

/** Inserts rows, as many a statement as both engines take. */
export async function insertRows<Row extends object>(db: Queries, table: string, rows: readonly Row[]): Promise<void> {
  for (const batch of batches(rows)) await db(table).insert([...batch]);
}

/** Collects the rows of a query that is asked for a batch of keys at a time. */
export async function selectByKeys<Key, Row>(keys: readonly Key[], query: (batch: Key[]) => PromiseLike<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const batch of batches(keys)) rows.push(...(await query([...batch])));
  return rows;
}
