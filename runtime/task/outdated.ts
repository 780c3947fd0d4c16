// Whether a full load failed because its table is another one by now: dropped, renamed or altered while it was read. The
// source tells; such tables load anew with what they are (rule C15), instead of stopping the task.
import {isSyncError} from '../base/errors.ts';
import {readCatalog, shapeOf} from '../source/catalog.ts';
import {askSource} from './connections.ts';
import type {Prepared} from './prepare.ts';
import {keyOf} from './prepare.ts';
import type {Run} from './runTask.ts';

/**
 * A name that is gone, a comparison that its column refuses, keys or columns of another type, values that the target's column
 * does not take; SYNC32…: rows that do not decode.
 */
const suspicious: ReadonlySet<string> = new Set([
  'SYNC2010',
  'SYNC2013',
  'SYNC2126',
  'SYNC2131',
  'SYNC4017',
]);

/** Marks the tables that changed while they were loaded; false when `error` has another cause. */
export async function isOutdated(run: Run, {state}: Prepared, error: unknown): Promise<boolean> {
  if (!isSyncError(error) || !isSuspicious(error.code)) return false;
  const {task, ledger, log, ended} = run;
  const loading = (await ledger.load()).tables.filter(table => table.state === 'loading');
  if (loading.length === 0) return false;
  const found = await askSource(run, ended, connection => readCatalog(connection, task.objects));
  const now = new Map(found.map(table => [keyOf(table.database, table.name), shapeOf(table)]));
  const changed = loading.filter(
    ({database, table, plan}) => now.get(keyOf(database, table)) !== shapeOf(plan.source),
  );
  if (changed.length === 0) return false;
  const names = changed.map(({database, table}) => keyOf(database, table));
  log.warn(
    {tables: names, code: error.code, of: state.tables.length},
    'tables changed while they were loaded',
  );
  await ledger.askReload(changed.map(({tableId}) => tableId));
  return true;
}

function isSuspicious(code: string): boolean {
  return suspicious.has(code) || code.startsWith('SYNC32');
}
