/** The operations that can be taken back, newest last. Old ones are forgotten. */
import type { Database } from 'better-sqlite3';
import { FsyncError } from '../../core/base/errors.js';
import type { Operation } from '../vault-history.js';
import { integerColumn, nullable, rowOf, textColumn } from './row-columns.js';

const KEPT = 1_000;

export interface OperationTable {
  readonly put: (operation: Operation) => void;
  readonly newest: (limit: number) => readonly Operation[];
}

export function createOperationTable(database: Database): OperationTable {
  const insert = database.prepare('INSERT OR REPLACE INTO operations (first, last, kind, at, undone_by) VALUES (?, ?, ?, ?, ?)');
  const forget = database.prepare(
    `DELETE FROM operations WHERE first < (SELECT first FROM operations ORDER BY first DESC LIMIT 1 OFFSET ${String(KEPT)})`,
  );
  const select = database.prepare('SELECT first, last, kind, at, undone_by FROM operations ORDER BY first DESC LIMIT ?');
  return {
    put({ first, last, kind, at, undoneBy }) {
      insert.run(first, last, kind, at, undoneBy);
      forget.run();
    },
    newest: (limit) => select.all(limit).map(decode),
  };
}

function decode(value: unknown): Operation {
  const row = rowOf(value);
  return {
    first: integerColumn(row, 'first'),
    last: integerColumn(row, 'last'),
    kind: kindOf(textColumn(row, 'kind')),
    at: integerColumn(row, 'at'),
    undoneBy: nullable(row, 'undone_by', integerColumn),
  };
}

function kindOf(text: string): Operation['kind'] {
  if (text === 'remote' || text === 'resolve' || text === 'restore') return text;
  throw new FsyncError('integrity', 'a row of the state database is damaged');
}
