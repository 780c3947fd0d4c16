// Target tables that stand already when a table joins: taken over with our owner mark, their log going on above the
// highest record id (rule C11). Where the base is loaded anew, an old log with rows is another generation (rule C13):
// it is renamed `<log>_g<n>` and a fresh one made, because its rows would win over the new base.
// Whether the tables fit was checked before (sink/precheck.ts).
import type {TablePlan} from '../codec/plan.ts';
import type {TargetClient} from '../sink/client.ts';
import {runSql} from '../sink/instance.ts';
import {formatOwner, takeOwnership, type Owner} from '../sink/owner.ts';
import {getTable, ownerProperty, renameTableSql} from '../sink/tables.ts';
import {highestRecordId} from '../sink/verify.ts';

/** Makes room for a fresh log where the base is loaded anew. Returns the record id that the table's log begins with. */
export async function setOldLogAside(
  client: TargetClient,
  plan: TablePlan,
  isLoaded: boolean,
  signal: AbortSignal,
): Promise<number> {
  const {logTable, logNames} = plan;
  const highestOf = (table: string) => highestRecordId(client, table, logNames.recordId, signal);
  // Logs that an earlier adoption renamed count too: a start that was interrupted finds its ids there.
  let highest = 0;
  let generation = 1;
  for (; (await getTable(client, asideName(logTable, generation), signal)) !== null; generation++)
    highest = Math.max(highest, await highestOf(asideName(logTable, generation)));
  const log = await getTable(client, logTable, signal);
  if (log === null) return highest + 1;
  const inLog = await highestOf(logTable);
  if (isLoaded && inLog > 0)
    await runSql(client, renameTableSql(logTable, asideName(logTable, generation)), {signal});
  return Math.max(highest, inLog) + 1;
}

/** Puts our mark on those of `names` that stand without it. */
export async function markTables(
  client: TargetClient,
  names: readonly string[],
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  for (const name of names) {
    const table = await getTable(client, name, signal);
    if (table !== null && table.properties[ownerProperty] !== formatOwner(owner))
      await takeOwnership(client, name, owner, signal);
  }
}

function asideName(logTable: string, generation: number): string {
  return `${logTable}_g${generation}`;
}
