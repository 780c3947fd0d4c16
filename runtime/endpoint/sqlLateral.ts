// LATERAL VIEW as a join with a subquery that has a row for each element: explode of arrays and maps, posexplode, json_tuple.
// Other table functions are refused by name.
import {closing, commas, edited, isMark, isWord, type Edit} from './sqlEdit.ts';
import {parseError, sqlError, tokenize, type Token} from './sqlTokens.ts';

/** `sql` with its lateral views as joins. */
export function withoutLateralViews(sql: string): string {
  const tokens = tokenize(sql);
  const edits: Edit[] = [];
  for (const [i, token] of tokens.entries()) {
    if (isWord(token, 'LATERAL') && isWord(tokens[i + 1], 'VIEW')) edits.push(join(sql, tokens, i));
  }
  return edits.length === 0 ? sql : edited(sql, edits);
}

function join(sql: string, tokens: Token[], at: number): Edit {
  const outer = isWord(tokens[at + 2], 'OUTER');
  const name = at + (outer ? 3 : 2);
  const open = name + 1;
  if (!isMark(tokens[open], '('))
    throw parseError(sql, tokens[at]!.start, 'LATERAL VIEW needs a function');
  const close = closing(tokens, open);
  const alias = tokens[close + 1];
  if (close < 0 || alias === undefined)
    throw parseError(sql, tokens[at]!.start, 'LATERAL VIEW needs a name');
  let last = close + 1;
  const columns: string[] = [];
  if (isWord(tokens[last + 1], 'AS')) {
    last++;
    do {
      columns.push(sql.slice(tokens[last + 1]!.start, tokens[last + 1]!.end));
      last += 2;
    } while (isMark(tokens[last], ','));
    last--;
  }
  const ends = [...commas(tokens, open, close), close];
  const values = ends.map((end, i) =>
    sql.slice(tokens[(ends[i - 1] ?? open) + 1]!.start, tokens[end - 1]!.end),
  );
  const items = selected(sql, tokens[name]!, values, columns);
  const query = `LATERAL (SELECT ${items.join(', ')}) AS ${sql.slice(alias.start, alias.end)}`;
  const text = outer ? `LEFT JOIN ${query} ON TRUE` : `CROSS JOIN ${query}`;
  return {start: tokens[at]!.start, end: tokens[last]!.end, text};
}

function selected(sql: string, name: Token, values: string[], columns: string[]): string[] {
  const refuse = (what: string) =>
    sqlError('0130071', sql, name.start, 'Semantic analysis exception', what);
  const [value, ...rest] = values;
  const due = (count: number) => {
    if (columns.length !== count)
      throw refuse(`${name.text} gives ${count} columns, ${columns.length} are named`);
  };
  switch (name.text.toLowerCase()) {
    case 'explode': {
      if (columns.length === 2) {
        return [
          `explode(map_keys(${value})) AS ${columns[0]}`,
          `explode(map_values(${value})) AS ${columns[1]}`,
        ];
      }
      if (columns.length === 0) return [`explode(${value}) AS col`];
      due(1);
      return [`explode(${value}) AS ${columns[0]}`];
    }
    case 'posexplode':
      due(2);
      return [
        `explode(array_places(${value})) AS ${columns[0]}`,
        `explode(${value}) AS ${columns[1]}`,
      ];
    case 'json_tuple':
      due(rest.length);
      return rest.map((key, i) => {
        const text = /^(['"])(\w+)\1$/.exec(key)?.[2];
        if (text === undefined) throw refuse(`the key ${key} of json_tuple is not a plain literal`);
        return `get_json_object(${value}, '$.${text}') AS ${columns[i]}`;
      });
    default:
      throw refuse(`table function ${name.text} is not supported`);
  }
}
