// A schema change as a barrier (rule C15): what was before it is committed and done, the target tables are changed,
// never blindly: each is compared with what it was and what it is to be, then the table goes on with its new plan.
import {must} from '../base/assert.ts';
import {fail} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {createCounters} from '../codec/counters.ts';
import {addColumns, type AddedColumn, type PlanOptions} from '../codec/planTable.ts';
import type {SourceColumn} from '../codec/sourceTable.ts';
import type {TargetClient} from '../sink/client.ts';
import {runSql} from '../sink/instance.ts';
import {
  addColumnsSql,
  baseTableDefinition,
  compareTable,
  formatDifference,
  getTable,
  logTableDefinition,
  type TableDefinition,
} from '../sink/tables.ts';
import type {Statement} from '../source/ddl.ts';
import type {FollowedTable} from './followedTable.ts';
import {cutDue, currentPosition, endTransaction, type FollowState} from './followState.ts';
import type {OnSchemaChange} from './followEvents.ts';
import {keyOf} from './prepare.ts';

export interface BarrierContext {
  state: FollowState;
  client: TargetClient;
  log: Log;
  signal: AbortSignal;
  optionsOf: (table: FollowedTable) => PlanOptions;
  /** Resolves when the base of the table is committed: its session has the schema it was made with. */
  loaded: (table: FollowedTable) => Promise<void>;
  /** The column with the character set it got, where the statement left that to the table. */
  withCharset: (table: FollowedTable, column: SourceColumn) => Promise<SourceColumn>;
  /** Told of every new plan. */
  onPlan: () => void;
}

/** The barrier of one task. */
export function schemaBarrier(context: BarrierContext): OnSchemaChange {
  return async (statement, sql, file, endOffset) => {
    const {state} = context;
    // Nothing of this transaction was taken in: until its end the position is that of the one before.
    state.inTransaction = false;
    for (const {database, name} of statement.tables) {
      const table = state.tables.get(keyOf(database, name));
      if (table !== undefined) await follow(context, table, statement, sql);
    }
    endTransaction(state, file, endOffset);
    for (const {database, name} of statement.tables) {
      const table = state.tables.get(keyOf(database, name));
      if (table === undefined) continue;
      const end = currentPosition(state);
      await state.sender.ledger.ddlDone(table.tableId, table.plan, end);
      table.storedDone = end;
    }
    state.routes.clear();
    context.onPlan();
  };
}

async function follow(
  context: BarrierContext,
  table: FollowedTable,
  statement: Statement,
  sql: string,
): Promise<void> {
  const {state, log} = context;
  await context.loaded(table);
  await flush(state, table);
  const before = table.plan;
  const columns: AddedColumn[] = [];
  for (const {column, place} of statement.columns)
    columns.push({column: await context.withCharset(table, column), place});
  const after = addColumns(before, columns, context.optionsOf(table));
  log.info(
    {table: keyOf(table.database, table.table), columns: after.columns.length},
    'columns are added in the target',
  );
  await state.sender.ledger.ddlIntent(table.tableId, sql, after);
  await change(context, baseTableDefinition(before, ''), baseTableDefinition(after, ''), sql);
  await change(context, logTableDefinition(before, ''), logTableDefinition(after, ''), sql);
  table.plan = after;
  table.counters = createCounters(after);
}

/** Sends what is open in `table` until nothing is. */
async function flush(state: FollowState, table: FollowedTable): Promise<void> {
  while (table.open.size > 0 || table.sending !== null) {
    state.sender.signal.throwIfAborted();
    if (table.open.size > 0) state.due.add(table);
    cutDue(state);
    await table.sending;
  }
}

async function change(
  context: BarrierContext,
  before: TableDefinition,
  after: TableDefinition,
  statement: string,
): Promise<void> {
  const {client, signal} = context;
  const added = after.columns.slice(before.columns.length);
  if (added.length === 0) return;
  const live = must(await getTable(client, after.name, signal), `the target has ${after.name}`);
  if (compareTable(after, live).length === 0) return;
  const differences = compareTable(before, live);
  if (differences.length > 0)
    throw fail('SYNC5035', {
      table: after.name,
      statement,
      differences: differences.map(formatDifference),
    });
  await runSql(client, addColumnsSql(after.name, added), {signal});
}
