// Batch upload (protocol section 9): create, reload, write a block. The commit is commitSession.ts.
import {rm} from 'node:fs/promises';
import type {Readable} from 'node:stream';
import type {RecordColumn} from '../codec/recordReader.ts';
import {listBlocks, placeBlock, type Block} from './blocks.ts';
import {partitionName, partitionsOf, type Table} from './catalog.ts';
import {commitSession} from './commitSession.ts';
import {enterPartitions, touchPartitions} from './partitionRun.ts';
import {badRequest, missing} from './odpsError.ts';
import {takeBody} from './takeBody.ts';
import type {World} from './world.ts';
import {
  checkOpen,
  notOpen,
  forgetSessions,
  keepSession,
  newSession,
  sessionFolder,
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
  if (!known) {
    await store.write(
      connection => touchPartitions(connection, catalog, table, [partition], nowMs),
      touched => enterPartitions(catalog, table, touched),
    );
  }
  await keepSession(store, sessions, session);
  return session;
}

/** Takes one block's body; the block. It counts only when it was whole and the session still open. */
export async function writeBlock(
  world: World,
  session: Session,
  blockId: string | undefined,
  body: Readable,
  encoding: string | undefined,
): Promise<Block> {
  const {blocksMax} = world.limits;
  if (!/^\d{1,5}$/.test(blockId ?? '') || Number(blockId) >= blocksMax) {
    throw badRequest('InvalidBlockID', `"${blockId}" is not a block id from 0 to ${blocksMax - 1}`);
  }
  checkOpen(session);
  const folder = sessionFolder(world.store, session.id);
  const draft = await takeBody(world.threads, folder, recordColumns(session), body, encoding);
  // The same turn as the commit's listing: a block is either in the commit or refused.
  return world.inSession(session.id, async () => {
    if (session.status === 'NORMAL') return placeBlock(folder, Number(blockId), draft);
    await rm(draft.file, {force: true});
    throw notOpen(session);
  });
}

/** Commits every block; a second commit of a closed session changes nothing. */
export async function commitUpload(world: World, session: Session): Promise<void> {
  await commitSession(world, session);
}

/** The blocks that arrived, for the session's answers. */
export async function uploadedBlocks(world: World, session: Session): Promise<Block[]> {
  return session.status === 'CLOSED' ? [] : listBlocks(sessionFolder(world.store, session.id));
}

/** The columns of a session as the record codec takes them. */
export function recordColumns(session: Session): RecordColumn[] {
  return session.columns.map(({name, type}) => ({name, type}));
}
