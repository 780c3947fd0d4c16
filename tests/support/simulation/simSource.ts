// A history of transactions over two tables as the events that a server's binlog would give, and what a log must hold of it.
import {dialectOf} from '../../../runtime/source/dialect.ts';
import {createGtidEvent, eventType} from '../../../runtime/codec/binlogEvent.ts';
import type {EventView} from '../../../runtime/source/eventView.ts';
import type {SimClock} from './simClock.ts';

export const serverUuid = '8a94f357-aab4-11df-86ab-c80aa9429562';
export const tableNames = ['a', 'b'] as const;

interface Change {
  table: (typeof tableNames)[number];
  kind: 'insert' | 'update' | 'delete';
  id: number;
  before: number;
  after: number;
}

export interface SimTransaction {
  number: number;
  file: string;
  /** Where its first event begins; each event takes 100 bytes. */
  offset: number;
  seconds: number;
  changes: Change[];
}

/** Rows that the log of a table must hold, each once: as text, with the record id that a reading in order gives. */
export type Expected = Map<string, Map<string, number>>;

/** A seeded history; values are never given twice, so that every change is known by them. */
export function makeHistory(clock: SimClock, startSeconds: number): SimTransaction[] {
  const rows = new Map(tableNames.map(name => [name, new Map<number, number>()]));
  let value = 0;
  let offset = 200;
  let file = 1;
  let seconds = startSeconds;
  const changeOne = (table: Change['table']): Change => {
    const ids = rows.get(table)!;
    const id = clock.below(12);
    const before = ids.get(id);
    const after = ++value;
    if (before === undefined) {
      ids.set(id, after);
      return {table, kind: 'insert', id, before: 0, after};
    }
    if (clock.chance(0.4)) {
      ids.delete(id);
      return {table, kind: 'delete', id, before, after: 0};
    }
    ids.set(id, after);
    return {table, kind: 'update', id, before, after};
  };
  return Array.from({length: 20 + clock.below(30)}, (_, i) => {
    if (clock.chance(0.05)) [file, offset] = [file + 1, 200];
    if (clock.chance(0.1)) seconds += 20_000;
    const table = tableNames[clock.below(2)]!;
    const changes = Array.from({length: 1 + clock.below(5)}, () =>
      changeOne(clock.chance(0.2) ? tableNames[clock.below(2)]! : table),
    );
    const transaction = {number: i + 1, file: `binlog.00000${file}`, offset, seconds, changes};
    offset += 100 * (2 + 2 * changes.length);
    return transaction;
  });
}

/** Every row that the logs must hold. */
export function expectedRows(history: readonly SimTransaction[]): Expected {
  const expected: Expected = new Map(tableNames.map(name => [name, new Map()]));
  const lastId = {a: 0, b: 0};
  for (const {changes} of history)
    for (const {table, kind, id, before, after} of changes) {
      const rows = expected.get(table)!;
      const recordId = ++lastId[table];
      if (kind === 'insert') rows.set(`I N Y ${id} ${after}`, recordId);
      if (kind === 'delete') rows.set(`D Y N ${id} ${before}`, recordId);
      if (kind !== 'update') continue;
      rows.set(`U Y N ${id} ${before}`, recordId).set(`U N Y ${id} ${after}`, recordId);
    }
  return expected;
}

const dialect = dialectOf('9.7.4');

/** The events of one transaction, each in the one view that a stream would reuse. */
export function* eventsOf(transaction: SimTransaction): Generator<EventView> {
  const {number, file, seconds, changes} = transaction;
  let endOffset = transaction.offset;
  const gtid = {...createGtidEvent(), source: serverUuid, number};
  const view = (type: number, body: Buffer): EventView => {
    endOffset += 100;
    const end = body.length;
    const bytes = new DataView(body.buffer, body.byteOffset, body.length);
    const place = {timestampSeconds: seconds, serverId: 1, endOffset, flags: 0, file, gtid};
    return {...place, dialect, type, input: body, view: bytes, at: 0, end};
  };
  yield view(eventType.gtid, Buffer.alloc(42));
  for (const change of changes) {
    yield view(eventType.tableMap, tableMap(change.table));
    const type = {
      insert: eventType.writeRows,
      update: eventType.updateRows,
      delete: eventType.deleteRows,
    }[change.kind];
    yield view(type, rowsBody(change));
  }
  yield view(eventType.xid, Buffer.alloc(8));
}

function tableId(table: Change['table']): number {
  return 70 + tableNames.indexOf(table);
}

/** Two INT columns, the first NOT NULL. */
function tableMap(table: Change['table']): Buffer {
  const head = Buffer.alloc(8);
  head.writeUIntLE(tableId(table), 0, 6);
  const name = (text: string) => [text.length, ...Buffer.from(text), 0];
  return Buffer.concat([head, Buffer.from([...name('shop'), ...name(table), 2, 3, 3, 0, 2])]);
}

function rowsBody({table, kind, id, before, after}: Change): Buffer {
  const head = Buffer.alloc(8);
  head.writeUIntLE(tableId(table), 0, 6);
  const present = kind === 'update' ? [2, 0, 2, 3, 3] : [2, 0, 2, 3];
  const row = (value: number) => {
    const bytes = Buffer.alloc(9);
    bytes.writeInt32LE(id, 1);
    bytes.writeInt32LE(value, 5);
    return bytes;
  };
  const images = {insert: [after], delete: [before], update: [before, after]}[kind];
  return Buffer.concat([head, Buffer.from(present), ...images.map(row)]);
}
