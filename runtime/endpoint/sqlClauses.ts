// Clauses of MaxCompute that no other dialect writes so: GROUP BY … WITH ROLLUP, GROUP BY … GROUPING SETS, and the order of rows
// by reducers (DISTRIBUTE BY, SORT BY, CLUSTER BY), of which one worker keeps the order of the rows and nothing else.
import {edited, inserted, isMark, isWord, type Edit} from './sqlEdit.ts';
import {tokenize, type Token} from './sqlTokens.ts';

/** Words that end a GROUP BY or DISTRIBUTE BY list. */
const ends = new Set(
  'HAVING WINDOW ORDER LIMIT UNION EXCEPT INTERSECT MINUS DISTRIBUTE SORT CLUSTER QUALIFY OFFSET ROWS RANGE'.split(
    ' ',
  ),
);

/** The statement with these clauses as all dialects have them. */
export function plainClauses(sql: string): string {
  const tokens = tokenize(sql);
  const edits: Edit[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word' || !isWord(tokens[i + 1], 'BY')) continue;
    const word = token.text.toUpperCase();
    if (word === 'GROUP') edits.push(...group(tokens, i + 2));
    else if (word === 'DISTRIBUTE') edits.push(distribute(tokens, i));
    else if (word === 'SORT' || word === 'CLUSTER')
      edits.push({start: token.start, end: token.end, text: 'ORDER'});
  }
  return edited(sql, edits);
}

function group(tokens: Token[], from: number): Edit[] {
  const end = listEnd(tokens, from);
  const after = tokens[end];
  const kind = tokens[end + 1];
  if (isWord(after, 'WITH') && (isWord(kind, 'ROLLUP') || isWord(kind, 'CUBE'))) {
    const list = inserted(tokens[from]!.start, `${kind!.text}(`);
    return [list, {start: after!.start, end: kind!.end, text: ')'}];
  }
  if (!isWord(after, 'GROUPING') || end === from) return [];
  // The list before the sets only says which columns they are of.
  return [{start: tokens[from]!.start, end: after!.start, text: ''}];
}

function distribute(tokens: Token[], at: number): Edit {
  const {start, end} = tokens[at]!;
  let open = at - 1;
  for (let depth = 0; open >= 0; open--) {
    if (isMark(tokens[open], ')')) depth++;
    else if (isMark(tokens[open], '(') && depth-- === 0) break;
  }
  if (isWord(tokens[open - 1], 'OVER')) return {start, end, text: 'PARTITION'};
  const last = tokens[listEnd(tokens, at + 2) - 1]!;
  return {start, end: last.end, text: ''};
}

/** Where the list that begins at `from` ends: at a word that cannot be of it, or at the bracket around it. */
function listEnd(tokens: Token[], from: number): number {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (isMark(token, '(')) depth++;
    else if (isMark(token, ')') && depth-- === 0) return i;
    if (depth > 0 || token.kind !== 'word') continue;
    if (ends.has(token.text.toUpperCase()) || isWord(token, 'WITH')) return i;
    if (isWord(token, 'GROUPING') && isWord(tokens[i + 1], 'SETS')) return i;
  }
  return tokens.length;
}
