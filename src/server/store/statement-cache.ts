/** Compiled statements of one SQLite connection: the query builder makes the same few texts again and again. */

interface Preparing<Statement> {
  prepare(sql: string): Statement;
}

/** Lists of keys make texts of their own for each length, so the oldest have to go. */
const KEPT = 500;

/** From now on `connection` compiles a text once. Statements are run to their end before the next one starts, so one of each is enough. */
export function keepStatements<Statement>(connection: Preparing<Statement>): void {
  const compile = connection.prepare.bind(connection);
  const kept = new Map<string, Statement>();
  connection.prepare = (sql) => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const statement = compile(sql);
    const [oldest] = kept.size >= KEPT ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(sql, statement);
    return statement;
  };
}
