/** What happened in the vault: one row a commit, found by time, by node or by path. */
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import { parseAccountId, parseCommitHash, parseCredentialId, parseNodeId } from '../../core/base/ids.js';
import { isAtOrInside } from '../../core/base/rel-path.js';
import type { HistoryEntry, HistoryQuery } from '../vault-history.js';
import { bytesOf, integerColumn, rowOf, textColumn } from './row-columns.js';

const nodeText = z.string().transform((text) => parseNodeId(text));
const role = z.enum(['owner', 'writer', 'reader']);
const commitDocument = z.object({
  /** Rows from before positions of devices have none. */
  hash: z
    .string()
    .transform((text) => parseCommitHash(text))
    .nullable()
    .default(null),
  account: z.string().transform((text) => parseAccountId(text)),
  device: z.string().transform((text) => parseCredentialId(text)),
  deviceName: z.string(),
  epoch: z.number(),
  untold: z.array(nodeText),
  /** Rows from before vaults could be shared have none. */
  member: z
    .object({ account: z.string().transform((text) => parseAccountId(text)), role: role.nullable(), before: role.nullable() })
    .nullable()
    .default(null),
  changes: z.array(
    z.object({
      node: nodeText,
      path: z.string(),
      kind: z.enum(['file', 'directory', 'symlink']),
      change: z.enum(['added', 'modified', 'moved', 'deleted', 'attributes']),
      from: z.string().nullable(),
      size: z.number().nullable(),
    }),
  ),
});

export interface HistoryTable {
  /** Replaces what was known of the same commit. */
  readonly add: (entry: HistoryEntry) => void;
  readonly read: (query: HistoryQuery) => readonly HistoryEntry[];
}

export function createHistoryTable(database: Database): HistoryTable {
  const remove = database.prepare('DELETE FROM history WHERE seq = ?');
  const insert = database.prepare('INSERT INTO history (seq, at, json) VALUES (?, ?, ?)');
  const insertNode = database.prepare('INSERT OR IGNORE INTO history_nodes (node, seq) VALUES (?, ?)');
  const range = 'at >= ? AND at <= ? AND seq <= ? ORDER BY seq DESC';
  const select = database.prepare(`SELECT seq, at, json FROM history WHERE ${range}`);
  const selectNode = database.prepare(`SELECT seq, at, json FROM history JOIN history_nodes USING (seq) WHERE node = ? AND ${range}`);
  return {
    add({ seq, at, changes, ...commit }) {
      remove.run(seq);
      insert.run(seq, at, JSON.stringify({ ...commit, changes }));
      for (const { node } of changes) insertNode.run(bytesOf(node), seq);
    },
    read(query) {
      const { node, sinceMs = Number.MIN_SAFE_INTEGER, untilMs = Number.MAX_SAFE_INTEGER, untilSeq = Number.MAX_SAFE_INTEGER } = query;
      const bounds = [sinceMs, untilMs, untilSeq];
      const rows = node === undefined ? select.iterate(...bounds) : selectNode.iterate(bytesOf(node), ...bounds);
      const found: HistoryEntry[] = [];
      for (const row of rows) {
        if (found.length >= query.limit) break;
        const entry = entryOf(row, query);
        if (entry !== null) found.push(entry);
      }
      return found;
    },
  };
}

/** Null for a commit that did nothing at the path that is asked for. */
function entryOf(value: unknown, { node, path }: HistoryQuery): HistoryEntry | null {
  const row = rowOf(value);
  const { changes, ...commit } = parseCommit(textColumn(row, 'json'));
  const wanted = changes.filter(
    (change) =>
      (node === undefined || change.node === node) &&
      (path === undefined || isAtOrInside(change.path, path) || (change.from !== null && isAtOrInside(change.from, path))),
  );
  if (path !== undefined && wanted.length === 0) return null;
  return { seq: integerColumn(row, 'seq'), at: integerColumn(row, 'at'), ...commit, changes: wanted };
}

function parseCommit(json: string): z.infer<typeof commitDocument> {
  const document = commitDocument.safeParse(JSON.parse(json));
  if (!document.success) throw new FsyncError('integrity', 'a row of the state database is damaged', { cause: document.error });
  return document.data;
}
