// MaxCompute's queries in DuckDB's SQL, by polyglot (Spark dialect, the nearest to MaxCompute's 2.0 types), after a pass over
// the tokens for what it does not know. polyglot is loaded with the first statement: it takes half a second.
import {OdpsError} from './odpsError.ts';
import {duckPattern, ownFunctions, renamedFunctions} from './sqlFunctions.ts';
import {parseError, tokenize, type Token} from './sqlTokens.ts';

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
    if (isMark(token, '[') && isIndexed(tokens[i - 1])) edits.push(...shiftedIndex(sql, tokens, i));
    if (token.kind !== 'word') continue;
    const name = token.text.toLowerCase();
    // DuckDB knows SEMI JOIN and ANTI JOIN without the side.
    if (name === 'left' && /^(semi|anti)$/i.test(tokens[i + 1]?.text ?? ''))
      edits.push({...token, text: ''});
    const called = isMark(tokens[i + 1], '(');
    if (called && (name === 'to_char' || name === 'to_date'))
      edits.push(...datePattern(sql, tokens, i));
    if (called && ownFunctions.has(name)) edits.push({...token, text: `odps_${name}`});
    else if (called && renamedFunctions[name] !== undefined)
      edits.push({...token, text: renamedFunctions[name]});
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

/** The pattern of TO_CHAR and TO_DATE, a literal, in DuckDB's signs. */
function datePattern(sql: string, tokens: Token[], at: number) {
  let depth = 0;
  let comma = 0;
  for (let i = at + 1; i < tokens.length; i++) {
    if (isMark(tokens[i], '(')) depth++;
    if (isMark(tokens[i], ',') && depth === 1) comma = i;
    if (!isMark(tokens[i], ')') || --depth > 0) continue;
    if (comma === 0) return [];
    const pattern = tokens[i - 1]!;
    if (pattern.kind === 'text' && comma === i - 2)
      return [{...pattern, text: `'${duckPattern(pattern.text).replaceAll("'", "\\'")}'`}];
    break;
  }
  throw parseError(sql, tokens[at]!.start, 'a date pattern that is not a literal is not supported');
}

/** Whether a bracket after `token` takes a part of a value. */
function isIndexed(token: Token | undefined): boolean {
  return (
    token?.kind === 'word' || token?.kind === 'quoted' || isMark(token, ')') || isMark(token, ']')
  );
}

/** Arrays begin at 0 here and at 1 in DuckDB; keys of maps stay. Only a literal tells which of the two it is. */
function shiftedIndex(sql: string, tokens: Token[], at: number) {
  const index = tokens[at + 1]!;
  const alone = isMark(tokens[at + 2], ']');
  if (alone && index.kind === 'text') return [];
  if (alone && index.kind === 'number' && /^\d+$/.test(index.text))
    return [{...index, text: String(Number(index.text) + 1)}];
  throw parseError(sql, tokens[at]!.start, 'an index that is not a literal is not supported');
}

function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark;
}
