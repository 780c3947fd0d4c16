// The blocks of one part of a batch through an upload session of its own (rule C10).
import {fail, isSyncError} from '../base/errors.ts';
import {KiB, MiB} from '../base/sizes.ts';
import {UploadSession} from '../sink/uploadSession.ts';
import type {BatchPart, BatchRecord} from './ledgerTypes.ts';
import type {Sender} from './sender.ts';
import {readSpoolBlock} from './spool.ts';

/** A block of usual length, compressed. */
const roomBytes = 2 * MiB;
/** Below this a block is not worth a room of its own. What a block leaves empty of one takes no memory. */
const roomedBytesMin = 8 * KiB;
/** A session whose block is in doubt is given up and made anew this often (rule C10). */
const sessionTriesMax = 3;

/** Uploads every block of `part` through a session of its own; a session in doubt is given up before it is ever committed. */
export async function upload(
  sender: Sender,
  table: string,
  batch: BatchRecord,
  part: BatchPart,
): Promise<void> {
  const {client, signal} = sender;
  for (let tries = 1; ; tries++) {
    const session = await sender.sessions.add(() =>
      UploadSession.create(client, table, {
        partition: part.partition || null,
        overwrite: false,
        signal,
      }),
    );
    if (session === undefined) throw fail('SYNC5032', {table});
    try {
      await putBlocks(sender, session, batch, part);
      part.sessionId = session.id;
      part.sessionCreatedMs = Date.now();
      return;
    } catch (error) {
      if (!isSyncError(error) || error.kind !== 'trouble' || tries >= sessionTriesMax) throw error;
      sender.log.warn(
        {table, code: error.code, tries},
        'a block is in doubt: its session is given up',
      );
    }
  }
}

/** Side by side, as many as the sender allows for all tables; when one fails nothing of the others is still on its way. */
async function putBlocks(
  sender: Sender,
  session: UploadSession,
  batch: BatchRecord,
  part: BatchPart,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([sender.signal, failed.signal]);
  const puts = part.blocks.map((block, blockId) =>
    sender.uploads.add(async () => {
      signal.throwIfAborted();
      const {spoolDir, disk} = sender;
      const room = takeRoom(sender, block.length);
      const bytes = await readSpoolBlock(spoolDir, batch.spoolFile, block, disk, room);
      await session.putBlock(blockId, bytes, 'zstd', signal);
      // Not after a failure: the bytes may still be on their way.
      if (room !== null) sender.rooms.push(room);
    }),
  );
  try {
    await Promise.all(puts);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(puts);
    throw error;
  }
}

/** A room is used again and again: blocks let go of by the dozen are what V8 collects its whole heap for. */
function takeRoom({rooms}: Sender, bytes: number): Buffer | null {
  if (bytes < roomedBytesMin || bytes > roomBytes) return null;
  return rooms.pop() ?? Buffer.allocUnsafeSlow(roomBytes);
}
