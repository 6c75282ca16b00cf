/** What happened in the vault, for `fsync log`: one row a commit, found by time or by node. */
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import { parseNodeId, type NodeId } from '../../core/base/ids.js';
import type { HistoryEntry } from '../ports.js';
import { bytesOf, integerColumn, rowOf, textColumn } from './row-columns.js';

const changesDocument = z.object({
  device: z.string(),
  deviceName: z.string(),
  changes: z.array(
    z.object({
      node: z.string().transform((text) => parseNodeId(text)),
      path: z.string(),
      change: z.enum(['added', 'modified', 'moved', 'deleted', 'attributes']),
      from: z.string().nullable(),
      size: z.number().nullable(),
    }),
  ),
});

export interface HistoryTable {
  /** Replaces what was known of the same commit. */
  readonly add: (entry: HistoryEntry) => void;
  /** Newest first. With a node: the commits that changed it, and of these only the changes to it. */
  readonly read: (query: { node?: NodeId; limit: number; sinceMs?: number }) => readonly HistoryEntry[];
}

export function createHistoryTable(database: Database): HistoryTable {
  const remove = database.prepare('DELETE FROM history WHERE seq = ?');
  const insert = database.prepare('INSERT INTO history (seq, at, json) VALUES (?, ?, ?)');
  const insertNode = database.prepare('INSERT OR IGNORE INTO history_nodes (node, seq) VALUES (?, ?)');
  const select = database.prepare('SELECT seq, at, json FROM history WHERE at >= ? ORDER BY seq DESC LIMIT ?');
  const selectNode = database.prepare(
    'SELECT seq, at, json FROM history JOIN history_nodes USING (seq) WHERE node = ? AND at >= ? ORDER BY seq DESC LIMIT ?',
  );
  return {
    add({ seq, at, device, deviceName, changes }) {
      remove.run(seq);
      insert.run(seq, at, JSON.stringify({ device, deviceName, changes }));
      for (const { node } of changes) insertNode.run(bytesOf(node), seq);
    },
    read({ node, limit, sinceMs = Number.MIN_SAFE_INTEGER }) {
      const found = node === undefined ? select.all(sinceMs, limit) : selectNode.all(bytesOf(node), sinceMs, limit);
      return found.map((value) => {
        const row = rowOf(value);
        const { device, deviceName, changes } = parseChanges(textColumn(row, 'json'));
        const wanted = node === undefined ? changes : changes.filter((change) => change.node === node);
        return { seq: integerColumn(row, 'seq'), at: integerColumn(row, 'at'), device, deviceName, changes: wanted };
      });
    },
  };
}

function parseChanges(json: string): z.infer<typeof changesDocument> {
  const document = changesDocument.safeParse(JSON.parse(json));
  if (!document.success) throw new FsyncError('integrity', 'a row of the state database is damaged', { cause: document.error });
  return document.data;
}
