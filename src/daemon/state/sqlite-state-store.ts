/** The StateStore of a vault in SQLite: `.fsync/state.db`, one writer, every transaction on the disk when it returns. */
import type { Database } from 'better-sqlite3';
import type { Clock } from '../../core/base/effects.js';
import { parseCommitHash } from '../../core/base/ids.js';
import type { GuardMark } from '../../core/plan/guard.js';
import type { NodeState } from '../../core/tree/node.js';
import type { BaseNode, StateStore, StateWriter, VaultProgress } from '../ports.js';
import { createHistoryTable } from './history-table.js';
import { createIntentTable } from './intent-table.js';
import { createLogTable } from './log-table.js';
import { createOperationTable } from './operation-table.js';
import { databaseError, openDatabase } from './open-database.js';
import { decodeBase, decodeState, encodeBase, encodeState, type EncodedRow } from './row-codec.js';
import {
  blobCell,
  blobColumn,
  bytesOf,
  cellsOf,
  hexOf,
  integerCell,
  integerColumn,
  nullable,
  rowOf,
  textCell,
  textColumn,
} from './row-columns.js';

export interface SqliteStateStore extends StateStore {
  /** Where a damaged database was moved when this one was opened: the vault's state is lost and has to be found again. */
  readonly corruptCopy: string | null;
}

/**
 * Opens or makes the database. A damaged one is moved to `state.db.corrupt-<time>` and an empty one made.
 * Every method throws FsyncError integrity, disk_full or io_error when the database fails.
 * @throws FsyncError unsupported_version when a newer fsync wrote it, disk_full, io_error
 */
export function createSqliteStateStore({ path, clock }: { readonly path: string; readonly clock: Clock }): SqliteStateStore {
  const { database, corruptCopy } = openDatabase(path, clock.now());
  const guard = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw databaseError(error);
    }
  };
  const history = createHistoryTable(database);
  const intents = createIntentTable(database);
  const progress = createProgressRow(database);
  const log = createLogTable(database);
  const marks = createGuardMarkTable(database);
  const operations = createOperationTable(database);
  const writer = createWriter(database, { history, intents, log, marks, operations, progress });
  const writing = database.transaction((work: (write: StateWriter) => void) => work(writer));
  return {
    corruptCopy,
    loadBase: () => rows(database, 'base', decodeBase),
    loadRemote: () => rows(database, 'remote', decodeState),
    progress: () => guard(progress.read),
    logNode: (node) => guard(() => log.newest(node)),
    logOps: (node) => guard(() => log.ofNode(node)),
    commitOps: (seq) => guard(() => log.ofCommit(seq)),
    changedAfter: (seq) => guard(() => log.changedAfter(seq)),
    intent: () => guard(intents.read),
    guardMarks: () => guard(marks.read),
    transaction: (work) => guard(() => writing.immediate(work)),
    history: (query) => guard(() => history.read(query)),
    operations: (limit) => guard(() => operations.newest(limit)),
    close: () => database.close(),
  };
}

interface Tables {
  readonly history: ReturnType<typeof createHistoryTable>;
  readonly intents: ReturnType<typeof createIntentTable>;
  readonly log: ReturnType<typeof createLogTable>;
  readonly marks: ReturnType<typeof createGuardMarkTable>;
  readonly operations: ReturnType<typeof createOperationTable>;
  readonly progress: ReturnType<typeof createProgressRow>;
}

function createWriter(database: Database, { history, intents, log, marks, operations, progress }: Tables): StateWriter {
  const put = (table: 'base' | 'remote') =>
    database.prepare(
      `INSERT INTO ${table} (node, json, inline) VALUES (?, ?, ?)
       ON CONFLICT (node) DO UPDATE SET json = excluded.json, inline = excluded.inline`,
    );
  const drop = (table: 'base' | 'remote') => database.prepare(`DELETE FROM ${table} WHERE node = ?`);
  const [putBase, putRemote, dropBase, dropRemote] = [put('base'), put('remote'), drop('base'), drop('remote')];
  const forget = ['remote', 'log_ops', 'history_nodes', 'history', 'operations'].map((table) => database.prepare(`DELETE FROM ${table}`));
  return {
    putBase(node: BaseNode) {
      const { json, inline } = encodeBase(node);
      putBase.run(bytesOf(node.state.node), json, inline);
    },
    dropBase: (node) => void dropBase.run(bytesOf(node)),
    putRemote(state: NodeState) {
      const { json, inline } = encodeState(state);
      putRemote.run(bytesOf(state.node), json, inline);
    },
    dropRemote: (node) => void dropRemote.run(bytesOf(node)),
    putLogOp: log.put,
    setProgress: progress.write,
    setIntent: intents.write,
    setGuardMark: marks.write,
    forgetLog() {
      for (const statement of forget) statement.run();
      progress.write({ historyId: null, head: { seq: 0, hash: null }, verifier: null });
      intents.write(null);
    },
    addHistory: history.add,
    putOperation: operations.put,
  };
}

function createGuardMarkTable(database: Database) {
  const select = database.prepare('SELECT change, mark FROM guard_marks');
  const put = database.prepare(
    'INSERT INTO guard_marks (change, mark) VALUES (?, ?) ON CONFLICT (change) DO UPDATE SET mark = excluded.mark',
  );
  const drop = database.prepare('DELETE FROM guard_marks WHERE change = ?');
  const read = (): ReadonlyMap<string, GuardMark> =>
    new Map(
      select.all().map((found) => {
        const row = rowOf(found);
        return [textColumn(row, 'change'), textColumn(row, 'mark') === 'approved' ? 'approved' : 'emptied'];
      }),
    );
  const write = (change: string, mark: GuardMark | null): void => {
    if (mark === null) drop.run(change);
    else put.run(change, mark);
  };
  return { read, write };
}

function createProgressRow(database: Database) {
  const select = database.prepare('SELECT history_id, seq, hash, verifier, last_synced_at FROM progress WHERE id = 1');
  const update = database.prepare('UPDATE progress SET history_id = ?, seq = ?, hash = ?, verifier = ?, last_synced_at = ? WHERE id = 1');
  const read = (): VaultProgress => {
    const row = rowOf(select.get());
    const hash = nullable(row, 'hash', blobColumn);
    return {
      historyId: nullable(row, 'history_id', textColumn),
      head: { seq: integerColumn(row, 'seq'), hash: hash === null ? null : parseCommitHash(hexOf(hash)) },
      verifier: nullable(row, 'verifier', blobColumn),
      lastSyncedAtMs: nullable(row, 'last_synced_at', integerColumn),
    };
  };
  const write = (change: Partial<VaultProgress>): void => {
    const { historyId, head, verifier, lastSyncedAtMs } = { ...read(), ...change };
    update.run(historyId, head.seq, head.hash === null ? null : bytesOf(head.hash), verifier, lastSyncedAtMs);
  };
  return { read, write };
}

const PAGE = 5_000;

/** All rows, a page at a time: an open cursor would refuse every write until somebody has read to its end. */
function* rows<Value>(database: Database, table: 'base' | 'remote', decode: (row: EncodedRow) => Value): Generator<Value> {
  const select = database.prepare(`SELECT id, json, inline FROM ${table} WHERE id > ? ORDER BY id LIMIT ${String(PAGE)}`).raw();
  let last = 0;
  for (;;) {
    const page = inPage(() =>
      select.all(last).map((row) => {
        const [id, json, inline] = cellsOf(row);
        last = integerCell(id);
        return decode({ json: textCell(json), inline: inline === null ? null : blobCell(inline) });
      }),
    );
    yield* page;
    if (page.length < PAGE) return;
  }
}

function inPage<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw databaseError(error);
  }
}
