// All prechecks of a task, source and target, collected and shown at once. Nothing is changed anywhere.
import {finding, isSyncError, sortFindings, type Finding} from '../base/errors.ts';
import {silentLog} from '../base/log.ts';
import type {TablePlan} from '../codec/plan.ts';
import {TargetClient} from '../sink/client.ts';
import {targetOptions} from '../sink/credentials.ts';
import {precheckRetry, precheckSink} from '../sink/precheck.ts';
import {SourceConnection} from '../source/connection.ts';
import {precheckValues} from '../source/precheckValues.ts';
import {precheckSource} from '../source/precheck.ts';
import {readServerFacts} from '../source/server.ts';
import {minuteMs, secondMs} from '../base/sizes.ts';
import {precheckState} from './precheckState.ts';
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
const acknowledgeable: ReadonlySet<string> = new Set([
  'P02',
  'P10',
  'P11',
  'P21',
  'P25',
  'P29',
  'P33',
]);
/** Somebody waits for the answer, at a keyboard or in a deployment. */
const precheckMsMax = 2 * minuteMs;

/**
 * Runs every precheck; `ownTables` are target tables that this task made before, `stateDir` is the folder where its
 * runtime keeps its state, null when that is on another machine. Ends within `msMax`, with what was found till then.
 */
export async function precheckTask(
  task: Task,
  secrets: Secrets,
  outer: AbortSignal,
  ownTables: readonly string[] = [],
  stateDir: string | null = null,
  msMax: number = precheckMsMax,
): Promise<Prechecked> {
  const deadline = AbortSignal.timeout(msMax);
  const signal = AbortSignal.any([outer, deadline]);
  const local = stateDir === null ? [] : precheckState(task, stateDir);
  try {
    const {findings, plans} = await precheckBothEnds(task, secrets, signal, ownTables);
    return {findings: sortFindings([...local, ...findings].map(f => acknowledged(task, f))), plans};
  } catch (error) {
    if (outer.aborted || !deadline.aborted) throw error;
    return {findings: sortFindings([...local, tooLate('source', msMax)]), plans: []};
  }
}

function tooLate(what: 'source' | 'target', msMax: number): Finding {
  const id = what === 'source' ? 'P01' : 'P34';
  return finding('SYNC5052', {what, seconds: msMax / secondMs}, {id, where: what});
}

async function precheckBothEnds(
  task: Task,
  secrets: Secrets,
  signal: AbortSignal,
  ownTables: readonly string[],
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
    return {findings: [unreachable, ...target], plans: []};
  }
  await using open = connection;
  const {tables, findings} = await planTables(task, open);
  findings.push(...(await liveFindings(task, client, open, tables, own, signal)));
  return {findings, plans: tables.map(table => table.plan)};
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
  const [source, values, sink] = await Promise.all([
    precheckSource(
      connection,
      facts,
      plans.map(plan => plan.source),
      {task, serverId: task.source.serverId},
    ),
    task.phases.includes('full') ? precheckValues(connection, plans) : [],
    precheckSink(client, plans, {
      conflictingTables: task.conflictingTables,
      ownTables,
      phases: task.phases,
      signal,
    }),
  ]);
  return [...source, ...values, ...sink];
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
