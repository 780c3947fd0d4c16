// Tables whose settings changed, or whose rows did without row events: what stands in the target was chosen, named or made
// by what was before, so each loads anew while the others stream on. Nothing is dropped: what the old settings made is renamed `<table>_g<n>` (rule C13), under the same name only
// where the new tables would take it.
import {isDeepStrictEqual} from 'node:util';
import {fail} from '../base/errors.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {TargetClient} from '../sink/client.ts';
import {runSql} from '../sink/instance.ts';
import {
  baseTableDefinition,
  compareTable,
  getTable,
  logTableDefinition,
  renameTableSql,
  type TableDefinition,
} from '../sink/tables.ts';
import {highestRecordId} from '../sink/verify.ts';
import type {Task} from '../spec/task.ts';
import type {TableRecord} from './ledgerTypes.ts';
import type {PlannedTable} from './planTask.ts';

/** One table that loads anew. */
export interface Reload {
  table: PlannedTable;
  /** What the ledger has of it so far. */
  record: TableRecord;
}

/** The tables whose settings changed, or of which a new load was asked for. Raises SYNC5045 for a task that loads nothing. */
export function changedTables(
  task: Task,
  planned: ReadonlyMap<string, PlannedTable>,
  known: ReadonlyMap<string, TableRecord>,
): Map<string, Reload> {
  const changed = new Map<string, Reload>();
  for (const [key, record] of known) {
    const table = planned.get(key);
    if (table === undefined) continue;
    if (isSameTable(table.settings, record.settings)) continue;
    if (!task.phases.includes('full') || !task.phases.includes('schema'))
      throw fail('SYNC5045', {table: key}, undefined, {object: key, where: table.where});
    changed.set(key, {table, record});
  }
  return changed;
}

/**
 * Whether two settings of a table give the same rows. Which operations are followed holds from now on and asks for no reload.
 * A setting that asks for nothing (null, nothing in it) is as good as none: a ledger of an earlier version does not have it.
 */
export function isSameTable(a: string, b: string): boolean {
  return a === b || isDeepStrictEqual(askedOf(a), askedOf(b));
}

function askedOf(settings: string): unknown {
  const {operations: _, ...rest} = JSON.parse(settings) as Record<string, unknown>;
  return asked(rest);
}

/** `value` without what asks for nothing; undefined when nothing is left. */
function asked(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(asked);
  if (typeof value !== 'object') return value;
  const filled = Object.entries(value ?? {})
    .map(([key, inner]) => [key, asked(inner)] as const)
    .filter(([, inner]) => inner !== undefined);
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

/**
 * Makes room for the tables of `plan`. Base and log go together: the old pair stays a whole that can be merged, and nobody
 * merges an old base with a new log. `nextRecordId` is at least what the ledger knows. Returns the record id that the new log begins with: above every id ever given.
 */
export async function setOldTablesAside(
  client: TargetClient,
  plan: TablePlan,
  nextRecordId: number,
  signal: AbortSignal,
): Promise<number> {
  const base = baseTableDefinition(plan, '');
  const log = logTableDefinition(plan, '');
  // Our logs begin with the record id, under whatever name the settings gave it then.
  const recordId = (await getTable(client, log.name, signal))?.columns[0]?.name;
  const highest =
    recordId === undefined ? 0 : await highestRecordId(client, log.name, recordId, signal);
  await setAside(client, base, signal);
  await setAside(client, log, signal, highest > 0);
  return Math.max(highest + 1, nextRecordId);
}

/** Renames the table unless it is empty and fits: then a start that was interrupted made it. */
async function setAside(
  client: TargetClient,
  wanted: TableDefinition,
  signal: AbortSignal,
  hasRows?: boolean,
): Promise<void> {
  const found = await getTable(client, wanted.name, signal);
  if (found === null) return;
  const isEmpty = hasRows === undefined ? found.recordNum === 0 : !hasRows;
  if (isEmpty && compareTable(wanted, found).length === 0) return;
  let generation = 1;
  while ((await getTable(client, asideName(wanted.name, generation), signal)) !== null)
    generation++;
  await runSql(client, renameTableSql(wanted.name, asideName(wanted.name, generation)), {signal});
}

/** `orders_log_g1` */
function asideName(table: string, generation: number): string {
  return `${table}_g${generation}`;
}
