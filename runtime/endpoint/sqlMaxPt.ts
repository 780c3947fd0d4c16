// MAX_PT('table'): the greatest first-level partition that holds rows. It is looked up before the statement is translated and
// stands in it as a text, as the service's planner does it; so a view that holds the call is refused.
import {duckName} from './catalog.ts';
import type {TableName} from './ddl.ts';
import {ensureInDuck, isFresh} from './freshTables.ts';
import {resolve, type Job} from './job.ts';
import {edited, isMark, isWord, type Edit} from './sqlEdit.ts';
import {sqlError, type Token} from './sqlTokens.ts';
import {queryRows, quoteName, textLiteral} from './store.ts';

/** The statement with every MAX_PT of a literal name replaced; ODPS-0130131 and ODPS-0130071 for a table it cannot be of. */
export async function withMaxPt(job: Job, tokens: Token[]): Promise<string> {
  if (isWord(tokens[0], 'CREATE')) return job.sql;
  const edits: Edit[] = [];
  for (const [i, token] of tokens.entries()) {
    const name = tokens[i + 2];
    if (!isWord(token, 'MAX_PT') || !isMark(tokens[i + 1], '(') || name?.kind !== 'text') continue;
    const close = tokens[i + 3];
    if (close === undefined || !isMark(close, ')')) continue;
    const text = await maxPartition(job, tableName(name));
    edits.push({start: token.start, end: close.end, text});
  }
  return edited(job.sql, edits);
}

/** `table`, `project.table` (or, by the job, `schema.table`) and `project.schema.table`. */
function tableName({text, start}: Token): TableName {
  const [name = '', ...before] = text.toLowerCase().split('.').toReversed();
  const [schema = null, project = null] = before.length > 1 ? before : [null, ...before];
  return {project, schema, name, start};
}

/** The value as a literal; NULL while no partition holds rows. */
async function maxPartition(job: Job, name: TableName): Promise<string> {
  const table = resolve(job, name);
  const [key] = table.partitionKeys;
  if (key === undefined) {
    const what = `MAX_PT: table ${table.name} is not partitioned`;
    throw sqlError('0130071', job.sql, name.start, 'Semantic analysis exception', what);
  }
  if (isFresh(job.catalog, table)) return 'NULL';
  await ensureInDuck(job.store, job.catalog, table);
  const column = quoteName(key.name);
  const [row] = await job.store.read(connection =>
    queryRows(connection, `SELECT max(${column})::VARCHAR AS pt FROM ${duckName(table)}`),
  );
  const value = row?.['pt'];
  return typeof value === 'string' ? textLiteral(value) : 'NULL';
}
