// A reload that somebody asks for (`synctask reload`): noted in the ledger, carried out by the next start of the task, which a
// running one makes itself (runTask.ts). What happens then is reload.ts.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fail} from '../base/errors.ts';
import {takeLease} from './lease.ts';
import {openLedger, type Ledger} from './ledger.ts';
import {keyOf} from './prepare.ts';

/** Tables as `database.table`, or every one. */
export type AskedTables = readonly string[] | 'all';

/** Notes that `tables` are to be loaded again. Raises SYNC5080 for one that the task does not have. */
export async function noteReload(ledger: Ledger, tables: AskedTables): Promise<void> {
  const known = new Map(
    (await ledger.load()).tables.map(table => [keyOf(table.database, table.table), table.tableId]),
  );
  const asked = tables === 'all' ? [...known.keys()] : tables;
  const ids = asked.map(table => {
    const tableId = known.get(table);
    if (tableId === undefined) throw fail('SYNC5080', {table, known: [...known.keys()]});
    return tableId;
  });
  await ledger.askReload(ids);
}

/** The same for a task that does not run. Raises SYNC5010 when it does, SYNC5001 where no task has ever run. */
export async function noteReloadAtRest(stateDir: string, tables: AskedTables): Promise<void> {
  const path = join(stateDir, 'ledger.db');
  if (!existsSync(path)) throw fail('SYNC5001', {stateDir});
  using _lease = takeLease(stateDir);
  await using ledger = openLedger(path);
  await ledger.takeLease();
  await noteReload(ledger, tables);
}
