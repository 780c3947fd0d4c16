// Prechecks of the target: P26 names, P34 reach and credentials, P35 rights, P36 tables in the way, P37
// partitions, P40 names used twice.
// Nothing is created or changed. Every finding is collected; only cancellation and bugs are raised.
import PQueue from 'p-queue';
import {finding, isSyncError, type Finding, type Place, type SyncError} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import type {RetryBounds} from '../base/wait.ts';
import type {TablePlan} from '../codec/plan.ts';
import {getProject, getSchema, getTable} from './catalog.ts';
import type {TargetClient} from './client.ts';
import {runSql} from './instance.ts';
import {presentNames} from './listing.ts';
import {checkDefinition} from './names.ts';
import {
  baseTableDefinition,
  compareTable,
  formatDifference,
  logTableDefinition,
  ownerProperty,
} from './tables.ts';
import type {TableDefinition, TargetTable} from './targetTable.ts';

export interface SinkPrecheckOptions {
  conflictingTables: 'report' | 'ignore' | 'adopt';
  /** Target tables that this task made before, lower case: they are not in the way. */
  ownTables: ReadonlySet<string>;
  /** Tables with the mark of this task are its own too; null where its uid is not known. */
  ownUid?: string | null;
  /** Phases of the task; without `schema` its target tables must be there already. All phases when left out. */
  phases?: readonly ('schema' | 'full' | 'incremental')[];
  signal: AbortSignal;
}

/** A precheck tells within seconds what a running task would wait out. For the client that precheckSink is given. */
export const precheckRetry: RetryBounds = {
  countMax: 3,
  elapsedMsMax: 20 * secondMs,
  firstMs: 0.5 * secondMs,
  pauseMsMax: 2 * secondMs,
};

/** Partitions that MaxCompute allows in a table. */
const partitionsMax = 60_000;
/** Look-ups at once; a task may have 10,000 target tables. */
const lookUpsMax = 16;

/** All findings about the target. Names are checked even where the target does not answer. */
export async function precheckSink(
  client: TargetClient,
  plans: readonly TablePlan[],
  options: SinkPrecheckOptions,
): Promise<Finding[]> {
  const findings = [
    ...plans.flatMap(checkNames),
    ...checkSharedNames(plans),
    ...checkPartitions(plans),
  ];
  const unreachable = await asFinding(
    async () => {
      await getProject(client, options.signal);
      await getSchema(client, options.signal);
      await client.tunnelEndpoint(options.signal);
    },
    {id: 'P34', where: 'target'},
    options.signal,
  );
  if (unreachable !== null) return [...findings, unreachable];
  // Running a job is the right that every setup step and recovery needs; it changes nothing.
  const powerless = await asFinding(
    () => runSql(client, 'SELECT 1 AS probe', {signal: options.signal}),
    {id: 'P35', where: 'target'},
    options.signal,
  );
  if (powerless !== null) findings.push(powerless);
  return [...findings, ...(await checkConflicts(client, plans, options))];
}

function checkNames(plan: TablePlan): Finding[] {
  const place = {id: 'P26', object: objectOf(plan)};
  const found = definitionsOf(plan).flatMap(checkDefinition);
  // Base and log share their columns: the same finding twice says nothing more.
  const unique = new Map(found.map(f => [`${f.code} ${f.cause}`, f]));
  return [...unique.values()].map(f => ({...f, ...place}));
}

/** The target compares names without case. */
function checkSharedNames(plans: readonly TablePlan[]): Finding[] {
  const uses = plans.flatMap(plan =>
    [plan.baseTable, plan.logTable].map(name => ({name: name.toLowerCase(), plan})),
  );
  return [...Map.groupBy(uses, use => use.name)]
    .filter(([, group]) => group.length > 1)
    .map(([name, group]) => {
      const sources = [...new Set(group.map(use => objectOf(use.plan)))];
      return finding('SYNC4026', {name, sources}, {id: 'P40', object: sources[0]!});
    });
}

/** P37: the finest part of the event time says how many partitions a day has; all tables of a task share it. */
function checkPartitions(plans: readonly TablePlan[]): Finding[] {
  const [plan] = plans;
  const finest = plan?.partitionBy.at(-1);
  if (plan === undefined || finest === undefined) return [];
  const perDay = finest === 'minute' ? 24 * 60 : finest === 'hour' ? 24 : 1;
  const days = Math.floor(partitionsMax / perDay);
  // An hour's partitions last for almost seven years: only minutes are worth a word.
  if (finest !== 'minute' || (plan.lifecycleDays ?? Infinity) <= days) return [];
  const place: Place = {
    id: 'P37',
    severity: 'warning',
    where: 'log.partitionBy',
    observed: `${perDay} partitions a day`,
  };
  return [finding('SYNC4044', {table: plan.logTable, perDay, days}, place)];
}

async function checkConflicts(
  client: TargetClient,
  plans: readonly TablePlan[],
  options: SinkPrecheckOptions,
): Promise<Finding[]> {
  const queue = new PQueue({concurrency: lookUpsMax});
  const wanted = plans.flatMap(plan =>
    definitionsOf(plan, options.phases).map(definition => ({plan, definition})),
  );
  const foreign = wanted
    .filter(({definition}) => !options.ownTables.has(definition.name.toLowerCase()))
    .filter(({definition}) => checkDefinition(definition).length === 0);
  const names = foreign.map(({definition}) => definition.name);
  let present = new Set(names);
  const trouble = await asFinding(
    async () => {
      present = await presentNames(client, names, options.signal);
    },
    {id: 'P35', where: 'target'},
    options.signal,
  );
  if (trouble !== null) return [trouble];
  const makes = options.phases?.includes('schema') ?? true;
  const found = foreign.map(({plan, definition}) => {
    const {name} = definition;
    if (present.has(name)) return queue.add(() => checkConflict(client, plan, definition, options));
    const object = objectOf(plan);
    return makes ? [] : [finding('SYNC4045', {table: name}, {id: 'P36', object})];
  });
  return (await Promise.all(found)).flat();
}

async function checkConflict(
  client: TargetClient,
  plan: TablePlan,
  wanted: TableDefinition,
  options: SinkPrecheckOptions,
): Promise<Finding[]> {
  const object = objectOf(plan);
  let table: TargetTable | null = null;
  const trouble = await asFinding(
    async () => {
      table = await getTable(client, wanted.name, options.signal);
    },
    {id: 'P35', where: 'target', object},
    options.signal,
  );
  if (trouble !== null) return [trouble];
  const makes = options.phases?.includes('schema') ?? true;
  // Dropped since it was listed: as good as never there.
  if (table === null || isOwn(table, options.ownUid ?? null)) return [];
  const found = judgeConflict(
    wanted,
    table,
    object,
    makes ? options.conflictingTables : 'adopt',
    plan.logTable,
  );
  // Nothing may be renamed or made there, and old log rows would win over a new base.
  const loadsBesideLog = !makes && options.phases?.includes('full') === true;
  return loadsBesideLog ? found.map(f => ({...f, severity: 'error'})) : found;
}

function isOwn({properties}: TargetTable, uid: string | null): boolean {
  return uid !== null && properties[ownerProperty]?.startsWith(`${uid}:`) === true;
}

/**
 * `ignore` keeps what stands there and writes on, `adopt` takes the tables over; both need the shape to be exactly ours.
 */
function judgeConflict(
  wanted: TableDefinition,
  found: TargetTable,
  object: string,
  mode: SinkPrecheckOptions['conflictingTables'],
  logTable: string,
): Finding[] {
  const place: Place = {id: 'P36', object};
  const table = wanted.name;
  const owner = found.properties[ownerProperty];
  if (owner !== undefined && mode !== 'report') return [finding('SYNC4030', {table, owner}, place)];
  if (mode === 'report') return [finding('SYNC4028', {table}, place)];
  const differences = compareTable(wanted, found).map(formatDifference);
  if (differences.length > 0) return [finding('SYNC4029', {table, differences}, place)];
  const warning: Place = {...place, severity: 'warning'};
  if (mode === 'ignore' && table !== logTable && found.recordNum !== 0)
    return [finding('SYNC4060', {table, records: found.recordNum}, warning)];
  if (table === logTable && found.recordNum !== 0)
    return [finding('SYNC4031', {table, records: found.recordNum}, warning)];
  return [];
}

/** The tables that the task needs: both where it makes them, else those that its phases write. */
function definitionsOf(
  plan: TablePlan,
  phases: SinkPrecheckOptions['phases'] = ['schema'],
): TableDefinition[] {
  const needs = (phase: 'full' | 'incremental') =>
    phases.includes('schema') || phases.includes(phase);
  return [
    ...(needs('full') ? [baseTableDefinition(plan, '')] : []),
    ...(needs('incremental') ? [logTableDefinition(plan, '')] : []),
  ];
}

function objectOf(plan: TablePlan): string {
  return `${plan.source.database}.${plan.source.name}`;
}

/** The coded error of `work` as a finding at `place`; null when it went well. */
async function asFinding(
  work: () => Promise<unknown>,
  place: {id: string; where: string; object?: string},
  signal: AbortSignal,
): Promise<Finding | null> {
  try {
    await work();
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error)) throw error;
    const coded: SyncError = error;
    return {...coded.finding, ...place};
  }
}
