/** Tables of the state database, by number of migration. `user_version` says how many have run. */
import type { Database } from 'better-sqlite3';
import { FsyncError } from '../../core/base/errors.js';

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE base (id INTEGER PRIMARY KEY, node BLOB NOT NULL UNIQUE, json TEXT NOT NULL, inline BLOB);
  CREATE TABLE remote (id INTEGER PRIMARY KEY, node BLOB NOT NULL UNIQUE, json TEXT NOT NULL, inline BLOB);
  CREATE TABLE log_nodes (node BLOB PRIMARY KEY, rev INTEGER NOT NULL, digest BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    history_id TEXT, seq INTEGER NOT NULL, hash BLOB, verifier BLOB, last_synced_at REAL
  );
  INSERT INTO progress (id, history_id, seq, hash, verifier, last_synced_at) VALUES (1, NULL, 0, NULL, NULL, NULL);
  CREATE TABLE intent (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL, signed BLOB NOT NULL);
  CREATE TABLE intent_records (position INTEGER PRIMARY KEY, node BLOB NOT NULL, rev INTEGER NOT NULL, bytes BLOB NOT NULL, chunks BLOB NOT NULL);
  CREATE TABLE intent_base (position INTEGER PRIMARY KEY, json TEXT NOT NULL, inline BLOB);
  CREATE TABLE intent_dropped (position INTEGER PRIMARY KEY, node BLOB NOT NULL);
  CREATE TABLE history (seq INTEGER PRIMARY KEY, at REAL NOT NULL, json TEXT NOT NULL);
  CREATE INDEX history_at ON history (at);
  CREATE TABLE history_nodes (node BLOB NOT NULL, seq INTEGER NOT NULL REFERENCES history (seq) ON DELETE CASCADE, PRIMARY KEY (node, seq)) WITHOUT ROWID;
  CREATE INDEX history_nodes_seq ON history_nodes (seq);
  `,
  `
  CREATE TABLE log_ops (node BLOB NOT NULL, rev INTEGER NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (node, rev)) WITHOUT ROWID;
  INSERT INTO log_ops (node, rev, seq, digest)
    SELECT node, rev, COALESCE((SELECT MAX(seq) FROM history_nodes WHERE history_nodes.node = log_nodes.node), 0), digest FROM log_nodes;
  CREATE INDEX log_ops_seq ON log_ops (seq);
  DROP TABLE log_nodes;
  UPDATE history SET json = replace(json, '"change":', '"kind":"file","change":');
  UPDATE history SET json = json_patch(json, json_object('account', '${'0'.repeat(64)}', 'epoch', 1, 'untold', json_array()));
  CREATE TABLE operations (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, kind TEXT NOT NULL, at REAL NOT NULL, undone_by INTEGER);
  `,
  `
  CREATE TABLE approvals (change TEXT PRIMARY KEY) WITHOUT ROWID;
  `,
  `
  CREATE TABLE guard_marks (change TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID;
  INSERT INTO guard_marks (change, mark) SELECT change, 'approved' FROM approvals;
  DROP TABLE approvals;
  `,
];

/**
 * Brings the database to the newest schema.
 * @throws FsyncError unsupported_version when a newer fsync wrote it; it is not touched then
 */
export function migrate(database: Database): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > MIGRATIONS.length) {
    throw new FsyncError('unsupported_version', `the state database was written by a newer fsync (schema ${String(version)})`, {
      hints: ['Update fsync on this machine.'],
    });
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < version) continue;
    database.transaction(() => {
      database.exec(statements);
      database.pragma(`user_version = ${String(index + 1)}`);
    })();
  }
}
