// Questions to the target that decide what a forgotten session did (C9), where ids go on (C11) and what a load left (C4).
import {fail} from '../base/errors.ts';
import type {TargetClient} from './client.ts';
import {runSql} from './instance.ts';
import {partitionCondition, quoteName} from './sqlText.ts';

export interface RecordCount {
  count: number;
  /** An update's two rows share one id, so this is smaller than `count` where there are updates. */
  distinctIds: number;
}

/** Rows of one partition whose record id is in [firstId, lastId]. */
export async function countRecords(
  client: TargetClient,
  table: string,
  partition: string | null,
  recordIdColumn: string,
  firstId: number,
  lastId: number,
  signal: AbortSignal,
): Promise<RecordCount> {
  const id = quoteName(recordIdColumn);
  const inPartition = partition === null ? '' : `${partitionCondition(partition)} AND `;
  const [count, distinctIds] = await numbers(
    client,
    `SELECT COUNT(*) AS row_count, COUNT(DISTINCT ${id}) AS id_count FROM ${quoteName(table)} ` +
      `WHERE ${inPartition}${id} BETWEEN ${firstId} AND ${lastId}`,
    signal,
  );
  return {count: count!, distinctIds: distinctIds!};
}

/** The highest record id in a log; 0 when it is empty. */
export async function highestRecordId(
  client: TargetClient,
  table: string,
  recordIdColumn: string,
  signal: AbortSignal,
): Promise<number> {
  const id = quoteName(recordIdColumn);
  const sql = `SELECT MAX(${id}) AS highest FROM ${quoteName(table)}`;
  return (await numbers(client, sql, signal))[0]!;
}

/** Rows of a whole table. */
export async function countRows(
  client: TargetClient,
  table: string,
  signal: AbortSignal,
): Promise<number> {
  const sql = `SELECT COUNT(*) AS row_count FROM ${quoteName(table)}`;
  return (await numbers(client, sql, signal))[0]!;
}

/** The one row of numbers that `sql` gives; NULL counts as 0. */
async function numbers(client: TargetClient, sql: string, signal: AbortSignal): Promise<number[]> {
  const hints = {'odps.sql.allow.fullscan': 'true'};
  const {rows} = await runSql(client, sql, {hints, signal});
  const values = (rows[0] ?? []).map(value => Number(value ?? 0));
  if (values.length === 0 || !values.every(Number.isSafeInteger))
    throw fail('SYNC4012', {operation: sql, what: 'the answer holds no whole numbers'});
  return values;
}
