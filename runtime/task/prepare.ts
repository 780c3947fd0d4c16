// From a parsed task to tables that are ready: prechecks, edits of the table list, target tables, joins (rules C13, C14).
import {writeFileSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import PQueue from 'p-queue';
import {codes} from '../base/codes.ts';
import {fail, isSyncError, SyncError, sortFindings, type Finding} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {TargetClient} from '../sink/client.ts';
import {presentNames} from '../sink/listing.ts';
import {formatOwner, type Owner} from '../sink/owner.ts';
import {
  baseTableDefinition,
  compareTable,
  createTable,
  createTableSql,
  formatDifference,
  getTable,
  logTableDefinition,
  ownerProperty,
  type TableDefinition,
} from '../sink/tables.ts';
import {countRows} from '../sink/verify.ts';
import type {SourceConnection} from '../source/connection.ts';
import type {Position} from '../source/position.ts';
import {readStartPosition} from '../source/server.ts';
import type {Task} from '../spec/task.ts';
import {markTables, setOldLogAside} from './adopt.ts';
import type {Ledger} from './ledger.ts';
import type {JoinRecord, LedgerState, TableRecord} from './ledgerTypes.ts';
import {leaveNewTables} from './newTables.ts';
import {planTables, type PlannedTable} from './planTask.ts';
import {precheckState} from './precheckState.ts';
import {acknowledged, blocking, liveFindings} from './precheckTask.ts';
import {removeRelayLog} from './relay.ts';
import {changedTables, isSameTable, setOldTablesAside} from './reload.ts';

/** Statements in the target at once (rule C4: bounded, not one after the other). */
const statementsMax = 16;
/** The catalog is read again while it changes under us. */
const catalogReadsMax = 3;

export interface PrepareContext {
  task: Task;
  stateDir: string;
  /** The lease epoch of this runtime, for owner marks. */
  epoch: number;
  client: TargetClient;
  ledger: Ledger;
  connection: SourceConnection;
  log: Log;
  signal: AbortSignal;
  /** The task runs already: what was dropped at the source since then leaves it. */
  isRunning: boolean;
  onFindings: (findings: Finding[]) => void;
  onPrechecked: () => void;
}

/** What the task has to do: all its tables as the ledger has them now, and how each is planned. Some are still to be made. */
export interface Prepared {
  state: LedgerState;
  planned: Map<string, PlannedTable>;
}

/** Prechecks, then brings ledger and target in line with the task. Raises the first blocking finding; all are told before. */
export async function prepare(context: PrepareContext, before: LedgerState): Promise<Prepared> {
  const {task, ledger} = context;
  const byKey = (records: readonly TableRecord[]) =>
    new Map(records.map(record => [keyOf(record.database, record.table), record]));
  const known = byKey(before.tables.filter(record => record.isMade));
  // They joined before their target tables were there, so nothing was written: they join again.
  const unmade = byKey(before.tables.filter(record => !record.isMade));
  const {tables, findings, position} = await planAtPosition(context, before, known);
  const planned = new Map(
    tables.map(table => [keyOf(table.plan.source.database, table.plan.source.name), table]),
  );
  const changed = changedTables(task, planned, known);
  const joining = [...planned].flatMap(([key, table]) =>
    !known.has(key) || changed.has(key) ? [table] : [],
  );
  const present = await check(context, before, tables, joining, findings);
  context.onPrechecked();
  for (const [key, record] of [...known, ...unmade]) {
    if (planned.has(key)) continue;
    context.log.info({table: key}, 'the table leaves the task; its target tables stay');
    await ledger.leave(record.tableId);
  }
  // A share without a table follows from here on, so that those that are created later can join it.
  const isEmpty = planned.size === 0 && before.position === null;
  if (joining.length > 0 || isEmpty) {
    const owner: Owner = {uid: before.uid, generation: 1, epoch: context.epoch};
    const queue = new PQueue({concurrency: statementsMax});
    // Where no table goes on, nothing ties the task to where it stood.
    const isAll = joining.length === planned.size;
    const hasMoved = isAll && before.position !== null;
    const start = hasMoved ? {...position, epoch: position.epoch + 1} : position;
    const joins = await queue.addAll(
      joining.map(table => async () => {
        const key = keyOf(table.plan.source.database, table.plan.source.name);
        const old = changed.get(key)?.record ?? null;
        const replaces = (old ?? unmade.get(key))?.tableId ?? null;
        if (old === null && isFresh(task, table.plan, present))
          return joinRecord(task, table, start, toBeMade, replaces);
        const made = await setUpTarget(context, table.plan, owner, present, old);
        return joinRecord(task, table, start, made, replaces);
      }),
    );
    // Its transactions may have the numbers of others, before a reset of the source.
    if (hasMoved) removeRelayLog(context.stateDir);
    await ledger.join(start, joins, isAll);
  }
  return {state: await ledger.load(), planned};
}

/** Writes the plans where `synctask merge-sql --state` finds them. */
export function writePlans(stateDir: string, tables: readonly {plan: TablePlan}[]): void {
  const path = join(stateDir, 'plans.json');
  writeFileSync(`${path}.new`, JSON.stringify({tables: tables.map(table => table.plan)}), {
    mode: 0o600,
  });
  renameSync(`${path}.new`, path);
}

/** Plans, and for tables that join a position at which they hold: read, position, read again, equal (no DDL in between). */
async function planAtPosition(
  context: PrepareContext,
  before: LedgerState,
  known: ReadonlyMap<string, TableRecord>,
) {
  const {task, connection} = context;
  const plan = async () => leaveNewTables(task, await planTables(task, connection), before.tables);
  let planned = await plan();
  const isKnown = ({plan: {source}, settings}: PlannedTable) => {
    const record = known.get(keyOf(source.database, source.name));
    return record !== undefined && isSameTable(settings, record.settings);
  };
  if (before.position !== null && planned.tables.every(isKnown))
    return {...planned, position: before.position};
  for (let reads = 1; ; reads++) {
    const position: Position = await readStartPosition(connection, before.position?.epoch ?? 1);
    const again = await plan();
    const isSame =
      JSON.stringify(shapesOf(again.tables)) === JSON.stringify(shapesOf(planned.tables));
    planned = again;
    if (isSame || reads === catalogReadsMax) return {...planned, position};
  }
}

/** Columns and keys; the server's row estimates change all the time. */
function shapesOf(tables: readonly PlannedTable[]) {
  return tables.map(({plan}) => [plan.source.database, plan.source.name, plan.columns, plan.key]);
}

/** Raises what stops the task. Returns the target tables of `joining` that are there already. */
async function check(
  context: PrepareContext,
  before: LedgerState,
  tables: PlannedTable[],
  joining: PlannedTable[],
  planFindings: Finding[],
): Promise<ReadonlySet<string>> {
  const {task, client, connection, signal} = context;
  const own = new Set<string>();
  for (const {plan} of before.tables)
    own.add(plan.baseTable.toLowerCase()).add(plan.logTable.toLowerCase());
  const present = await standing(client, joining, signal);
  const ours = {tables: own, uid: before.uid};
  const live = await liveFindings(task, client, connection, tables, ours, signal);
  const local = precheckState(task, context.stateDir, true);
  const findings = sortFindings(
    [...local, ...planFindings, ...live].map(found =>
      acknowledged(task, context.isRunning ? leaving(found) : found),
    ),
  );
  context.onFindings(findings);
  const stopping = blocking(findings);
  if (stopping.length === 0) return present;
  context.log.error({findings: stopping}, 'prechecks stop the task');
  // A first start tells its trouble at once; a task that ran before tries again for as long as `retry` says.
  const isTrouble = stopping.every(({code}) => codes[code].kind === 'trouble');
  const isAgain = before.tables.length > 0;
  throw new SyncError(stopping[0]!, isTrouble && isAgain ? 'trouble' : 'mistake');
}

/** A table that is not there any more stops a start, and not a task that saw it go. */
function leaving(found: Finding): Finding {
  return found.code === 'SYNC2201' ? {...found, severity: 'warning'} : found;
}

/** Those target tables of `joining` that are there; all of them where the target does not say. */
async function standing(
  client: TargetClient,
  joining: readonly PlannedTable[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const wanted = joining.flatMap(({plan}) => [plan.baseTable, plan.logTable]);
  try {
    return await presentNames(client, wanted, signal);
  } catch (error) {
    // The prechecks of the target say what is wrong with it, in their own words.
    if (isSyncError(error)) return new Set(wanted);
    throw error;
  }
}

interface MadeTarget {
  /** The record id that the log begins with. */
  firstRecordId: number;
  /** The base holds rows that stay: it is not loaded. */
  keepsBase: boolean;
  isMade: boolean;
}

/** Tables that are made beside the loads of others. */
const toBeMade: MadeTarget = {firstRecordId: 1, keepsBase: false, isMade: false};

/** Nothing stands where the tables of `plan` go, and nothing that stands elsewhere is asked about. */
function isFresh(
  {phases, conflictingTables}: Task,
  {baseTable, logTable}: TablePlan,
  present: ReadonlySet<string>,
): boolean {
  if (!phases.includes('schema') || conflictingTables !== 'report') return false;
  return !present.has(baseTable) && !present.has(logTable);
}

/** Makes the tables of `plan`, or takes over those that are there; `old` where it loads anew. */
async function setUpTarget(
  context: PrepareContext,
  plan: TablePlan,
  owner: Owner,
  present: ReadonlySet<string>,
  old: TableRecord | null,
): Promise<MadeTarget> {
  const {task, client, signal} = context;
  const {conflictingTables} = task;
  const makes = task.phases.includes('schema');
  const adopts = !makes || conflictingTables !== 'report';
  const loads = makes && task.phases.includes('full');
  const isThere = [plan.baseTable, plan.logTable].some(name => present.has(name));
  const ignores = loads && conflictingTables === 'ignore' && old === null;
  const keepsBase =
    ignores && present.has(plan.baseTable) && (await hasForeignRows(client, plan, owner, signal));
  let firstRecordId = 1;
  // What stands there without being adopted is our own: of the table's old settings, of a time when the task had it before,
  // or of a start that was interrupted.
  if (old !== null || (isThere && !adopts))
    firstRecordId = await setOldTablesAside(client, plan, old?.nextRecordId ?? 1, signal);
  else if (adopts) firstRecordId = await setOldLogAside(client, plan, loads && !keepsBase, signal);
  if (makes) {
    const mark = formatOwner(owner);
    for (const definition of [baseTableDefinition(plan, mark), logTableDefinition(plan, mark)])
      await ensureTable(context, definition, present.has(definition.name));
  }
  // A base whose rows stay is not marked as ours: a start that is interrupted here must know them again.
  const marked = keepsBase ? [plan.logTable] : [plan.baseTable, plan.logTable];
  if (adopts) await markTables(client, marked, owner, signal);
  return {firstRecordId, keepsBase, isMade: true};
}

/** Rows of a base that this task did not make are kept; its own it may load again. */
async function hasForeignRows(
  client: TargetClient,
  {baseTable}: TablePlan,
  {uid}: Owner,
  signal: AbortSignal,
): Promise<boolean> {
  const base = await getTable(client, baseTable, signal);
  if (base === null || base.properties[ownerProperty]?.startsWith(`${uid}:`) === true) return false;
  return (await countRows(client, baseTable, signal)) > 0;
}

async function ensureTable(
  context: PrepareContext,
  definition: TableDefinition,
  isThere: boolean,
): Promise<void> {
  const {client, signal} = context;
  const found = isThere ? await getTable(client, definition.name, signal) : null;
  if (found === null) return createTable(client, createTableSql(definition), signal);
  const differences = compareTable(definition, found);
  if (differences.length === 0) return;
  throw fail('SYNC4029', {table: definition.name, differences: differences.map(formatDifference)});
}

function joinRecord(
  task: Task,
  table: PlannedTable,
  position: Position,
  {firstRecordId, keepsBase, isMade}: MadeTarget,
  replaces: number | null,
): JoinRecord {
  const {plan, settings} = table;
  return {
    database: plan.source.database,
    table: plan.source.name,
    state: task.phases.includes('full') && !keepsBase ? 'loading' : 'following',
    isMade,
    plan,
    settings,
    nextRecordId: firstRecordId,
    done: position,
    replaces,
  };
}

/** `database.table`, as the source spells them. */
export function keyOf(database: string, table: string): string {
  return `${database}.${table}`;
}
