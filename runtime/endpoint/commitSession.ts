// The commit of an upload or upsert session: its rows show all at once, and a second commit changes nothing.
import {rm} from 'node:fs/promises';
import {listBlocks} from './blocks.ts';
import {saveTable} from './catalog.ts';
import {makeInDuck} from './freshTables.ts';
import {enterPartitions, touchPartitions} from './partitionRun.ts';
import {expectBlocks, loadBlocks} from './loadBlocks.ts';
import {missing} from './odpsError.ts';
import {checkOpen, closeSession, sessionFolder, sessionTable, type Session} from './sessions.ts';
import type {World} from './world.ts';

/** Commits every block; `marks` are the numbers of the columns that tell upserts from deletes and name what is written. */
export async function commitSession(
  world: World,
  session: Session,
  marks: {operation?: number; written?: number} = {},
): Promise<void> {
  const {store, catalog} = world;
  const folder = sessionFolder(store, session.id);
  const {committing} = world.sessions;
  await world
    .inSession(session.id, async () => {
      if (session.status === 'CLOSED') return;
      checkOpen(session);
      committing.add(session.id);
      const blocks = await listBlocks(folder);
      await expectBlocks(store, blocks);
      await store.write(
        async connection => {
          const table = sessionTable(catalog, session);
          if (table === null) throw missing('Table', session.table);
          await makeInDuck(connection, catalog, table);
          const {columns, partition, overwrite} = session;
          await loadBlocks(connection, {table, columns, partition, overwrite, blocks, ...marks});
          const nowMs = world.nowMs();
          const partitions = partition === null ? [] : [partition];
          const touched = await touchPartitions(connection, catalog, table, partitions, nowMs);
          await saveTable(connection, {...table, changedMs: nowMs});
          await closeSession(connection, session);
          return {table, touched, nowMs};
        },
        ({table, touched, nowMs}) => {
          table.changedMs = nowMs;
          enterPartitions(catalog, table, touched);
          session.status = 'CLOSED';
        },
      );
      await rm(folder, {recursive: true, force: true});
    })
    .finally(() => committing.delete(session.id));
}
