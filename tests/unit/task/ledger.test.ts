import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import {openLedger} from '../../../runtime/task/ledger.ts';
import type {BatchRecord} from '../../../runtime/task/ledgerTypes.ts';
import {tablePlan} from '../../support/tablePlan.ts';

const plan = tablePlan('orders', [['id', 'BIGINT']], ['id']);
const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

function newPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'synctask-ledger-')), 'ledger.db');
}

function position(last: number) {
  return {
    epoch: 1,
    serverUuid: uuid,
    gtidSet: `${uuid}:1-${last}`,
    file: 'b.1',
    offset: last * 10,
    fingerprint: null,
  };
}

function join1(done: number) {
  return {
    database: 'shop',
    table: 'orders',
    state: 'loading' as const,
    plan,
    settings: '{}',
    nextRecordId: 1,
    done: position(done),
    isMade: true,
    replaces: null,
  };
}

const batch: BatchRecord = {
  batchId: 1,
  tableId: 1,
  end: position(9),
  nextRecordId: 8,
  spoolFile: 'batch-1',
  parts: [
    {
      partition: 'd=1',
      blocks: [{offset: 0, length: 5}],
      records: 9,
      changes: 7,
      firstId: 1,
      lastId: 7,
      sessionId: 's',
      sessionCreatedMs: 1,
    },
  ],
};

test('what a step stored is there after the ledger is opened again', async t => {
  const path = newPath();
  {
    await using ledger = openLedger(path);
    t.is(await ledger.takeLease(), 1);
    await ledger.join(position(5), [join1(5)], true);
    await ledger.startLoad(1, 'session', 77, [
      {chunkId: 0, index: null, columns: [], low: null, high: ['9']},
    ]);
    await ledger.chunkUploaded(1, 0, 40, 400, `${uuid}:1-6`);
    await ledger.intent(batch);
  }
  await using ledger = openLedger(path);
  t.is(await ledger.takeLease(), 2);
  const state = await ledger.load();
  t.deepEqual(state.position, position(5));
  t.like(state.tables[0], {tableId: 1, state: 'loading', nextRecordId: 1, rowsLoaded: 40, plan});
  t.like(state.loads[0], {sessionId: 'session', createdMs: 77});
  t.like(state.loads[0]!.chunks[0], {uploaded: true, rows: 40, gtidAfter: `${uuid}:1-6`});
  t.deepEqual(state.intents, [batch]);
});

test('done takes the intent away and moves position, next record id and count together', async t => {
  await using ledger = openLedger(newPath());
  await ledger.takeLease();
  await ledger.join(position(5), [join1(5)], true);
  await ledger.intent(batch);
  await ledger.done(batch, {
    position: position(12),
    tables: [{tableId: 1, done: null, nextRecordId: 8, rowsFollowed: null}],
  });
  const state = await ledger.load();
  t.deepEqual(state.intents, []);
  t.deepEqual(state.position, position(12));
  t.like(state.tables[0], {done: null, nextRecordId: 8, rowsFollowed: 7});
});

test('a runtime whose lease epoch was raised is refused every further step', async t => {
  const path = newPath();
  await using first = openLedger(path);
  await first.takeLease();
  await using second = openLedger(path);
  await second.takeLease();
  const error = await t.throwsAsync(first.intent(batch));
  t.like(error, {code: 'SYNC5012'});
  t.deepEqual((await second.load()).intents, []);
});

test('a ledger of a newer format is refused', async t => {
  const path = newPath();
  {
    await using ledger = openLedger(path);
    await ledger.takeLease();
  }
  const db = new DatabaseSync(path);
  db.exec('UPDATE task SET format = 99');
  db.close();
  await using ledger = openLedger(path);
  t.like(await t.throwsAsync(ledger.takeLease()), {code: 'SYNC5013'});
});

test('a ledger that cannot be written says so with its path', async t => {
  await using ledger = openLedger('/proc/none/ledger.db');
  const error = await t.throwsAsync(ledger.takeLease());
  t.like(error, {code: 'SYNC5011'});
});

test('ending a load forgets its chunks and makes the table followed', async t => {
  await using ledger = openLedger(newPath());
  await ledger.takeLease();
  await ledger.join(position(5), [join1(5)], true);
  await ledger.startLoad(1, 'session', 77, [
    {chunkId: 0, index: null, columns: [], low: null, high: ['9']},
  ]);
  await ledger.endLoad(1, `${uuid}:1-7`, 40);
  const state = await ledger.load();
  t.deepEqual(state.loads, []);
  t.like(state.tables[0], {state: 'following', loadEnd: `${uuid}:1-7`, rowsLoaded: 40});
});

test('steps asked for at the same time share a transaction, and one that fails takes back only itself', async t => {
  const path = newPath();
  {
    await using ledger = openLedger(path);
    await ledger.takeLease();
    const chunk = (chunkId: number) => ({
      chunkId,
      index: 'PRIMARY',
      columns: [],
      low: null,
      high: [String(chunkId)],
    });
    const steps = Array.from({length: 40}, (_, i) =>
      // The same chunk twice in one load breaks its key, after a part of the step is done.
      ledger.startLoad(
        i,
        `session ${i}`,
        i,
        i === 17 ? [chunk(1), chunk(1)] : [chunk(0), chunk(1)],
      ),
    );
    const results = await Promise.allSettled(steps);
    t.deepEqual(
      results.flatMap(({status}, i) => (status === 'rejected' ? [i] : [])),
      [17],
    );
    await ledger.cutChunk(3, {...chunk(1), high: ['0.5']}, [chunk(2), chunk(3)]);
  }
  await using ledger = openLedger(path);
  const {loads} = await ledger.load();
  t.is(loads.length, 39);
  t.deepEqual(
    loads.find(load => load.tableId === 3)!.chunks.map(({bounds}) => [bounds.chunkId, bounds.high]),
    [
      [0, ['0']],
      [1, ['0.5']],
      [2, ['2']],
      [3, ['3']],
    ],
  );
});
