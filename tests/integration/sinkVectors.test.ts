// The golden vectors through the client's sessions: what it sends equals bytes written by another client, and what it
// receives from such bytes equals the values they were written from.
import {zstdDecompressSync} from 'node:zlib';
import test from 'ava';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import {readRecords} from '../../runtime/codec/recordStream.ts';
import {downloadRows, openDownload} from '../../runtime/sink/download.ts';
import {UpsertSession} from '../../runtime/sink/upsertSession.ts';
import {ScriptedService} from '../support/scriptedService.ts';
import {codeOf, openClient} from '../support/target.ts';
import {
  vectorBytes,
  vectorCases,
  vectorColumns,
  vectorValue,
  type RecordVector,
} from '../support/tunnelVectors.ts';

const {signal} = new AbortController();

interface UpsertVector {
  name: string;
  hasher: string;
  buckets: number;
  keys: string[];
  columns: {name: string; type: string}[];
  blocks: {bucket: number; file: string; records: unknown[][]}[];
}

/** What a service says of a session for `vector`. */
function sessionOf(vector: UpsertVector, isPartial: boolean): string {
  const columns = vector.columns.slice(0, -5);
  return JSON.stringify({
    id: 's1',
    schema: {
      columns: columns.map((column, i) => ({...column, nullable: true, column_id: String(10 + i)})),
      partitionKeys: [],
    },
    hash_key: vector.keys,
    hasher: vector.hasher,
    status: 'committed',
    enable_partial_update: isPartial,
    slots: [{slot_id: '0', buckets: [...Array(vector.buckets).keys()], worker_addr: 'a:1'}],
  });
}

for (const vector of vectorCases<UpsertVector>('upsert.json'))
  test(`an upsert session sends the rows of ${vector.name} as another client does`, async t => {
    await using service = await ScriptedService.start(() => ({body: sessionOf(vector, false)}));
    const client = openClient(t, service.url);
    const types = vector.columns.map(({type}) => parseOdpsType(type));
    await using session = await UpsertSession.create(client, 't', {partition: null, signal});
    for (const {records} of vector.blocks)
      for (const record of records) {
        const row = record.slice(0, -5).map((json, i) => vectorValue(json, types[i]!));
        if (record.at(-3) === '68') await session.delete(row, signal);
        else await session.upsert(row, signal);
      }
    await session.commit(signal);
    const sent = new Map<string, Buffer>();
    for (const {method, url, body} of service.arrivals)
      if (method === 'PUT') sent.set(/bucketid=(\d+)/.exec(url)![1]!, zstdDecompressSync(body));
    for (const {bucket, file} of vector.blocks)
      t.deepEqual(sent.get(String(bucket)), vectorBytes(file), `bucket ${bucket}`);
    t.is(sent.size, vector.blocks.length);
  });

test('a partial update names its columns by their ids and sends no other cells', async t => {
  const vector = vectorCases<UpsertVector>('upsert.json').find(v => v.columns.length === 8)!;
  await using service = await ScriptedService.start(() => ({body: sessionOf(vector, true)}));
  await using session = await UpsertSession.create(openClient(t, service.url), 't', {
    partition: null,
    signal,
  });
  await session.update([7n, 'only this', 1.5], ['NAME'], signal);
  await session.commit(signal);
  const put = service.arrivals.find(({method}) => method === 'PUT')!;
  const {rows} = readRecords(zstdDecompressSync(put.body), vectorColumns(vector.columns));
  t.deepEqual(
    rows.map(row => row.map(String)),
    [['7', 'only this', 'null', 'null', 'null', '85', 'null', '11']],
  );
});

test('a table without partial updates refuses one before anything is sent', async t => {
  const vector = vectorCases<UpsertVector>('upsert.json').find(v => v.columns.length === 8)!;
  await using service = await ScriptedService.start(() => ({body: sessionOf(vector, false)}));
  await using session = await UpsertSession.create(openClient(t, service.url), 't', {
    partition: null,
    signal,
  });
  t.is(await codeOf(session.update([7n, 'x', 1.5], ['name'], signal)), 'SYNC4047');
  t.false(service.arrivals.some(({method}) => method === 'PUT'));
});

/** The rows that the client reads from `body` as an answer of the service. */
async function readBack(
  t: Parameters<typeof openClient>[0],
  columns: {name: string; type: string}[],
  count: number,
  body: Buffer,
  headers: Record<string, string>,
) {
  const made = JSON.stringify({
    DownloadID: 'd1',
    Status: 'NORMAL',
    RecordCount: count,
    Schema: {columns, partitionKeys: []},
  });
  await using service = await ScriptedService.start(({method}) =>
    method === 'POST' ? {body: made} : {body, headers},
  );
  const client = openClient(t, service.url);
  const session = await openDownload(client, {table: 't', partition: null}, signal);
  const rows = [];
  for await (const part of downloadRows(client, session, {signal})) rows.push(...part);
  return rows;
}

const whole = vectorCases<RecordVector>('index.json').filter(
  ({columnsRule, recordsTruncated, count}) =>
    columnsRule === undefined && recordsTruncated !== true && count > 0,
);

for (const vector of whole)
  test(`a download of ${vector.name} gives the values it was written from`, async t => {
    const {columns} = vector;
    const types = columns.map(({type}) => parseOdpsType(type));
    const wanted = vector.records.map(row => row.map((json, i) => vectorValue(json, types[i]!)));
    for (const file of [vector.file, vector.compiledFile ?? vector.file])
      t.deepEqual(await readBack(t, columns, vector.count, vectorBytes(file), {}), wanted);
  });

interface CompressedVector {
  file: string;
  /** The record vector inside. */
  of: string;
  contentEncoding: string;
}

test('compressed downloads are read, and those of an encoding not asked for are refused', async t => {
  const vectors = vectorCases<CompressedVector>('compressed.json');
  let read = 0;
  const records = new Map(vectorCases<RecordVector>('index.json').map(v => [v.name, v]));
  for (const {file, of: name, contentEncoding} of vectors) {
    const of = records.get(name)!;
    if (of.count === 0) continue;
    const headers = {'content-encoding': contentEncoding};
    const work = readBack(t, of.columns, of.count, vectorBytes(file), headers);
    if (contentEncoding !== 'zstd' && contentEncoding !== 'deflate') {
      t.is(await codeOf(work), 'SYNC4012', file);
      continue;
    }
    t.is((await work).length, of.count, file);
    read++;
  }
  t.true(read > 0);
});

interface CorruptVector {
  file: string;
  columns: {name: string; type: string}[];
}

test('a damaged download is never taken', async t => {
  for (const {file, columns} of vectorCases<CorruptVector>('corrupt.json'))
    for (const count of [1, 2, 3])
      t.is(await codeOf(readBack(t, columns, count, vectorBytes(file), {})), 'SYNC4036', file);
});
