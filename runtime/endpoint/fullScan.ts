// Refuses a scan of a partitioned table that no condition on a partition column narrows, unless the job allows it with
// odps.sql.allow.fullscan (protocol section 17). Judged for each scan: the condition stands in the scan's own SELECT, or in one
// around it or reading it by name, from which the service pushes it down. Works on tokens; names with an alias count for that alias.
import {tableKey, type Table} from './catalog.ts';
import type {Job} from './job.ts';
import {isMark, isWord} from './sqlEdit.ts';
import {sqlError, type Token} from './sqlTokens.ts';

/** ODPS-0130071 for a full scan that the settings do not allow. */
export function checkFullScan(job: Job, tokens: Token[], settings: Record<string, string>): void {
  if (settings['odps.sql.allow.fullscan']?.toLowerCase() === 'true') return;
  if (!queries.has(tokens[0]!.text.toUpperCase())) return;
  const scopes = scopesOf(tokens);
  for (const scope of scopes) {
    for (const {table, alias, start} of tablesRead(job, tokens, scope)) {
      if (table.partitionKeys.length === 0 || narrowed(tokens, scopes, scope, table, alias))
        continue;
      const what =
        `physical plan generation failed: java.lang.RuntimeException: Table(${job.store.project},${table.name}) ` +
        'is full scan with all partitions, please specify partition predicates.';
      throw sqlError('0130071', job.sql, start, 'Semantic analysis exception', what);
    }
  }
}

/** What statements that read begin with; DDL reads nothing. */
const queries = new Set(['SELECT', 'WITH', 'INSERT', 'FROM', '(']);

/** One SELECT, its own tokens only: those of SELECTs in brackets in it are theirs. */
interface Scope {
  places: number[];
  parent: Scope | null;
  /** It is in a WITH: whoever reads it narrows it. */
  named: boolean;
}

function scopesOf(tokens: Token[]): Scope[] {
  const root: Scope = {places: [], parent: null, named: false};
  const scopes = [root];
  let current = root;
  const stack: Scope[] = [];
  for (const [i, token] of tokens.entries()) {
    if (isMark(token, '(')) {
      stack.push(current);
      const next = tokens[i + 1];
      if (isWord(next, 'SELECT') || isWord(next, 'WITH') || isWord(next, 'FROM')) {
        const named = isWord(tokens[i - 1], 'AS') && tokens[i - 2]?.kind !== 'mark';
        current = {places: [], parent: current, named};
        scopes.push(current);
      }
    } else if (isMark(token, ')')) current = stack.pop() ?? root;
    else if (isWord(token, 'UNION') || isWord(token, 'EXCEPT') || isWord(token, 'INTERSECT')) {
      current = {places: [], parent: current.parent, named: current.named};
      scopes.push(current);
    } else current.places.push(i);
  }
  return scopes;
}

/** Whether a condition of the scope, or of one that narrows it, names a partition column of the table. */
function narrowed(
  tokens: Token[],
  all: Scope[],
  scope: Scope,
  table: Table,
  alias: string,
): boolean {
  const names = new Set(table.partitionKeys.map(key => key.name));
  if (conditions(tokens, scope, names).some(owner => owner === null || owner === alias))
    return true;
  for (let outer = scope.parent; outer !== null; outer = outer.parent) {
    if (conditions(tokens, outer, names).length > 0) return true;
  }
  return (
    scope.named && all.some(other => other !== scope && conditions(tokens, other, names).length > 0)
  );
}

/** The aliases that the conditions of a scope name partition columns with; null for none. */
function conditions(tokens: Token[], scope: Scope, names: Set<string>): (string | null)[] {
  const found: (string | null)[] = [];
  let inside = false;
  for (const i of scope.places) {
    const token = tokens[i]!;
    if (isWord(token, 'WHERE') || isWord(token, 'ON') || isWord(token, 'HAVING')) inside = true;
    else if (['GROUP', 'ORDER', 'LIMIT', 'SELECT', 'JOIN'].some(word => isWord(token, word)))
      inside = false;
    const named = inside && token.kind !== 'text' && names.has(token.text.toLowerCase());
    if (!named || isMark(tokens[i + 1], '.')) continue;
    found.push(isMark(tokens[i - 1], '.') ? tokens[i - 2]!.text.toLowerCase() : null);
  }
  return found;
}

/** The tables named after FROM, JOIN and the commas of a FROM list. */
function tablesRead(job: Job, tokens: Token[], scope: Scope) {
  const found: {table: Table; alias: string; start: number}[] = [];
  let listed = false;
  for (const i of scope.places) {
    const token = tokens[i]!;
    const begins = isWord(token, 'FROM') || isWord(token, 'JOIN');
    if (begins) listed = true;
    else if (['WHERE', 'ON', 'HAVING', 'GROUP', 'SELECT'].some(word => isWord(token, word)))
      listed = false;
    if (!begins && !(listed && isMark(token, ','))) continue;
    const name = nameAt(tokens, i + 1);
    if (name === null) continue;
    const table = job.catalog.tables.get(
      tableKey(name.length === 3 ? name[1]! : schemaOf(job, name), name.at(-1)!),
    );
    const after = i + 2 * name.length;
    const alias = tokens[isWord(tokens[after], 'AS') ? after + 1 : after];
    const aliased =
      alias !== undefined && alias.kind !== 'mark' && !endsName.has(alias.text.toUpperCase());
    if (table !== undefined) {
      found.push({
        table,
        alias: (aliased ? alias.text : name.at(-1)!).toLowerCase(),
        start: tokens[i + 1]!.start,
      });
    }
  }
  return found;
}

/** Words that follow a table's name without being its alias. */
const endsName = new Set(
  'WHERE ON JOIN LEFT RIGHT FULL INNER CROSS GROUP ORDER LIMIT HAVING LATERAL UNION SELECT DISTRIBUTE WINDOW'.split(
    ' ',
  ),
);

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
    if (!isMark(tokens[i + 1], '.')) return parts;
  }
}
