// How busy the source is, by the limits of `source.load`: its running threads, its lag as a replica, and a SELECT of the
// user's. Each limit that is passed is a named reason to hold.
import type {Task} from '../spec/task.ts';
import type {SourceConnection} from './connection.ts';
import {statementLimit} from './dialect.ts';

export type LoadLimits = Task['source']['load'];

/** One limit that is passed, as a hold shows it. */
export interface LoadReason {
  reason: 'source-threads-running' | 'source-replica-lag' | 'source-query';
  value: number | string;
}

/** A look may not itself become a load. */
const queryMsMax = 5000;

/** Whether any limit is set. */
export function watchesLoad({threadsRunningMax, replicaLagSecondsMax, query}: LoadLimits): boolean {
  return threadsRunningMax !== null || replicaLagSecondsMax !== null || query !== null;
}

/** Bounds every query that the watching connection sends, where the server can. */
export async function boundQueries(connection: SourceConnection): Promise<void> {
  await connection.query(`SET @watch = 1 ${statementLimit(queryMsMax)}`);
}

/** The limits that are passed now. */
export async function readLoad(
  connection: SourceConnection,
  limits: LoadLimits,
): Promise<LoadReason[]> {
  const reasons: LoadReason[] = [];
  const {threadsRunningMax, replicaLagSecondsMax, query} = limits;
  if (threadsRunningMax !== null) {
    const [row] = await connection.query<{Value: string}>(
      "SHOW GLOBAL STATUS LIKE 'Threads_running'",
    );
    const value = Number(row?.Value ?? 0);
    if (value > threadsRunningMax) reasons.push({reason: 'source-threads-running', value});
  }
  if (replicaLagSecondsMax !== null) {
    const value = await readReplicaLag(connection);
    if (value !== null && value > replicaLagSecondsMax)
      reasons.push({reason: 'source-replica-lag', value});
  }
  if (query !== null) {
    const [row] = await connection.query<Record<string, string | number | null>>(query);
    const value = Object.values(row ?? {})[0] ?? null;
    if (value !== null && String(value) !== '' && Number(value) !== 0)
      reasons.push({reason: 'source-query', value});
  }
  return reasons;
}

/** Seconds behind its own source; null for a server that is no replica, or cannot tell. */
async function readReplicaLag(connection: SourceConnection): Promise<number | null> {
  const rows = await connection.query<Record<string, string | number | null>>(
    connection.dialect.replicaStatusSql,
  );
  const lags = rows.flatMap(
    row => row['Seconds_Behind_Source'] ?? row['Seconds_Behind_Master'] ?? [],
  );
  return lags.length === 0 ? null : Math.max(...lags.map(Number));
}
