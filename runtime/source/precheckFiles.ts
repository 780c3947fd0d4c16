// P44: whether the rate of changes fills a log partition with files that MaxCompute likes (64 MiB and more). The rate is
// the server's mean since its start over all its tables, so this is an estimate, and only said where coarser partitions help.
import {finding, type Finding} from '../base/errors.ts';
import {MiB} from '../base/sizes.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {Task} from '../spec/task.ts';
import type {SourceConnection} from './connection.ts';

/** Smaller files make reading slow and count against the limits of a project. */
const fileBytesMin = 64 * MiB;
const daySeconds = 24 * 3600;
const partSeconds = {
  year: 365 * daySeconds,
  month: 30 * daySeconds,
  day: daySeconds,
  hour: 3600,
  minute: 60,
};
/** A younger server has no mean yet. */
const uptimeSecondsMin = 3600;

/** A warning where partitions are finer than the changes of a table fill. */
export async function precheckFiles(
  connection: SourceConnection,
  tables: readonly SourceTable[],
  task: Task,
): Promise<Finding[]> {
  const finest = task.log.partitionBy.at(-1);
  if (finest === undefined || !task.phases.includes('incremental') || tables.length === 0)
    return [];
  const rows = await connection.query<{Variable_name: string; Value: string}>(
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted', 'Uptime')",
  );
  const status = new Map(rows.map(row => [row.Variable_name, Number(row.Value)]));
  const uptimeSeconds = status.get('Uptime') ?? 0;
  if (uptimeSeconds < uptimeSecondsMin) return [];
  const changed = (['inserted', 'updated', 'deleted'] as const).reduce(
    (sum, kind) => sum + (status.get(`Innodb_rows_${kind}`) ?? 0),
    0,
  );
  return judgeFiles(tables, task, changed / uptimeSeconds);
}

/** The same for `changesPerSecond` over all of `tables`. */
export function judgeFiles(
  tables: readonly SourceTable[],
  task: Task,
  changesPerSecond: number,
): Finding[] {
  const {partitionBy} = task.log;
  const finest = partitionBy.at(-1);
  const rows = tables.reduce((sum, table) => sum + table.rowsEstimated, 0);
  if (finest === undefined || rows === 0) return [];
  const rowBytes = tables.reduce((sum, table) => sum + table.bytesEstimated, 0) / rows;
  const bytesPerSecond = (changesPerSecond * rowBytes) / tables.length;
  const fills = (part: keyof typeof partSeconds) =>
    bytesPerSecond * partSeconds[part] >= fileBytesMin;
  const coarser = partitionBy.slice(0, -1).findLast(fills);
  if (fills(finest) || coarser === undefined) return [];
  const mebibytes = Math.round((bytesPerSecond * partSeconds[finest] * 10) / MiB) / 10;
  const details = {
    part: finest,
    mebibytes,
    coarser,
    partitionBy: partitionBy.slice(0, partitionBy.indexOf(coarser) + 1),
  };
  const place = {
    id: 'P44',
    severity: 'warning',
    where: 'log.partitionBy',
    observed: `${mebibytes} MiB`,
  } as const;
  return [finding('SYNC2337', details, place)];
}
