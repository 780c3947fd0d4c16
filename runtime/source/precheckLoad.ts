// Prechecks of what a full load means for the source: P11 how long it takes against the retention of the binlog,
// P21 how well each table can be cut, P23 columns that nobody sees. Estimates are the server's own; nothing is read.
import {finding, type Finding} from '../base/errors.ts';
import {MiB} from '../base/sizes.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import {loadWorkers} from '../spec/loadWorkers.ts';
import type {Task} from '../spec/task.ts';
import {quoteTable, valueKind} from './literal.ts';
import type {ServerFacts} from './server.ts';

/** A cautious rate of one worker over a network, for estimates only. */
const workerMebibytesPerSecond = 10;
/** Below this a table is read in seconds however it is cut. */
const largeRows = 1_000_000;
/** A table that cannot be cut is held in the memory of one worker. */
const uncutBytesMax = 1024 * MiB;
const daySeconds = 24 * 3600;
/** The least retention that a fix asks for. */
const retentionSecondsMin = 7 * daySeconds;

/** P11 and P21. */
export function precheckLoad(
  server: string,
  facts: ServerFacts,
  tables: readonly SourceTable[],
  task: Task,
): Finding[] {
  if (!task.phases.includes('full')) return [];
  return [...checkDuration(server, facts, tables, task), ...tables.flatMap(checkKey)];
}

/** P23. */
export function precheckInvisible(tables: readonly SourceTable[]): Finding[] {
  return tables.flatMap(table => {
    const columns = table.columns.filter(column => column.invisible).map(column => column.name);
    if (columns.length === 0) return [];
    const observed = columns.join(', ');
    const place = {id: 'P23', severity: 'warning', object: objectOf(table), observed} as const;
    return [finding('SYNC2327', {table: quoteTable(table), columns}, place)];
  });
}

/** P11: an interrupted load goes on only where the changes since its begin are still there. */
function checkDuration(
  server: string,
  facts: ServerFacts,
  tables: readonly SourceTable[],
  task: Task,
): Finding[] {
  if (!task.phases.includes('incremental') || facts.expireSeconds === 0) return [];
  const bytes = tables.reduce((sum, table) => sum + table.bytesEstimated, 0);
  const loadSeconds = loadSecondsEstimated(task, bytes);
  if (loadSeconds * 2 <= facts.expireSeconds) return [];
  const days = Math.ceil((loadSeconds * 3) / daySeconds);
  const details = {
    server,
    loadHours: hours(loadSeconds),
    keptHours: hours(facts.expireSeconds),
    seconds: Math.max(retentionSecondsMin, days * daySeconds),
  };
  const severity = loadSeconds > facts.expireSeconds ? 'error' : 'warning';
  const observed = `${facts.expireSeconds} s`;
  return [finding('SYNC2323', details, {id: 'P11', severity, where: 'source', observed})];
}

/** A cautious estimate of how long the full load of `bytes`, as the server counts them, takes. */
export function loadSecondsEstimated({full}: Task, bytes: number): number {
  const rate = Math.min(
    loadWorkers({full}) * workerMebibytesPerSecond,
    full.throttle.mebibytesPerSecond ?? Infinity,
  );
  return bytes / MiB / rate;
}

function hours(seconds: number): number {
  return Math.round((seconds / 3600) * 10) / 10;
}

/** P21. */
function checkKey(table: SourceTable): Finding[] {
  const {key} = table;
  const rows = table.rowsEstimated;
  if (key === null || rows < largeRows) return [];
  const place = {id: 'P21', object: objectOf(table)};
  const first = table.columns.find(column => column.name === key.columns[0]);
  if (first !== undefined && valueKind(first) === null) {
    const severity = table.bytesEstimated > uncutBytesMax ? 'error' : 'warning';
    const {name: column, dataType} = first;
    const details = {table: quoteTable(table), rows, column, dataType};
    return [finding('SYNC2325', details, {...place, severity, observed: dataType})];
  }
  if (key.name === 'PRIMARY') return [];
  const details = {table: quoteTable(table), rows, index: key.name};
  return [finding('SYNC2326', details, {...place, severity: 'warning', observed: key.name})];
}

function objectOf(table: SourceTable): string {
  return `${table.database}.${table.name}`;
}
