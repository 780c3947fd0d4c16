// MaxCompute's queries in DuckDB's SQL, by polyglot (Spark dialect, the nearest to MaxCompute's 2.0 types), after passes over
// the tokens for what it does not know. polyglot is loaded with the first statement: it takes half a second.
import {OdpsError} from './odpsError.ts';
import {plainClauses} from './sqlClauses.ts';
import {withoutLateralViews} from './sqlLateral.ts';
import {rewritten} from './sqlRewrite.ts';

/** One statement in DuckDB's SQL; ODPS-0130161 for what the parser does not take, ODPS-0130071 for functions not known. */
export async function translate(sql: string): Promise<string> {
  const {Dialect, transpile} = await import('@polyglot-sql/sdk');
  const prepared = rewritten(withoutLateralViews(plainClauses(sql)));
  const {success, sql: statements, error} = transpile(prepared, Dialect.Spark, Dialect.DuckDB);
  if (!success || statements?.length !== 1) {
    const what = String(error ?? 'not one statement').split('\n')[0]!;
    throw new OdpsError('ODPS-0130161', 400, `ODPS-0130161:[1,1] Parse exception - ${what}`);
  }
  return nullConcat(statements[0]!);
}

/** polyglot writes || as CONCAT, which DuckDB lets pass over NULL. */
function nullConcat(sql: string): string {
  return sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\bCONCAT\(/g, found =>
    found === 'CONCAT(' ? 'odps_concat(' : found,
  );
}
