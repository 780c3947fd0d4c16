// MaxCompute's queries in DuckDB's SQL, by polyglot (Spark dialect, the nearest to MaxCompute's 2.0 types).
// polyglot is loaded with the first statement: it takes half a second.
import {OdpsError} from './odpsError.ts';

/** One statement in DuckDB's SQL; ODPS-0130161 for what the parser does not take. */
export async function translate(sql: string): Promise<string> {
  const {Dialect, transpile} = await import('@polyglot-sql/sdk');
  const {success, sql: statements, error} = transpile(sql, Dialect.Spark, Dialect.DuckDB);
  if (!success || statements?.length !== 1) {
    const what = String(error ?? 'not one statement').split('\n')[0]!;
    throw new OdpsError('ODPS-0130161', 400, `ODPS-0130161:[1,1] Parse exception - ${what}`);
  }
  return statements[0]!;
}
