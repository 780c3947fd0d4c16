// All prechecks of a task, source and target, collected and shown at once. Nothing is changed anywhere.
import {finding, isSyncError, sortFindings, type Finding} from '../base/errors.ts';
import {silentLog} from '../base/log.ts';
import type {TablePlan} from '../codec/plan.ts';
import {TargetClient} from '../sink/client.ts';
import {targetOptions} from '../sink/credentials.ts';
import {precheckRetry, precheckSink} from '../sink/precheck.ts';
import {SourceConnection} from '../source/connection.ts';
import {precheckSource} from '../source/precheck.ts';
import {readServerFacts} from '../source/server.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import {sourceOptions} from './connections.ts';
import {planTables, type PlannedTable} from './planTask.ts';

export interface Prechecked {
  /** Sorted, acknowledged ones included as warnings. */
  findings: Finding[];
  plans: TablePlan[];
}

/** Checks that may be acknowledged although they are errors: they warn of a risk, none of them loses a row by itself. */
const acknowledgeable: ReadonlySet<string> = new Set(['P02', 'P10', 'P11', 'P25', 'P29', 'P33']);

/** Runs every precheck; `ownTables` are target tables that this task made before. */
export async function precheckTask(
  task: Task,
  secrets: Secrets,
  signal: AbortSignal,
  ownTables: readonly string[] = [],
): Promise<Prechecked> {
  const own = new Set(ownTables.map(name => name.toLowerCase()));
  await using client = TargetClient.open(
    targetOptions(task.target, secrets),
    silentLog(),
    precheckRetry,
  );
  let connection: SourceConnection;
  try {
    connection = await SourceConnection.open(sourceOptions(task, secrets), signal);
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const unreachable = {...error.finding, id: 'P01', where: 'source'};
    const target = await precheckSink(client, [], {
      conflictingTables: task.conflictingTables,
      ownTables: own,
      signal,
    });
    return {findings: sortFindings([unreachable, ...target]), plans: []};
  }
  await using open = connection;
  const {tables, findings} = await planTables(task, open);
  findings.push(...(await liveFindings(task, client, open, tables, own, signal)));
  return {
    findings: sortFindings(findings.map(found => acknowledged(task, found))),
    plans: tables.map(table => table.plan),
  };
}

/** Findings of both sides about `tables`. */
export async function liveFindings(
  task: Task,
  client: TargetClient,
  connection: SourceConnection,
  tables: PlannedTable[],
  ownTables: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const facts = await readServerFacts(connection);
  const plans = tables.map(table => table.plan);
  const [source, sink] = await Promise.all([
    precheckSource(
      connection,
      facts,
      plans.map(plan => plan.source),
      {task, serverId: task.source.serverId},
    ),
    precheckSink(client, plans, {conflictingTables: task.conflictingTables, ownTables, signal}),
  ]);
  return [...source, ...sink];
}

/** The finding as a warning where the task acknowledges it and that is safe. */
export function acknowledged(task: Task, found: Finding): Finding {
  if (found.id === null || found.severity === 'warning' || !acknowledgeable.has(found.id))
    return found;
  const named = task.acknowledge.some(
    entry => entry === found.id || entry === `${found.id}:${found.object}`,
  );
  return named ? {...found, severity: 'warning'} : found;
}

/** The findings that stop a task. */
export function blocking(findings: readonly Finding[]): Finding[] {
  return findings.filter(found => found.severity === 'error');
}
