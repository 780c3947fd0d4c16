// Three-tier names: everything a loader does, in a schema of the project, beside a table of the same name outside it.
import test from 'ava';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import {writeRecords} from '../../runtime/codec/recordWriter.ts';
import {downloadRows, openDownload} from '../../runtime/sink/download.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {checkOwner, takeOwnership} from '../../runtime/sink/owner.ts';
import {precheckSink} from '../../runtime/sink/precheck.ts';
import {StreamSession} from '../../runtime/sink/streamSession.ts';
import {
  baseTableDefinition,
  compareTable,
  createTable,
  createTableSql,
  getTable,
  listPartitions,
  logTableDefinition,
} from '../../runtime/sink/tables.ts';
import {UploadSession} from '../../runtime/sink/uploadSession.ts';
import {countRows} from '../../runtime/sink/verify.ts';
import {tablePlan} from '../support/tablePlan.ts';
import {openClient, startTarget} from '../support/target.ts';

const {signal} = new AbortController();
const plan = tablePlan('orders', [['id', 'BIGINT']], ['id']);
const columns = [{name: 'id', type: parseOdpsType('bigint')}];
const block = (...ids: number[]) =>
  writeRecords(
    ids.map(id => [BigInt(id)]),
    columns,
  );

test('tables of a schema are made, written, streamed, read and counted apart from those outside', async t => {
  const endpoint = await startTarget(t);
  const outside = openClient(t, endpoint);
  await runSql(outside, 'CREATE SCHEMA shop', {signal});
  const client = openClient(t, endpoint, {schema: 'shop'});
  const base = baseTableDefinition(plan, 'u1:1:1');
  const log = logTableDefinition(plan, 'u1:1:1');
  await createTable(outside, createTableSql(base), signal);
  for (const table of [base, log]) {
    await createTable(client, createTableSql(table), signal);
    t.deepEqual(compareTable(table, (await getTable(client, table.name, signal))!), []);
  }
  t.is(await getTable(outside, log.name, signal), null);

  await using session = await UploadSession.create(client, base.name, {
    partition: null,
    overwrite: false,
    signal,
  });
  await session.putBlock(0, block(1, 2), 'none', signal);
  await session.commit([0], signal);
  await using stream = await StreamSession.create(client, base.name, {
    partition: null,
    slots: 1,
    schemaVersion: null,
    inDoubt: 'raise',
    signal,
  });
  await stream.write(block(3), 1, 'none', signal);
  t.is(await countRows(client, base.name, signal), 3);
  t.is(await countRows(outside, base.name, signal), 0);
  const held = await openDownload(client, {table: base.name, partition: null}, signal);
  const ids: number[] = [];
  for await (const rows of downloadRows(client, held, {signal}))
    for (const [id] of rows) ids.push(Number(id));
  t.deepEqual(ids.toSorted(), [1, 2, 3]);

  const [day] = log.partitionColumns;
  await runSql(client, `ALTER TABLE ${log.name} ADD PARTITION (${day!.name}='22')`, {signal});
  t.deepEqual(
    (await listPartitions(client, log.name, signal)).map(({values}) => values),
    [['22']],
  );
  const owner = {uid: 'u1', generation: 1, epoch: 2};
  await takeOwnership(client, base.name, owner, signal);
  await checkOwner(client, base.name, owner, signal);
  t.is((await getTable(outside, base.name, signal))!.properties['synctask.owner'], 'u1:1:1');
});

test('a schema that is not there is a finding before anything is made', async t => {
  const client = openClient(t, await startTarget(t), {schema: 'nowhere'});
  const options = {conflictingTables: 'report' as const, ownTables: new Set<string>(), signal};
  const found = await precheckSink(client, [plan], options);
  t.deepEqual(
    found.map(({id, code}) => `${id} ${code}`),
    ['P34 SYNC4007'],
  );
});
