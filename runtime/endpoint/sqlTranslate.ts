// MaxCompute's queries in DuckDB's SQL, by polyglot (Spark dialect, the nearest to MaxCompute's 2.0 types), after a pass over
// the tokens for what it does not know. polyglot is loaded with the first statement: it takes half a second.
import {OdpsError} from './odpsError.ts';
import {tokenize, type Token} from './sqlTokens.ts';

/** One statement in DuckDB's SQL; ODPS-0130161 for what the parser does not take. */
export async function translate(sql: string): Promise<string> {
  const {Dialect, transpile} = await import('@polyglot-sql/sdk');
  const prepared = prepare(sql);
  const {success, sql: statements, error} = transpile(prepared, Dialect.Spark, Dialect.DuckDB);
  if (!success || statements?.length !== 1) {
    const what = String(error ?? 'not one statement').split('\n')[0]!;
    throw new OdpsError('ODPS-0130161', 400, `ODPS-0130161:[1,1] Parse exception - ${what}`);
  }
  return statements[0]!;
}

/**
 * Functions whose results differ from DuckDB's of that name, or from what polyglot makes of them: ours are macros of the
 * catalog. polyglot 0.12.1 writes HEX as LOWER(HEX()), where MaxCompute gives capitals.
 */
const ownFunctions = new Set(['hex', 'get_json_object', 'getdate']);

/** Macros, in the order of their making; kept in the project's database. */
export const macros = [
  'odps_hex(x) AS hex(x)',
  'odps_get_json_object(j, p) AS json_extract_string(j, p)',
  'odps_getdate() AS CAST(now() AS TIMESTAMP_MS)',
  // DuckDB prints an instant with its offset; MaxCompute prints the wall clock of the job, here always UTC.
  `odps_text(x) AS CASE typeof(x) WHEN 'TIMESTAMP WITH TIME ZONE' THEN left(CAST(x AS VARCHAR), -3) ELSE CAST(x AS VARCHAR) END`,
];

/** Words that name columns in MaxCompute and are reserved in DuckDB. */
const reservedByDuckDb = new Set(
  `analyse analyze asof asymmetric at check collate constraint deferrable do fetch foreign glob initially lambda only pivot
  pivot_longer pivot_wider placing positional primary qualify references returning summarize symmetric unpivot variadic`.split(
    /\s+/,
  ),
);

/** `sql` with its function names, casts to text and reserved words as DuckDB needs them. */
function prepare(sql: string): string {
  const tokens = tokenize(sql);
  const edits: {start: number; end: number; text: string}[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word') continue;
    const name = token.text.toLowerCase();
    const called = isMark(tokens[i + 1], '(');
    if (called && ownFunctions.has(name)) edits.push({...token, text: `odps_${name}`});
    else if (called && name === 'cast') edits.push(...textCast(tokens, i));
    else if (!called && reservedByDuckDb.has(name))
      edits.push({...token, text: `\`${token.text}\``});
  }
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), sql);
}

/** `CAST(x AS STRING)` becomes `odps_text(x)`; other casts stay. */
function textCast(tokens: Token[], at: number): {start: number; end: number; text: string}[] {
  let depth = 0;
  for (let i = at + 1; i < tokens.length; i++) {
    if (isMark(tokens[i], '(')) depth++;
    if (isMark(tokens[i], ')') && --depth === 0) {
      const [as, type] = [tokens[i - 2]!, tokens[i - 1]!];
      if (as.text.toUpperCase() !== 'AS' || type.text.toUpperCase() !== 'STRING') return [];
      return [
        {...tokens[at]!, text: 'odps_text'},
        {start: as.start, end: type.end, text: ''},
      ];
    }
  }
  return [];
}

function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark;
}
