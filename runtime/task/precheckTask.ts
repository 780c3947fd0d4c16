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
import {acknowledgeable} from '../spec/checks.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import {sourceOptions} from './connections.ts';
import {planTables, type PlannedTable} from './planTask.ts';

export interface Prechecked {
  /** Sorted, acknowledged ones included as warnings. */
  findings: Finding[];
  plans: TablePlan[];
}

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
  const seen: Seen = {
    findings: stateDir === null ? [] : precheckState(task, stateDir),
    waitsFor: new Set(['source', 'target']),
  };
  const told = (plans: TablePlan[]): Prechecked => ({
    findings: sortFindings(unique(seen.findings).map(f => acknowledged(task, f))),
    plans,
  });
  try {
    return told(await precheckBothEnds(task, secrets, signal, ownTables, seen));
  } catch (error) {
    if (outer.aborted || !deadline.aborted) throw error;
    for (const what of seen.waitsFor) seen.findings.push(tooLate(what, msMax));
    return told([]);
  }
}

/** What the prechecks have found so far, and which ends have not given their last answer. */
interface Seen {
  findings: Finding[];
  waitsFor: Set<'source' | 'target'>;
}

/** The target is asked twice: on its own, and with the tables. */
function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map(found => [JSON.stringify(found), found])).values()];
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
  seen: Seen,
): Promise<TablePlan[]> {
  const own = new Set(ownTables.map(name => name.toLowerCase()));
  await using client = TargetClient.open(
    targetOptions(task.target, secrets),
    silentLog(),
    precheckRetry,
  );
  // What the target says does not wait for a source that is slow or silent.
  const reached = precheckSink(client, [], {
    conflictingTables: task.conflictingTables,
    ownTables: own,
    signal,
  }).then(findings => {
    seen.findings.push(...findings);
    if (findings.length > 0) seen.waitsFor.delete('target');
  });
  reached.catch(() => undefined);
  const planned = await planSource(task, secrets, signal, seen);
  if (planned === null) {
    await reached;
    return [];
  }
  await using open = planned.connection;
  const {tables} = planned;
  await liveFindings(task, client, open, tables, own, signal, seen);
  return tables.map(table => table.plan);
}

/** The tables of the source; null where it cannot be reached, which is then a finding. */
async function planSource(task: Task, secrets: Secrets, signal: AbortSignal, seen: Seen) {
  let connection: SourceConnection;
  try {
    connection = await SourceConnection.open(sourceOptions(task, secrets), signal);
  } catch (error) {
    if (!isSyncError(error) || signal.aborted) throw error;
    seen.findings.push({...error.finding, id: 'P01', where: 'source'});
    seen.waitsFor.delete('source');
    return null;
  }
  try {
    const {tables, findings} = await planTables(task, connection);
    seen.findings.push(...findings);
    return {connection, tables};
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** Findings of both sides about `tables`, all in `seen` as they are made. */
export async function liveFindings(
  task: Task,
  client: TargetClient,
  connection: SourceConnection,
  tables: PlannedTable[],
  ownTables: ReadonlySet<string>,
  signal: AbortSignal,
  seen: Seen = {findings: [], waitsFor: new Set()},
): Promise<Finding[]> {
  const plans = tables.map(table => table.plan);
  const tell = (findings: readonly Finding[]) => void seen.findings.push(...findings);
  const source = async () => {
    const facts = await readServerFacts(connection);
    const sources = plans.map(plan => plan.source);
    const options = {task, serverId: task.source.serverId, onFound: tell};
    await precheckSource(connection, facts, sources, options);
    if (task.phases.includes('full')) tell(await precheckValues(connection, plans));
    seen.waitsFor.delete('source');
  };
  const sink = async () => {
    tell(
      await precheckSink(client, plans, {
        conflictingTables: task.conflictingTables,
        ownTables,
        phases: task.phases,
        signal,
      }),
    );
    seen.waitsFor.delete('target');
  };
  const before = seen.findings.length;
  // Both are waited for: a late source does not lose what the target said, nor the other way round.
  const [first, second] = await Promise.allSettled([source(), sink()]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return seen.findings.slice(before);
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
