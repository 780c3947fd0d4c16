// A schema change as a barrier (rule C15): what was before it is committed and done, the target tables are changed, never
// blindly: each is compared with every shape on the way from what it was to what it is to be; then the table goes on with
// its new plan. What the target cannot follow with its rows as they are ends the table's generation (rules C13, C16): that
// is written into the ledger, and the task prepares again, as at a start, with the others streaming on.
import {must} from '../base/assert.ts';
import {fail, isSyncError} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import type {AlteredColumn, ColumnChange} from '../codec/alterColumns.ts';
import {createCounters} from '../codec/counters.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {PlanOptions} from '../codec/planTable.ts';
import type {TargetClient} from '../sink/client.ts';
import {runSql} from '../sink/instance.ts';
import {
  baseTableDefinition,
  compareTable,
  formatDifference,
  getTable,
  logTableDefinition,
  type TableDefinition,
} from '../sink/tables.ts';
import type {Statement} from '../source/ddl.ts';
import {containsGtid, parseGtidSet} from '../source/gtidSet.ts';
import type {Task} from '../spec/task.ts';
import {alterPlan} from './alterPlan.ts';
import {assertReloads, ignoredKinds} from './ddlPolicy.ts';
import type {FollowedTable} from './followedTable.ts';
import {
  currentPosition,
  cutTable,
  endTransaction,
  isPaused,
  isSkipped,
  type FollowState,
} from './followState.ts';
import type {OnSchemaChange} from './followEvents.ts';
import type {Holds} from './holds.ts';
import type {DdlRecord, TableRecord} from './ledgerTypes.ts';
import {keyOf} from './prepare.ts';
import {schemaSteps} from './schemaSteps.ts';

export interface BarrierContext {
  task: Task;
  state: FollowState;
  client: TargetClient;
  log: Log;
  signal: AbortSignal;
  /** Told to stop: what waits for an operator ends. */
  stop: AbortSignal;
  holds: Holds;
  optionsOf: (table: FollowedTable) => PlanOptions;
  recordOf: (table: FollowedTable) => TableRecord;
  /** Schema changes that an earlier runtime was carrying out, by table id. */
  intended: ReadonlyMap<number, DdlRecord>;
  /** Resolves when the base of the table is committed: its session has the schema it was made with. */
  loaded: (table: FollowedTable) => Promise<void>;
  isLoading: (table: FollowedTable) => boolean;
  /** The column with the character set it got, where the statement left that to the table. */
  withCharset: (
    table: FollowedTable,
    column: AlteredColumn['column'],
  ) => Promise<AlteredColumn['column']>;
  /** Told of every new plan. */
  onPlan: () => void;
  /** Ends following, drains, and prepares again. */
  again: (reason: string) => never;
}

/** The barrier of one task. */
export function schemaBarrier(context: BarrierContext): OnSchemaChange {
  return async (statement, sql, file, endOffset) => {
    const {state, task} = context;
    if (statement.kind === 'create') context.again(`${nameOf(statement)} was created`);
    const tables = followedOf(state, statement, file, endOffset);
    // Nothing of this transaction was taken in: until its end the position is that of the one before, which is fixed
    // while its fingerprint is known to be another transaction's.
    currentPosition(state);
    state.inTransaction = false;
    const reloaded = new Map<FollowedTable, string>();
    const altered: FollowedTable[] = [];
    for (const table of tables) {
      const ignored = ignoredKinds(task, table, statement, sql);
      if (statement.kind === 'reload' && ignored.size > 0) continue;
      const reason =
        statement.kind === 'reload'
          ? statement.reason
          : await alter(context, table, statement, sql, ignored);
      if (reason === null) altered.push(table);
      else reloaded.set(table, reason);
    }
    for (const [table, reason] of reloaded) assertReloads(task, table, sql, reason);
    for (const table of reloaded.keys()) await flush(context, table);
    endTransaction(state, file, endOffset);
    const end = currentPosition(state);
    const {ledger} = state.sender;
    for (const table of altered) {
      const {tableId, plan, nextRecordId} = table;
      await ledger.ddlDone(tableId, plan, end, nextRecordId);
      table.storedDone = end;
      table.storedRecordId = nextRecordId;
    }
    state.routes.clear();
    if (altered.length > 0) context.onPlan();
    if (reloaded.size === 0) return;
    for (const [table, reason] of reloaded)
      context.log.warn(
        {table: keyOf(table.database, table.table), statement: sql.slice(0, 200), reason},
        'the table loads anew as a new generation',
      );
    const ids = [...reloaded.keys()].map(table => table.tableId);
    await ledger.askReload(ids, end);
    context.again([...reloaded.values()].join('; '));
  };
}

function nameOf({tables}: Statement): string {
  return tables.map(({database, name}) => keyOf(database, name)).join(', ');
}

/** The tables that the statement concerns and that are not past it. */
function followedOf(
  state: FollowState,
  statement: Statement,
  file: string,
  endOffset: number,
): FollowedTable[] {
  const isMeant = (table: FollowedTable) =>
    statement.tables.some(
      ({database, name}) => database === table.database && (name === '*' || name === table.table),
    );
  return [...state.tables.values()].filter(
    table => isMeant(table) && table.listening && !isSkipped(state, table, file, endOffset),
  );
}

/** Brings the target tables to what the statement makes of their columns; or tells why they have to be loaded anew. */
async function alter(
  context: BarrierContext,
  table: FollowedTable,
  statement: Statement,
  sql: string,
  ignored: ReadonlySet<Statement['ddl'][number]>,
): Promise<string | null> {
  const {state, log} = context;
  const isAdding = statement.changes.every(({what}) => what === 'add');
  if (!isAdding && isReadBeyond(context, table)) return 'it changed while the table was loaded';
  await context.loaded(table);
  await flush(context, table);
  const before = table.plan;
  const known = context.intended.get(table.tableId);
  const after =
    known?.statement === sql
      ? known.planAfter
      : await planAfter(context, table, statement, ignored);
  if ('reason' in after) return after.reason;
  log.info(
    {table: keyOf(table.database, table.table), statement: sql.slice(0, 200), kinds: statement.ddl},
    'a schema change is carried out in the target',
  );
  await state.sender.ledger.ddlIntent(table.tableId, sql, after);
  await change(context, baseTableDefinition(before, ''), baseTableDefinition(after, ''), sql);
  await change(context, logTableDefinition(before, ''), logTableDefinition(after, ''), sql);
  table.plan = after;
  table.counters = createCounters(after);
  return null;
}

async function planAfter(
  context: BarrierContext,
  table: FollowedTable,
  {changes, isStrict}: Statement,
  ignored: ReadonlySet<Statement['ddl'][number]>,
): Promise<TablePlan | {reason: string}> {
  const {rule, nextRecordId} = table;
  const plan = context.optionsOf(table);
  const isRuled = rule !== null && (rule.where !== null || rule.sets.length > 0);
  try {
    const complete = await completed(context, table, changes);
    return alterPlan(table.plan, complete, {plan, isStrict, nextRecordId, isRuled, ignored});
  } catch (error) {
    // The source has the table no more: a later statement says what became of it.
    if (isSyncError(error) && error.code === 'SYNC2116')
      return {reason: 'the table is gone by now'};
    throw error;
  }
}

/** Whether rows of the base may have been read after the statement that is at hand. */
function isReadBeyond({state, recordOf, isLoading}: BarrierContext, table: FollowedTable): boolean {
  if (isLoading(table)) return true;
  const {loadEnd} = recordOf(table);
  if (loadEnd === null || loadEnd === '' || state.gtidNumber === 0) return false;
  return containsGtid(parseGtidSet(loadEnd), state.gtidSource, state.gtidNumber);
}

async function completed(
  {withCharset}: BarrierContext,
  table: FollowedTable,
  changes: readonly ColumnChange[],
): Promise<ColumnChange[]> {
  const complete: ColumnChange[] = [];
  for (const change of changes)
    complete.push(
      'column' in change ? {...change, column: await withCharset(table, change.column)} : change,
    );
  return complete;
}

/**
 * Sends what is open in `table` until nothing is, also when the stream was lost meanwhile: what reads it anew waits for the
 * change. Rejects with the error of a batch that failed. A paused table is waited for: nothing after the change can be read
 * before what came before it is with the target.
 */
async function flush(context: BarrierContext, table: FollowedTable): Promise<void> {
  const {state} = context;
  while (table.open.size > 0 || table.sending !== null) {
    state.sender.signal.throwIfAborted();
    if (isPaused(state, table)) await waitUntilResumed(context, table);
    cutTable(state, table);
    await (table.sending ?? table.onTheWay.at(-1)?.sent);
  }
}

async function waitUntilResumed(context: BarrierContext, table: FollowedTable): Promise<void> {
  const {state, holds, stop, signal} = context;
  const name = keyOf(table.database, table.table);
  holds.add('schema-change-of-paused-table', {table: name});
  try {
    await state.pauses.resumed(name, AbortSignal.any([stop, signal]));
  } finally {
    holds.remove('schema-change-of-paused-table');
  }
}

/** Takes a target table from where it stands between `before` and `after` to the end. SYNC5035 for any other shape. */
async function change(
  context: BarrierContext,
  before: TableDefinition,
  after: TableDefinition,
  statement: string,
): Promise<void> {
  const {client, signal} = context;
  const steps = schemaSteps(before, after);
  if (steps.length === 0) return;
  const live = must(await getTable(client, after.name, signal), `the target has ${after.name}`);
  const shapes = [before, ...steps.map(step => step.after)];
  const done = shapes.findLastIndex(shape => compareTable(shape, live).length === 0);
  if (done === -1)
    throw fail('SYNC5035', {
      table: after.name,
      statement,
      differences: compareTable(before, live).map(formatDifference),
    });
  for (const {sql} of steps.slice(done)) await runSql(client, sql, {signal});
}
