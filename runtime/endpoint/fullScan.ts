// Refuses a query of a partitioned table that names none of its partition columns in a condition, unless the job allows it
// with odps.sql.allow.fullscan (protocol section 17). Works on tokens of the whole statement, so it lets more pass than the
// service where one part of a statement has the condition and another has not.
import {tableKey, type Table} from './catalog.ts';
import type {Job} from './job.ts';
import {sqlError, type Token} from './sqlTokens.ts';

/** ODPS-0130071 for a full scan that the settings do not allow. */
export function checkFullScan(job: Job, tokens: Token[], settings: Record<string, string>): void {
  if (settings['odps.sql.allow.fullscan']?.toLowerCase() === 'true') return;
  const reads = tokens.findIndex(token => isWord(token, 'SELECT') || isWord(token, 'FROM'));
  if (reads < 0 || !queries.has(tokens[0]!.text.toUpperCase())) return;
  const conditions = tokens.findIndex((token, i) => i > reads && isCondition(token));
  const named = new Set(
    (conditions < 0 ? [] : tokens.slice(conditions)).map(token => token.text.toLowerCase()),
  );
  for (const {table, start} of tablesRead(job, tokens, reads)) {
    if (table.partitionKeys.length === 0) continue;
    if (table.partitionKeys.some(key => named.has(key.name))) continue;
    const what =
      `physical plan generation failed: java.lang.RuntimeException: Table(${job.store.project},${table.name}) ` +
      'is full scan with all partitions, please specify partition predicates.';
    throw sqlError('0130071', job.sql, start, 'Semantic analysis exception', what);
  }
}

/** What statements that read begin with; DDL reads nothing. */
const queries = new Set(['SELECT', 'WITH', 'INSERT', 'FROM', '(']);

/** The tables named after FROM, JOIN and the commas of a FROM list. */
function tablesRead(job: Job, tokens: Token[], from: number): {table: Table; start: number}[] {
  const found: {table: Table; start: number}[] = [];
  let listed = false;
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]!;
    const begins = isWord(token, 'FROM') || isWord(token, 'JOIN');
    if (begins) listed = true;
    else if (isCondition(token) || isWord(token, 'GROUP') || isWord(token, 'SELECT'))
      listed = false;
    if (!begins && !(listed && token.text === ',' && token.kind === 'mark')) continue;
    const name = nameAt(tokens, i + 1);
    if (name === null) continue;
    const table = job.catalog.tables.get(
      tableKey(name.length === 3 ? name[1]! : schemaOf(job, name), name.at(-1)!),
    );
    if (table !== undefined) found.push({table, start: tokens[i + 1]!.start});
  }
  return found;
}

/** With two parts the first is the project, or a schema. */
function schemaOf(job: Job, name: string[]): string {
  const [first] = name;
  return name.length === 1 || first!.toLowerCase() === job.store.project ? job.schema : first!;
}

/** The parts of the name at `at`; null for a bracket or anything else. */
function nameAt(tokens: Token[], at: number): string[] | null {
  const parts: string[] = [];
  for (let i = at; ; i += 2) {
    const token = tokens[i];
    if (token?.kind !== 'word' && token?.kind !== 'quoted') return null;
    parts.push(token.text);
    const next = tokens[i + 1];
    if (next?.kind !== 'mark' || next.text !== '.') return parts;
  }
}

function isCondition(token: Token): boolean {
  return isWord(token, 'WHERE') || isWord(token, 'ON') || isWord(token, 'HAVING');
}

function isWord(token: Token, word: string): boolean {
  return token.kind === 'word' && token.text.toUpperCase() === word;
}
