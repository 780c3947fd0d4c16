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

export interface PrecheckOptions {
  /** Target tables that this task made before: they are not in the way. */
  ownTables?: readonly string[];
  /** The uid of the task, where its state folder is at hand: tables with its mark are its own too. */
  ownUid?: string | null;
  /** The folder where its runtime keeps its state; null when that is on another machine. */
  stateDir?: string | null;
  msMax?: number;
  /** A connection to the source that is open already; it stays so. */
  connection?: SourceConnection;
}

/** Runs every precheck. Ends within `msMax`, with what was found till then. */
export async function precheckTask(
  task: Task,
  secrets: Secrets,
  outer: AbortSignal,
  options: PrecheckOptions = {},
): Promise<Prechecked> {
  const {stateDir = null, msMax = precheckMsMax} = options;
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
    return told(await precheckBothEnds(task, secrets, signal, options, seen));
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
  {ownTables = [], ownUid = null, connection: shared}: PrecheckOptions,
  seen: Seen,
): Promise<TablePlan[]> {
  const own: Own = {tables: new Set(ownTables.map(name => name.toLowerCase())), uid: ownUid};
  await using client = TargetClient.open(
    targetOptions(task.target, secrets),
    silentLog(),
    precheckRetry,
  );
  // What the target says does not wait for a source that is slow or silent.
  const reached = precheckSink(client, [], {
    conflictingTables: task.conflictingTables,
    ownTables: own.tables,
    signal,
  }).then(findings => {
    seen.findings.push(...findings);
    if (findings.length > 0) seen.waitsFor.delete('target');
  });
  reached.catch(() => undefined);
  const check = async (connection: SourceConnection): Promise<TablePlan[]> => {
    const {tables, findings} = await planTables(task, connection);
    seen.findings.push(...findings);
    await liveFindings(task, client, connection, tables, own, signal, seen);
    return tables.map(table => table.plan);
  };
  if (shared !== undefined) return await check(shared);
  const connection = await openSource(task, secrets, signal, seen);
  if (connection === null) {
    await reached;
    return [];
  }
  await using open = connection;
  return await check(open);
}

/** Which target tables are the task's own: by name, and by its mark. */
export interface Own {
  /** Lower case. */
  tables: ReadonlySet<string>;
  uid: string | null;
}

/** A connection to the source; null where it cannot be reached, which is then a finding. */
async function openSource(task: Task, secrets: Secrets, signal: AbortSignal, seen: Seen) {
  try {
    return await SourceConnection.open(sourceOptions(task, secrets), signal);
  } catch (error) {
    if (!isSyncError(error) || signal.aborted) throw error;
    seen.findings.push({...error.finding, id: 'P01', where: 'source'});
    seen.waitsFor.delete('source');
    return null;
  }
}

/** Findings of both sides about `tables`, all in `seen` as they are made. */
export async function liveFindings(
  task: Task,
  client: TargetClient,
  connection: SourceConnection,
  tables: PlannedTable[],
  own: Own,
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
        ownTables: own.tables,
        ownUid: own.uid,
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
