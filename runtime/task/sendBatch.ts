// One batch from cut to done (rule C8): seal in the spool, upload every block, intent, commit every session, done.
import {KiB, MiB} from '../base/sizes.ts';
import {
  resetOpen,
  sealedPart,
  takeBlock,
  type CutBatch,
  type FollowedTable,
  type OpenPart,
} from './followedTable.ts';
import type {BatchPart, BatchRecord} from './ledgerTypes.ts';
import type {Sender} from './sender.ts';
import {blockBytes, freeBlock, inOnePiece} from './openBlock.ts';
import {settlePart} from './settle.ts';
import {removeSpoolFile, SpoolFile} from './spool.ts';
import {upload} from './upload.ts';

/**
 * Records gathered before a block is cut, bytes before compression: with twenty busy tables all buffers together stay
 * far below what may be held, and a block of a third of that on the wire is still worth its round trip.
 */
export const blockBytesMax = 4 * MiB - 64 * KiB;

/** The spool file of what is open in `table`, made at its first block. */
export function spoolOf(sender: Sender, table: FollowedTable): Promise<SpoolFile> {
  table.spool ??= SpoolFile.create(sender.spoolDir, `batch-${++sender.lastBatchId}`, sender.disk);
  return table.spool;
}

/** Sends the records of `part` to the spool as one block; inside a long transaction this keeps memory bounded. */
export function cutBlock(sender: Sender, spool: Promise<SpoolFile>, part: OpenPart): void {
  const taken = takeBlock(part);
  const bytes = blockBytes(taken);
  const {records} = taken.page;
  const block = (async () => {
    const block = await inOnePiece(taken, stream =>
      sender.compress(stream, sender.client.bytesPerSecond, async frame => {
        sender.heldBytes -= bytes;
        return await (await spool).append(frame);
      }),
    );
    sender.spooledBytes += block.length;
    return {...block, records};
  })();
  // Awaited when the batch is sealed; a failure before that must not count as unhandled.
  block.catch(() => undefined);
  part.blocks.push(block);
}

/** When a batch may do what. */
export interface Turn {
  /** The batch before of the same table: settles when it is done, rejects when it failed; null: there is none. */
  before: Promise<void> | null;
  /** Called when every block is with the target: the next batch of the table may begin. */
  uploaded: () => void;
}

/**
 * Takes `cut` to done, its intent not before the batch before is done: two open intents of a table cannot be. Raises what the
 * target or the disk raised; then nothing after the last durable step has happened.
 */
export async function sendBatch(sender: Sender, cut: CutBatch, turn: Turn): Promise<void> {
  const {tableId, plan} = cut.table;
  const batch = await seal(sender, cut);
  const claimed = sender.claim(tableId);
  if (claimed !== null) await claimed;
  for (const part of batch.parts) await upload(sender, plan.logTable, batch, part);
  turn.uploaded();
  // When that one failed this one goes no further either: the log would have a gap.
  await turn.before;
  await sender.ledger.intent(batch);
  for (const part of batch.parts) await settlePart(sender, plan, batch, part);
  await sender.ledger.done(batch, sender.checkpointAfter(cut));
  removeSpoolFile(sender.spoolDir, batch.spoolFile, sender.disk);
  sender.spooledBytes -= spooledBytesOf(batch);
  sender.log.debug({tableId, batchId: batch.batchId, parts: batch.parts.length}, 'batch done');
}

/** Forgets everything open in `table`, its spool file included: it is read again from the binlog. */
export async function dropOpen(
  sender: Sender,
  table: FollowedTable,
  nextRecordId: number,
): Promise<void> {
  const blocks = [...table.open.values()].flatMap(part => part.blocks);
  const spool = table.spool;
  for (const part of table.open.values()) {
    sender.heldBytes -= blockBytes(part.block);
    freeBlock(part.block);
  }
  resetOpen(table);
  table.nextRecordId = nextRecordId;
  if (spool === null) return;
  const written = await Promise.allSettled(blocks);
  for (const block of written)
    if (block.status === 'fulfilled') sender.spooledBytes -= block.value.length;
  const file = await spool;
  await file[Symbol.asyncDispose]();
  removeSpoolFile(sender.spoolDir, file.name, sender.disk);
}

async function seal(sender: Sender, cut: CutBatch): Promise<BatchRecord> {
  const spool = cut.spool ?? spoolOf(sender, cut.table);
  if (cut.spool === null) cut.table.spool = null;
  for (const part of cut.parts) if (part.block.page.records > 0) cutBlock(sender, spool, part);
  await using file = await spool;
  const parts: BatchPart[] = [];
  for (const part of cut.parts) {
    parts.push(sealedPart(part, await Promise.all(part.blocks)));
  }
  await file.seal();
  const batchId = Number(file.name.slice('batch-'.length));
  const {end, nextRecordId} = cut;
  return {batchId, tableId: cut.table.tableId, end, nextRecordId, spoolFile: file.name, parts};
}

function spooledBytesOf(batch: BatchRecord): number {
  return batch.parts.flatMap(part => part.blocks).reduce((sum, block) => sum + block.length, 0);
}
