// A load that lasts longer than an upload session is committed in parts (rule C4): near the end of its session what is
// complete goes into the base table, and the rest goes on in a session that appends. The ledger says which chunks are in
// a part that is committed; a runtime that finds its session closed before all chunks are there knows the last part by them.
import {sessionAgeMsMax, UploadSession} from '../sink/uploadSession.ts';
import type {ChunkRecord, LoadRecord} from './ledgerTypes.ts';
import type {LoadContext, TableToLoad} from './loadContext.ts';

/** Whether `chunk` may still be read into the session of `load`; a block that has to be replaced there must be. */
export function mayRead({createdMs}: LoadRecord, {isLeft}: ChunkRecord): boolean {
  return isLeft || Date.now() - createdMs < sessionAgeMsMax;
}

/** Blocks that the open session of `load` is to have. */
export function openBlocks({chunks}: LoadRecord): number[] {
  return chunks.filter(isOpen).map(chunk => chunk.bounds.chunkId);
}

/** Commits what is complete and opens the next part. Nothing of `load` is being read meanwhile. */
export async function commitPart(
  context: LoadContext,
  table: TableToLoad,
  load: LoadRecord,
): Promise<void> {
  const {client, ledger, signal, log} = context;
  const blocks = openBlocks(load);
  if (blocks.length > 0) {
    // Whoever finds the session closed takes the ledger's word for what is in it.
    await ledger.settleChunks(table.tableId, blocks);
    const {sessionId: id, createdMs} = load;
    await UploadSession.known(client, table.plan.baseTable, {id, createdMs}).commit(blocks, signal);
    log.info({table: table.plan.baseTable, chunks: blocks.length}, 'a part of a load is committed');
  }
  await openNextPart(context, table, load);
}

/** Goes on in a session of its own after the one before was committed; in one that overwrites, when nothing was. */
export async function openNextPart(
  {client, ledger, signal}: LoadContext,
  {plan, tableId}: TableToLoad,
  load: LoadRecord,
): Promise<void> {
  const session = await UploadSession.create(client, plan.baseTable, {
    partition: null,
    overwrite: !load.chunks.some(chunk => chunk.uploaded),
    signal,
  });
  await ledger.nextPart(tableId, session.id, session.createdMs);
  for (const chunk of load.chunks) {
    chunk.committed = chunk.uploaded;
    chunk.isLeft = false;
  }
  load.sessionId = session.id;
  load.createdMs = session.createdMs;
}

function isOpen(chunk: ChunkRecord): boolean {
  return chunk.uploaded && !chunk.committed;
}
