/** What the verified log says about each node at each revision: enough to judge an old record that the server hands out. */
import type { Database } from 'better-sqlite3';
import { parseNodeId, parseRecordDigest, type NodeId } from '../../core/base/ids.js';
import type { LogOp } from '../vault-history.js';
import { blobColumn, bytesOf, hexOf, integerColumn, rowOf } from './row-columns.js';

export interface LogTable {
  readonly put: (op: LogOp) => void;
  readonly newest: (node: NodeId) => LogOp | null;
  /** Newest first. */
  readonly ofNode: (node: NodeId) => readonly LogOp[];
  readonly ofCommit: (seq: number) => readonly LogOp[];
  readonly changedAfter: (seq: number) => ReadonlyMap<NodeId, LogOp | null>;
}

export function createLogTable(database: Database): LogTable {
  const columns = 'node, rev, seq, digest';
  const insert = database.prepare(`INSERT OR REPLACE INTO log_ops (${columns}) VALUES (?, ?, ?, ?)`);
  const selectNode = database.prepare(`SELECT ${columns} FROM log_ops WHERE node = ? ORDER BY rev DESC`);
  const selectNewest = database.prepare(`SELECT ${columns} FROM log_ops WHERE node = ? ORDER BY rev DESC LIMIT 1`);
  const selectBefore = database.prepare(`SELECT ${columns} FROM log_ops WHERE node = ? AND seq <= ? ORDER BY rev DESC LIMIT 1`);
  const selectCommit = database.prepare(`SELECT ${columns} FROM log_ops WHERE seq = ? ORDER BY node`);
  const selectChanged = database.prepare('SELECT DISTINCT node FROM log_ops WHERE seq > ?');
  const first = (found: unknown): LogOp | null => (found === undefined ? null : decode(found));
  return {
    put: ({ node, rev, seq, digest }) => void insert.run(bytesOf(node), rev, seq, bytesOf(digest)),
    newest: (node) => first(selectNewest.get(bytesOf(node))),
    ofNode: (node) => selectNode.all(bytesOf(node)).map(decode),
    ofCommit: (seq) => selectCommit.all(seq).map(decode),
    changedAfter: (seq) =>
      new Map(
        selectChanged.all(seq).map((row) => {
          const node = blobColumn(rowOf(row), 'node');
          return [parseNodeId(hexOf(node)), first(selectBefore.get(node, seq))];
        }),
      ),
  };
}

function decode(value: unknown): LogOp {
  const row = rowOf(value);
  return {
    node: parseNodeId(hexOf(blobColumn(row, 'node'))),
    rev: integerColumn(row, 'rev'),
    seq: integerColumn(row, 'seq'),
    digest: parseRecordDigest(hexOf(blobColumn(row, 'digest'))),
  };
}
