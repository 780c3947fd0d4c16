// The CSV of SQL results: first line the names, NULL an unquoted \N, quotes doubled inside quotes, backslash plain.

export interface SqlResult {
  columns: string[];
  /** Values as the service prints them; null for NULL. */
  rows: (string | null)[][];
}

/** Parses a whole result. An empty text (a statement without a result set) has no columns. */
export function parseCsv(text: string): SqlResult {
  const lines: (string | null)[][] = [];
  let at = 0;
  while (at < text.length) {
    const line: (string | null)[] = [];
    for (;;) {
      const cell = readCell(text, at);
      line.push(cell.value);
      at = cell.next;
      if (text[at] !== ',') break;
      at++;
    }
    lines.push(line);
    if (text[at] === '\r') at++;
    at++;
  }
  const [names, ...rows] = lines;
  return {columns: (names ?? []).map(name => name ?? '\\N'), rows};
}

/** One cell from `at`; `next` is the separator after it, or the end. */
function readCell(text: string, at: number): {value: string | null; next: number} {
  if (text[at] !== '"') {
    let end = at;
    while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
    const next = text[end - 1] === '\r' && text[end] === '\n' && end > at ? end - 1 : end;
    const value = text.slice(at, next);
    return {value: value === '\\N' ? null : value, next};
  }
  let value = '';
  let from = at + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return {value: value + text.slice(from), next: text.length};
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return {value, next: quote + 1};
    value += '"';
    from = quote + 2;
  }
}
