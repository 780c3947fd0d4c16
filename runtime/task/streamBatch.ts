// One batch by stream writes (`delivery: 'low-latency'`): its rows show with each write, and there is no commit. The ledger
// follows behind what was written, so that a restart writes some changes again: at least once, with the record ids they
// had, since ids are counted from the position that the ledger has (rule C11). A reader keeps one row for each id and flag.
import {must} from '../base/assert.ts';
import {fail, isSyncError} from '../base/errors.ts';
import {KiB, MiB, secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {additionalColumns} from '../codec/planTable.ts';
import {compressWhole} from '../sink/compress.ts';
import {StreamSession} from '../sink/streamSession.ts';
import {markDone, type CutBatch, type FollowedTable} from './followedTable.ts';
import {blockBytes, freeBlock, inOnePiece} from './openBlock.ts';
import type {Sender} from './sender.ts';
import {readSpoolBlock, removeSpoolFile} from './spool.ts';

/** Age at which changes are written. Each table has one write on its way: what comes meanwhile goes with the next. */
export const writeMs = 50;
/** Size at which changes are written, before compression. */
export const writeBytes = 4 * MiB;
/** Bodies below this are not worth compressing. */
const compressedBytesMin = 16 * KiB;
/** Sessions that are kept; the one that was made first goes first. */
const sessionsMax = 2000;
/** A column added a moment ago may not be known to every front end of the service. */
const columnsTriesMax = 30;
const columnsPauseMs = secondMs;
/** Sessions made anew for one write, when the service has forgotten one. */
const sessionTriesMax = 3;

/** Takes `cut` to visible, and the table's `done` with it; the next checkpoint makes that durable. */
export async function streamBatch(sender: Sender, cut: CutBatch): Promise<void> {
  const {table} = cut;
  const claimed = sender.claim(table.tableId);
  if (claimed !== null) await claimed;
  for (const part of cut.parts) {
    for (const block of await Promise.all(part.blocks)) {
      const {name} = await must(cut.spool, 'blocks lie in a file');
      const body = await readSpoolBlock(sender.spoolDir, name, block, sender.disk);
      await write(sender, table, part.partition, {body, records: block.records, isPacked: true});
      sender.spooledBytes -= block.length;
    }
    const length = blockBytes(part.block);
    const {records} = part.block.page;
    if (records > 0) {
      const isPacked = length >= compressedBytesMin;
      const body = await inOnePiece(part.block, async stream =>
        isPacked ? await compressWhole(stream) : Buffer.from(stream),
      );
      await write(sender, table, part.partition, {body, records, isPacked});
    }
    freeBlock(part.block);
    sender.heldBytes -= length;
  }
  if (cut.spool !== null) {
    const file = await cut.spool;
    await file[Symbol.asyncDispose]();
    removeSpoolFile(sender.spoolDir, file.name, sender.disk);
  }
  markDone(cut);
}

interface Body {
  body: Buffer;
  records: number;
  isPacked: boolean;
}

/** A write without an answer is sent again: its rows may then stand twice, with the same record ids. */
async function write(
  sender: Sender,
  table: FollowedTable,
  partition: string,
  {body, records, isPacked}: Body,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const key = `${table.plan.logTable} ${table.plan.columns.length} ${partition}`;
    const session = await sessionFor(sender, table, partition, key);
    try {
      await session.write(body, records, isPacked ? 'zstd' : 'none', sender.signal);
      return;
    } catch (error) {
      // SYNC4034: the table changed; SYNC4043: the service has forgotten the session.
      const isOld = isSyncError(error) && (error.code === 'SYNC4034' || error.code === 'SYNC4043');
      if (!isOld || tries >= sessionTriesMax) throw error;
      sessionsOf(sender).delete(key);
      sender.log.info({table: table.plan.logTable, code: error.code}, 'a new stream session');
    }
  }
}

const allSessions = new WeakMap<Sender, Map<string, Promise<StreamSession>>>();

function sessionsOf(sender: Sender): Map<string, Promise<StreamSession>> {
  let sessions = allSessions.get(sender);
  if (sessions === undefined) allSessions.set(sender, (sessions = new Map()));
  return sessions;
}

async function sessionFor(
  sender: Sender,
  table: FollowedTable,
  partition: string,
  key: string,
): Promise<StreamSession> {
  const sessions = sessionsOf(sender);
  const known = sessions.get(key);
  if (known !== undefined) return await known;
  const made = createSession(sender, table, partition);
  if (sessions.size >= sessionsMax) sessions.delete(sessions.keys().next().value!);
  sessions.set(key, made);
  made.catch(() => sessions.delete(key));
  return await made;
}

/** A session that has the columns of the plan; one of an older version of the table is not written to. */
async function createSession(
  sender: Sender,
  table: FollowedTable,
  partition: string,
): Promise<StreamSession> {
  const {client, signal} = sender;
  const {logTable, columns} = table.plan;
  const expected = columns.length + additionalColumns;
  for (let tries = 1; ; tries++) {
    const session = await sender.sessions.add(() =>
      StreamSession.create(client, logTable, {
        partition: partition === '' ? null : partition,
        slots: 1,
        schemaVersion: null,
        inDoubt: 'repeat',
        signal,
      }),
    );
    if (session === undefined) throw fail('SYNC5032', {table: logTable});
    if (session.columns.length === expected) return session;
    if (tries >= columnsTriesMax) {
      const found = session.columns.length;
      throw fail('SYNC5036', {table: logTable, expected, found});
    }
    await wait(Math.min(columnsPauseMs, client.bounds.pauseMsMax), signal);
  }
}
