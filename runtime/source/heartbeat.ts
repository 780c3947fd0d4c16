// The heartbeat row of a task: one row a task in a table of the user's choice, the only thing that is ever written to a
// source. The table: task VARCHAR(63) PRIMARY KEY, beat_at DATETIME(6) NOT NULL.
import type {SourceConnection} from './connection.ts';
import {quoteName} from './literal.ts';

/** Writes the row of `task` with the server's own time. */
export async function writeHeartbeat(
  connection: SourceConnection,
  table: string,
  task: string,
): Promise<void> {
  await connection.query(heartbeatSql(table), [task]);
}

/** The statement; EXPLAIN of it shows whether it could run. */
export function heartbeatSql(table: string): string {
  return (
    `INSERT INTO ${quoted(table)} (task, beat_at) VALUES (?, NOW(6)) ` +
    'ON DUPLICATE KEY UPDATE beat_at = NOW(6)'
  );
}

/** What makes a table that fits. */
export function heartbeatTableSql(table: string): string {
  return `CREATE TABLE ${quoted(table)} (task VARCHAR(63) PRIMARY KEY, beat_at DATETIME(6) NOT NULL)`;
}

function quoted(table: string): string {
  const [database = '', name = ''] = table.split('.');
  return `${quoteName(database)}.${quoteName(name)}`;
}
