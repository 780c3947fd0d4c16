// The commit of an upload or upsert session: its rows show all at once, and a second commit changes nothing. Where nothing can
// refuse them any more, the rows stay in their blocks until their table is used (waitingRows.ts); else they are loaded here.
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {listBlocks} from './blocks.ts';
import {saveTable, type Table} from './catalog.ts';
import {makeInDuck} from './freshTables.ts';
import {enterPartitions, touchPartitions} from './partitionRun.ts';
import {expectBlocks, loadBlocks, type Load} from './loadBlocks.ts';
import {couldWait, mayWait, syncBlocks} from './mayWait.ts';
import {missing} from './odpsError.ts';
import {
  checkOpen,
  closeSession,
  sessionFile,
  sessionFolder,
  sessionTable,
  type Session,
} from './sessions.ts';
import {noteWaiting, takeIn, takeOldest} from './waitingRows.ts';
import type {World} from './world.ts';

/** Commits every block; `marks` are the numbers of the columns that tell upserts from deletes and name what is written. */
export async function commitSession(
  world: World,
  session: Session,
  marks: {operation?: number; written?: number} = {},
): Promise<void> {
  const {store, catalog, waitingBounds} = world;
  const folder = sessionFolder(store, session.id);
  const {committing} = world.sessions;
  const tableNow = (): Table => {
    const table = sessionTable(catalog, session);
    if (table === null) throw missing('Table', session.table);
    return table;
  };
  await world
    .inSession(session.id, async () => {
      if (session.status === 'CLOSED') return;
      checkOpen(session);
      committing.add(session.id);
      const blocks = await listBlocks(folder);
      const size = await expectBlocks(store, blocks);
      const {columns, partition, overwrite} = session;
      const loadOf = (table: Table): Load => ({
        table,
        columns,
        partition,
        overwrite,
        blocks,
        ...marks,
      });
      const could = await couldWait(store, catalog, loadOf(tableNow()), size, waitingBounds);
      if (could) await syncBlocks(folder, blocks);
      const {waits} = await store.write(
        async connection => {
          const table = tableNow();
          const load = loadOf(table);
          await makeInDuck(connection, catalog, table);
          const waits = could && (await mayWait(connection, load));
          if (waits) {
            const {partBytesMax, bytesMax} = waitingBounds;
            await noteWaiting(connection, catalog, session, load, size.bytes, partBytesMax);
            const isMuch = catalog.waiting.bytes + size.bytes > bytesMax;
            if (isMuch) await takeOldest(connection, store, catalog, size.bytes);
          } else {
            await takeIn(connection, store, catalog, table);
            await loadBlocks(connection, load);
          }
          const nowMs = world.nowMs();
          const partitions = partition === null ? [] : [partition];
          const touched = await touchPartitions(connection, catalog, table, partitions, nowMs);
          await saveTable(connection, {...table, changedMs: nowMs});
          await closeSession(connection, session);
          return {table, touched, nowMs, waits};
        },
        ({table, touched, nowMs}) => {
          table.changedMs = nowMs;
          enterPartitions(catalog, table, touched);
          session.status = 'CLOSED';
        },
      );
      const done = waits ? path.join(folder, sessionFile) : folder;
      await rm(done, {recursive: true, force: true});
      await catalog.waiting.removals;
    })
    .finally(() => committing.delete(session.id));
}
