// The thread's side of giveRows.ts: turns rows of a snapshot file into a record stream, a few pieces ahead of its reader.
import {closeSync, openSync} from 'node:fs';
import {KiB} from '../base/sizes.ts';
import {parseOdpsType} from '../codec/odpsType.ts';
import {createRecordBuffer, sealRecords} from '../codec/recordBuffer.ts';
import {fastRows, type ColumnPlace, type WriteRows} from './fastRows.ts';
import type {Answering, RunningJob} from './jobWorker.ts';
import {readColumn, readParquetIndex, type ParquetGroup, type ParquetIndex} from './parquetRead.ts';
import type {Physical} from './parquetLeaf.ts';

export interface EncodeOrder {
  file: string;
  /** The asked columns: their names in the file, their types. */
  columns: {name: string; type: string}[];
  start: number;
  count: number;
}

export type EncodeCall =
  | {kind: 'encode'; order: EncodeOrder}
  /** One more piece may come. */
  | {kind: 'more'}
  | {kind: 'abort'};

export type EncodeAnswer =
  | {kind: 'rows'; bytes: Uint8Array<ArrayBuffer>}
  | {kind: 'end'}
  /** The file's columns must be read through DuckDB. Nothing was sent. */
  | {kind: 'unsuited'};

/** Bytes of a piece, roughly. */
const pieceBytes = 256 * KiB;
/** Pieces that may be made before any is asked for. */
export const piecesAhead = 4;

interface Job {
  /** Pieces that may be made. */
  wanted: number;
  aborted: boolean;
  wake: () => void;
}

/** Begins with the rows that `order` asks for. */
export function beginEncode(
  order: EncodeOrder,
  answer: Answering<EncodeAnswer>,
): RunningJob<EncodeCall> {
  const job: Job = {wanted: piecesAhead, aborted: false, wake: () => undefined};
  const take = (call: EncodeCall) => {
    if (call.kind === 'more') job.wanted++;
    else job.aborted = true;
    job.wake();
  };
  return {take, done: run(job, order, answer)};
}

async function run(job: Job, order: EncodeOrder, answer: Answering<EncodeAnswer>): Promise<void> {
  const index = indexFor(order.file);
  const write = index === null ? null : writerOf(index, order);
  if (index === null || write === null) return answer({kind: 'unsuited'});
  const out = createRecordBuffer(pieceBytes + 64 * KiB);
  const give = async () => {
    const bytes = new Uint8Array(out.bytes.subarray(0, out.length));
    answer({kind: 'rows', bytes}, [bytes.buffer]);
    out.length = 0;
    job.wanted--;
    while (job.wanted <= 0 && !job.aborted) {
      await new Promise<void>(resolve => (job.wake = resolve));
    }
  };
  const descriptor = openSync(order.file, 'r');
  const room = spareRooms.pop() ?? [];
  try {
    let first = 0;
    for (const group of index.groups) {
      const from = Math.max(0, order.start - first);
      const to = Math.min(group.rows, order.start + order.count - first);
      first += group.rows;
      if (from >= to) continue;
      const columns = placesIn(descriptor, index, group, order, from, room);
      for (let row = from; row < to;) {
        row = write(columns, row, to, out, pieceBytes);
        if (out.length >= pieceBytes) await give();
        if (job.aborted) return;
      }
    }
  } finally {
    closeSync(descriptor);
    if (spareRooms.length < spareRoomsMax) spareRooms.push(room);
  }
  out.length = sealRecords(out).length;
  await give();
  answer({kind: 'end'});
}

/** Memory for the columns of a row group, by their place: kept for the next group, and for the next job of this thread. */
type Room = Buffer[];
const spareRooms: Room[] = [];
const spareRoomsMax = 2;

function takeRoom(room: Room, place: number, bytes: number): Buffer {
  const found = room[place];
  if (found !== undefined && found.length >= bytes) return found.subarray(0, bytes);
  // Somewhat more than now: row groups are of nearly one size.
  const made = Buffer.allocUnsafeSlow(Math.ceil(bytes * 1.125));
  room[place] = made;
  return made.subarray(0, bytes);
}

/** The last files asked for: a snapshot is read in many ranges, and never changes. */
const indexes = new Map<string, ParquetIndex | null>();
const indexesMax = 8;

function indexFor(file: string): ParquetIndex | null {
  const found = indexes.get(file);
  if (found !== undefined) return found;
  const index = readParquetIndex(file);
  if (indexes.size >= indexesMax) indexes.delete(indexes.keys().next().value!);
  indexes.set(file, index);
  return index;
}

function writerOf(index: ParquetIndex, {columns}: EncodeOrder): WriteRows | null {
  const types = columns.map(({type}) => parseOdpsType(type));
  const places = columns.map(({name}) => index.columns.get(name));
  if (places.includes(undefined)) return null;
  return fastRows(
    types,
    places.map(place => place!),
  );
}

function placesIn(
  descriptor: number,
  index: ParquetIndex,
  group: ParquetGroup,
  {columns}: EncodeOrder,
  from: number,
  room: Room,
): ColumnPlace[] {
  return columns.map(({name}, place) => {
    const take = (bytes: number) => takeRoom(room, place, bytes);
    const read = readColumn(descriptor, index, group, name, take);
    const {values, present} = read;
    const view = new DataView(values.buffer, values.byteOffset, values.length);
    const {physical} = index.columns.get(name)!;
    return {values, present, view, at: placeOf(view, present, physical, from)};
  });
}

const valueBytes: Record<Exclude<Physical, 'bytes'>, number> = {
  boolean: 1,
  int32: 4,
  int64: 8,
  float: 4,
  double: 8,
  fixed16: 16,
};

/** Where the value of row `from` begins. */
function placeOf(
  view: DataView,
  present: Uint8Array | null,
  physical: Physical,
  from: number,
): number {
  let values = from;
  if (present !== null) {
    values = 0;
    for (let row = 0; row < from; row++) values += present[row]!;
  }
  if (physical !== 'bytes') return values * valueBytes[physical];
  let at = 0;
  for (let i = 0; i < values; i++) at += 4 + view.getInt32(at, true);
  return at;
}
