// P41: what the task asks of its source beside reading it, tried without doing it: the heartbeat row by EXPLAIN, the SELECT
// of source.load by running it once.
import {finding, isSyncError, type Finding} from '../base/errors.ts';
import type {Task} from '../spec/task.ts';
import type {SourceConnection} from './connection.ts';
import {heartbeatSql, heartbeatTableSql} from './heartbeat.ts';

/** Findings about `incremental.heartbeatTable` and `source.load.query`. */
export async function precheckAsked(connection: SourceConnection, task: Task): Promise<Finding[]> {
  const {heartbeat, heartbeatTable: table} = task.incremental;
  const {query} = task.source.load;
  const found: Finding[] = [];
  if (heartbeat && table !== null && task.phases.includes('incremental')) {
    const said = await refusal(connection, `EXPLAIN ${heartbeatSql(table)}`, [task.name]);
    const where = 'incremental.heartbeatTable';
    if (said !== null)
      found.push(
        finding('SYNC2332', {table, said, ddl: heartbeatTableSql(table)}, {id: 'P41', where}),
      );
  }
  if (query !== null) {
    const said = await refusal(connection, query, []);
    const where = 'source.load.query';
    if (said !== null) found.push(finding('SYNC2333', {said}, {id: 'P41', where}));
  }
  return found;
}

/** What the server says against `sql`; null when it takes it. */
async function refusal(
  connection: SourceConnection,
  sql: string,
  values: string[],
): Promise<string | null> {
  try {
    await connection.query(sql, values);
    return null;
  } catch (error) {
    if (!isSyncError(error) || error.kind === 'trouble') throw error;
    return error.finding.cause;
  }
}
