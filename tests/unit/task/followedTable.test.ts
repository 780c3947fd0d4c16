import test from 'ava';
import {countRecord, type RecordBuffer} from '../../../runtime/codec/recordBuffer.ts';
import {
  cutBatch,
  followedTable,
  markDone,
  mayCut,
  noteTransaction,
  openPart,
  rollBack,
} from '../../../runtime/task/followedTable.ts';
import {pageFor} from '../../../runtime/task/openBlock.ts';
import {tablePlan} from '../../support/tablePlan.ts';

const position = {
  epoch: 1,
  serverUuid: 'u',
  gtidSet: '',
  file: 'b.1',
  offset: 4,
  fingerprint: null,
};

function newTable() {
  return followedTable(
    {
      tableId: 1,
      database: 'shop',
      table: 'orders',
      state: 'following',
      isMade: true,
      plan: tablePlan('orders', [['id', 'BIGINT']], ['id']),
      settings: '',
      generation: 1,
      nextRecordId: 100,
      done: null,
      loadEnd: null,
      rowsLoaded: 0,
      rowsFollowed: 0,
    },
    0,
  );
}

/** Puts one change of `bytes` bytes into the part, as a transcoder does. */
function put(
  table: ReturnType<typeof newTable>,
  partition: string,
  transaction: number,
  bytes = 10,
): RecordBuffer {
  noteTransaction(table, transaction);
  const part = openPart(table, partition, transaction);
  const page = pageFor(part.block, bytes);
  page.length += bytes;
  countRecord(page, 7);
  table.openBytes += bytes;
  table.nextRecordId++;
  part.changes++;
  part.records++;
  part.lastId = table.nextRecordId - 1;
  return page;
}

test('a rollback takes out the rows of its transaction and their record ids, and only those', t => {
  const table = newTable();
  const buffer = put(table, 'd=1', 1);
  const checksum = buffer.checksum;
  put(table, 'd=1', 2);
  put(table, 'd=2', 2);
  t.true(rollBack(table, 2));
  t.is(table.nextRecordId, 101);
  t.deepEqual([...table.open.keys()], ['d=1']);
  t.like(table.open.get('d=1'), {records: 1, changes: 1, firstId: 100, lastId: 100});
  t.like(buffer, {length: 10, records: 1, checksum});
  t.is(table.openBytes, 10);
});

test('a cut takes everything open and leaves the table empty with its next id', t => {
  const table = newTable();
  put(table, 'd=1', 1);
  put(table, 'd=2', 1);
  const cut = cutBatch(table, position);
  t.is(cut.nextRecordId, 102);
  t.deepEqual(
    cut.parts.map(part => [part.partition, part.firstId, part.lastId]),
    [
      ['d=1', 100, 100],
      ['d=2', 101, 101],
    ],
  );
  t.is(table.open.size, 0);
  t.is(table.openBytes, 0);
});

test('an empty table cannot be cut', t => {
  t.like(
    t.throws(() => cutBatch(newTable(), position)),
    {code: 'SYNC9001'},
  );
});

test('a batch that is done moves position, record id and count of rows in one step', t => {
  const table = newTable();
  put(table, 'p1', 1);
  put(table, 'p2', 1);
  const first = cutBatch(table, position);
  put(table, 'p1', 2);
  t.false(mayCut(table), 'before the first is uploaded');
  first.isUploaded = true;
  const second = cutBatch(table, position);
  second.isUploaded = true;
  put(table, 'p1', 3);
  t.false(mayCut(table), 'while two are on their way');
  t.like(table, {doneRecordId: 100, rowsFollowed: 0});
  t.throws(() => markDone(second), {message: /in the order they were cut/});
  markDone(first);
  t.like(table, {doneRecordId: 102, rowsFollowed: 2, done: position});
  markDone(second);
  t.like(table, {doneRecordId: 103, rowsFollowed: 3, done: position});
});
