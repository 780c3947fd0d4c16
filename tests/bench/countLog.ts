// What a catch-up of the binlog bench left in the endpoint: the first query after it, which takes in what was committed and waits.
import {silentLog} from '../../runtime/base/log.ts';
import {TargetClient} from '../../runtime/sink/client.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {benchKey} from './binlogTask.ts';

/** Counts the rows of log table `table`, empties it, and gives the seconds that the count took. */
export async function countLog(
  endpoint: string,
  table: string,
): Promise<{rows: number; seconds: number}> {
  const {project, ...key} = benchKey;
  const {signal} = new AbortController();
  await using client = TargetClient.open(
    {
      endpoint,
      tunnelEndpoint: endpoint,
      project,
      schema: null,
      quota: null,
      region: null,
      credentials: () => Promise.resolve({...key, securityToken: null}),
    },
    silentLog(),
  );
  const counted = `SET odps.sql.allow.fullscan=true; SELECT COUNT(*) AS n FROM ${table}`;
  const startedMs = performance.now();
  const {rows} = await runSql(client, counted, {signal});
  const seconds = (performance.now() - startedMs) / 1000;
  await runSql(client, `TRUNCATE TABLE ${table}`, {signal});
  return {rows: Number(rows[0]![0]), seconds};
}
