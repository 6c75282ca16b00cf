/**
 * Copies all rows of one database into another, of either engine: a backup of PostgreSQL is a SQLite
 * file, and either can be restored into either. Both have the schema of this release.
 */
import { isPostgres, type Queries } from '../store/database.js';

/** In the order in which foreign keys let rows in. Leases are of processes and stay behind. */
const TABLES = [
  'accounts',
  'chain_links',
  'user_key_boxes',
  'devices',
  'sessions',
  'one_time',
  'instance',
  'vaults',
  'members',
  'vault_keys',
  'tokens',
  'token_vault_keys',
  'positions',
  'commits',
  'nodes',
  'revisions',
  'packs',
  'chunks',
  'chunk_refs',
  'uploads',
  'dead_blobs',
  'jobs',
] as const;

/** Rows of these may have megabytes. */
const LARGE_ROWS: ReadonlySet<string> = new Set(['commits', 'revisions']);
const ROWS = 500;
const ROWS_OF_LARGE = 20;

type Row = Readonly<Record<string, unknown>>;

/** Both are transactions: the source sees one moment, the target has all or nothing. */
export async function copyTables(from: Queries, to: Queries, signal: AbortSignal): Promise<void> {
  for (const table of TABLES) {
    const limit = LARGE_ROWS.has(table) ? ROWS_OF_LARGE : ROWS;
    const pages = isPostgres(from) ? postgresPages(from, table, limit) : sqlitePages(from, table, limit);
    for await (const rows of pages) {
      signal.throwIfAborted();
      await to(table).insert(rows);
    }
  }
  if (isPostgres(to)) await setVaultSequence(to);
}

async function* postgresPages(from: Queries, table: string, limit: number): AsyncGenerator<readonly Row[]> {
  await from.raw(`DECLARE copied NO SCROLL CURSOR FOR SELECT * FROM ${table}`);
  for (;;) {
    const { rows } = await from.raw<{ rows: readonly Row[] }>(`FETCH ${String(limit)} FROM copied`);
    if (rows.length === 0) break;
    yield rows;
  }
  await from.raw('CLOSE copied');
}

async function* sqlitePages(from: Queries, table: string, limit: number): AsyncGenerator<readonly Row[]> {
  for (let after = -1; ;) {
    const page: (Row & { readonly copied_row: number })[] = await from(table)
      .whereRaw('rowid > ?', [after])
      .orderByRaw('rowid')
      .limit(limit)
      .select(from.raw('rowid as copied_row'), '*');
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.copied_row;
    yield page.map(({ copied_row: _, ...row }) => row);
  }
}

/** The next new vault gets a number that no row has. */
async function setVaultSequence(to: Queries): Promise<void> {
  await to.raw(
    `SELECT setval(pg_get_serial_sequence('vaults', 'no'), greatest((SELECT max(no) FROM vaults), 1), EXISTS (SELECT 1 FROM vaults))`,
  );
}
