import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { keepStatements } from '../../../../src/server/store/statement-cache.js';

it('compiles a text once, and the result follows changes of the schema and of the bindings', () => {
  const database = new Sqlite(':memory:');
  keepStatements(database as { prepare(sql: string): Sqlite.Statement });
  database.exec('CREATE TABLE notes (id INTEGER, text TEXT)');
  const insert = database.prepare('INSERT INTO notes VALUES (?, ?)');
  insert.run(1, 'one');
  expect(database.prepare('INSERT INTO notes VALUES (?, ?)')).toBe(insert);
  const read = (): unknown => database.prepare('SELECT * FROM notes WHERE id = ?').get(1);
  expect(read()).toEqual({ id: 1, text: 'one' });
  database.exec('ALTER TABLE notes ADD COLUMN mark TEXT');
  expect(read()).toEqual({ id: 1, text: 'one', mark: null });
  database.close();
});

it('forgets the oldest texts', () => {
  let compiled = 0;
  const connection = { prepare: (sql: string) => ({ sql, no: (compiled += 1) }) };
  keepStatements(connection);
  for (let at = 0; at < 2_000; at += 1) connection.prepare(`SELECT ${String(at)}`);
  expect(connection.prepare('SELECT 1999').no).toBe(2_000);
  expect(connection.prepare('SELECT 0').no).toBe(2_001);
});
