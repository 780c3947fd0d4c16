// Batch upload (protocol section 9): create, reload, write a block, commit. Rows become visible at the commit, all at once.
import {rm} from 'node:fs/promises';
import type {Readable} from 'node:stream';
import type {RecordColumn} from '../codec/recordReader.ts';
import {listBlocks, placeBlock, type Block} from './blocks.ts';
import {partitionName, partitionsOf, saveTable, type Table} from './catalog.ts';
import {enterPartitions, touchPartitions} from './ddlRun.ts';
import {loadBlocks} from './loadBlocks.ts';
import {badRequest, missing, OdpsError} from './odpsError.ts';
import {takeBody} from './takeBody.ts';
import type {World} from './world.ts';
import {
  forgetSessions,
  newSession,
  saveSession,
  sessionFolder,
  sessionTable,
  type Session,
} from './sessions.ts';

export interface UploadWish {
  partition: string[] | null;
  createPartition: boolean;
  overwrite: boolean;
  quotaName: string;
}

/** Makes a session. */
export async function createUpload(world: World, table: Table, wish: UploadWish): Promise<Session> {
  const {store, catalog, sessions} = world;
  const nowMs = world.nowMs();
  await forgetSessions(store, sessions, nowMs);
  const session = newSession('upload', table, wish.partition, nowMs);
  session.overwrite = wish.overwrite;
  session.quotaName = wish.quotaName;
  const {partition} = wish;
  const known =
    partition === null || partitionsOf(catalog, table).has(partitionName(table, partition));
  if (!known && !wish.createPartition) throw missing('Partition', partitionName(table, partition));
  await store.write(
    async connection => {
      await saveSession(connection, session);
      return known ? [] : touchPartitions(connection, catalog, table, [partition], nowMs);
    },
    touched => {
      enterPartitions(catalog, table, touched);
      sessions.byId.set(session.id, session);
    },
  );
  return session;
}

/** Takes one block's body. It counts only when it was whole and the session still open. */
export async function writeBlock(
  world: World,
  session: Session,
  blockId: string | undefined,
  body: Readable,
  encoding: string | undefined,
): Promise<void> {
  const {blocksMax} = world.limits;
  if (!/^\d{1,5}$/.test(blockId ?? '') || Number(blockId) >= blocksMax) {
    throw badRequest('InvalidBlockID', `"${blockId}" is not a block id from 0 to ${blocksMax - 1}`);
  }
  checkOpen(session);
  const folder = sessionFolder(world.store, session.id);
  const draft = await takeBody(world.threads, folder, recordColumns(session), body, encoding);
  // The same turn as the commit's listing: a block is either in the commit or refused.
  await world.inSession(session.id, async () => {
    if (session.status === 'NORMAL') return void (await placeBlock(folder, Number(blockId), draft));
    await rm(draft.file, {force: true});
    checkOpen(session);
  });
}

/** Commits every block; a second commit of a closed session changes nothing. */
export async function commitUpload(world: World, session: Session): Promise<void> {
  const {store, catalog, sessions} = world;
  const folder = sessionFolder(store, session.id);
  await world.inSession(session.id, async () => {
    if (session.status === 'CLOSED') return;
    const blocks = await listBlocks(folder);
    const closed: Session = {...session, status: 'CLOSED'};
    await store.write(
      async connection => {
        const table = sessionTable(catalog, session);
        if (table === null) throw missing('Table', session.table);
        const {columns, partition, overwrite} = session;
        await loadBlocks(connection, {table, columns, partition, overwrite, blocks});
        const nowMs = world.nowMs();
        const partitions = partition === null ? [] : [partition];
        const touched = await touchPartitions(connection, catalog, table, partitions, nowMs);
        await saveTable(connection, {...table, changedMs: nowMs});
        await saveSession(connection, closed);
        return {table, touched, nowMs};
      },
      ({table, touched, nowMs}) => {
        table.changedMs = nowMs;
        enterPartitions(catalog, table, touched);
        session.status = 'CLOSED';
        sessions.byId.set(session.id, session);
      },
    );
    await rm(folder, {recursive: true, force: true});
  });
}

/** The blocks that arrived, for the session's answers. */
export async function uploadedBlocks(world: World, session: Session): Promise<Block[]> {
  return session.status === 'CLOSED' ? [] : listBlocks(sessionFolder(world.store, session.id));
}

/** The columns of a session as the record codec takes them. */
export function recordColumns(session: Session): RecordColumn[] {
  return session.columns.map(({name, type}) => ({name, type}));
}

function checkOpen(session: Session): void {
  if (session.status === 'NORMAL') return;
  throw new OdpsError('StatusConflict', 400, `Session ${session.id} is ${session.status}`);
}
