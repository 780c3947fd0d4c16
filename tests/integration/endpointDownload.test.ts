// Downloads of the embedded endpoint: rows by ranges and columns, from snapshots of many row groups.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {readRecords, type RecordValue} from '../../runtime/codec/recordStream.ts';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {
  call,
  columnsOf,
  commit,
  download,
  key,
  openUpload,
  putBlock,
  sql,
  stream,
} from '../support/tunnel.ts';

/** Every flat type, and values at its edges as the endpoint gives them back. */
const types: Record<string, [type: string, values: RecordValue[]]> = {
  id: ['bigint', []],
  t1: ['tinyint', [-128, 127]],
  t2: ['smallint', [-32_768, 32_767]],
  t4: ['int', [-2_147_483_648, 2_147_483_647, 0]],
  t8: ['bigint', [-(2n ** 63n) + 1n, 2n ** 63n - 1n, 0n, -1n]],
  yes: ['boolean', [true, false]],
  f4: ['float', [0.5, -3.25]],
  f8: ['double', [Math.PI, -1e300]],
  day: ['date', [-719_162, 2_932_896, 0]],
  at: ['datetime', [-62_135_596_800_000n, 253_402_300_799_999n, 1_700_000_000_123n]],
  moment: [
    'timestamp',
    [
      {seconds: -62_135_596_800n, nanos: 0},
      {seconds: -1n, nanos: 999_999_000},
      {seconds: 253_402_300_799n, nanos: 999_999_000},
    ],
  ],
  plain: ['timestamp_ntz', [{seconds: 1_700_000_000n, nanos: 123_456_000}]],
  d9: ['decimal(9,2)', ['-1234567.89', '0.00', '0.07']],
  d18: ['decimal(18,6)', ['-999999999999.999999', '0.000001']],
  d18whole: ['decimal(18,0)', ['-999999999999999999', '7']],
  d38: ['decimal(38,18)', ['12345678901234567890.123456789012345678', '-0.000000000000000001']],
  s: ['string', ['', 'plain', 'Grüße 🚢', 'x'.repeat(3000)]],
  v: ['varchar(4)', ['abcd', 'äöüß']],
  b: ['binary', [Buffer.from([0, 255, 128]), Buffer.alloc(0)]],
  j: ['json', ['{"a": [1, 2]}']],
};
const columns = columnsOf(
  Object.fromEntries(Object.entries(types).map(([name, [type]]) => [name, type])),
);

function rowsOf(count: number): RecordValue[][] {
  const edges = Object.values(types).slice(1);
  return Array.from({length: count}, (_, row) => [
    BigInt(row),
    ...edges.map(([, values], i) =>
      (row * 5 + i) % 13 === 0 ? null : values[(row + i) % values.length]!,
    ),
  ]);
}

async function open(t: ExecutionContext) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-download-'));
  const endpoint = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(async () => {
    await endpoint.close();
    await rm(dataDir, {recursive: true, force: true});
  });
  return endpoint.endpoint;
}

async function load(endpoint: string, rows: RecordValue[][]): Promise<void> {
  const text = Object.entries(types).map(([name, [type]]) => `${name} ${type}`);
  await sql(endpoint, `CREATE TABLE t (${text.join(', ')})`);
  const id = await openUpload(endpoint, 't');
  await putBlock(endpoint, 't', id, 0, stream(columns, rows));
  await commit(endpoint, 't', id);
}

test('every range and choice of columns of a table of many row groups gives its rows', async t => {
  const endpoint = await open(t);
  const rows = rowsOf(9000);
  await load(endpoint, rows);
  const made = await call(endpoint, 'POST', '/projects/local/tables/t?downloads');
  const {DownloadID, RecordCount} = JSON.parse(made.text) as {
    DownloadID: string;
    RecordCount: number;
  };
  t.is(RecordCount, rows.length);
  const wishes = [
    [0, 1],
    [8999, 5],
    [4095, 2],
    [3000, 5500],
    [17, 0],
  ] as const;
  for (const [start, count] of wishes) {
    for (const names of [Object.keys(types), ['s', 'id', 'yes', 'd38'], ['moment']]) {
      const asked = `downloadid=${DownloadID}&data&rowrange=(${start},${count})&columns=${names.join(',')}`;
      const reply = await call(endpoint, 'GET', `/projects/local/tables/t?${asked}`);
      const chosen = names.map(name => columns.findIndex(column => column.name === name));
      const read = readRecords(
        reply.body,
        chosen.map(i => columns[i]!),
      );
      const due = rows.slice(start, start + count).map(row => chosen.map(i => row[i]!));
      t.deepEqual(read.rows, due, `${asked}`);
    }
  }
});

test('a column that got nanoseconds is read back to the last of them', async t => {
  const endpoint = await open(t);
  const nanos = columnsOf({at: 'timestamp', name: 'string'});
  await sql(endpoint, 'CREATE TABLE t (at TIMESTAMP, name STRING)');
  const rows: RecordValue[][] = [
    [{seconds: 1_700_000_000n, nanos: 123_456_789}, 'fine'],
    [{seconds: -1n, nanos: 1}, null],
    [null, ''],
  ];
  const id = await openUpload(endpoint, 't');
  await putBlock(endpoint, 't', id, 0, stream(nanos, rows));
  await commit(endpoint, 't', id);
  t.deepEqual(await download(endpoint, 't', nanos), rows);
});
