import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {deflateSync, zstdCompressSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {
  vectorBytes,
  vectorCases,
  vectorColumns,
  vectorValue,
  type RecordVector,
} from '../support/tunnelVectors.ts';
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

const columns = columnsOf({id: 'bigint', name: 'string'});

async function open(t: ExecutionContext, dataDir?: string) {
  const folder = dataDir ?? (await mkdtemp(path.join(tmpdir(), 'synctask-endpoint-')));
  const endpoint = await startEndpoint({dataDir: folder, port: 0, project: 'local', ...key});
  t.teardown(async () => {
    await endpoint.close();
    await rm(folder, {recursive: true, force: true});
  });
  return {...endpoint, dataDir: folder};
}

test('rows show at the commit, all at once, and a second commit changes nothing', async t => {
  const {endpoint} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  const id = await openUpload(endpoint, 't');
  const rows: RecordValue[][] = [
    [1n, 'one'],
    [2n, null],
    [null, 'é'],
    [3n, ''],
  ];
  t.is((await putBlock(endpoint, 't', id, 0, stream(columns, rows.slice(0, 2)))).status, 200);
  t.is((await putBlock(endpoint, 't', id, 7, stream(columns, rows.slice(2)))).status, 200);
  t.deepEqual(await download(endpoint, 't', columns), []);
  for (let times = 0; times < 2; times++) {
    const done = await commit(endpoint, 't', id);
    t.is(done.status, 200);
    t.is((JSON.parse(done.text) as {Status: string}).Status, 'CLOSED');
    t.deepEqual(await download(endpoint, 't', columns), rows);
  }
});

test('a block written again replaces itself', async t => {
  const {endpoint} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  const id = await openUpload(endpoint, 't');
  for (const name of ['first', 'second']) {
    await putBlock(endpoint, 't', id, 3, stream(columns, [[1n, name]]));
  }
  await commit(endpoint, 't', id);
  t.deepEqual(await download(endpoint, 't', columns), [[1n, 'second']]);
  t.is((await putBlock(endpoint, 't', id, 4, stream(columns, []))).status, 400);
});

test('an overwriting session replaces the content of its partition only', async t => {
  const {endpoint} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING) PARTITIONED BY (dt STRING, hh INT)');
  const write = async (spec: string, name: string, more: string) => {
    const id = await openUpload(endpoint, 't', `&create_partition=true&partition=${spec}${more}`);
    await putBlock(endpoint, 't', id, 0, stream(columns, [[1n, name]]));
    await commit(endpoint, 't', id);
  };
  await write('dt=a,hh=1', 'old', '');
  await write('dt=b,hh=1', 'kept', '');
  await write("dt='a',hh='1'", 'new', '&overwrite=true');
  t.deepEqual(await download(endpoint, 't', columns, '&partition=dt=a,hh=1'), [[1n, 'new']]);
  t.deepEqual(await download(endpoint, 't', columns, '&partition=dt=b,hh=1'), [[1n, 'kept']]);
  const refused = await call(endpoint, 'POST', '/projects/local/tables/t?uploads');
  t.is((JSON.parse(refused.text) as {Code: string}).Code, 'MissingPartitionSpec');
});

test('compressed bodies give the same rows', async t => {
  const {endpoint} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  const id = await openUpload(endpoint, 't');
  const body = stream(columns, [[1n, 'x'.repeat(1000)]]);
  const bodies = {deflate: deflateSync(body), zstd: zstdCompressSync(body)};
  for (const [block, [encoding, bytes]] of Object.entries(bodies).entries()) {
    const headers = {'content-encoding': encoding};
    t.is((await putBlock(endpoint, 't', id, block, bytes, headers)).status, 200);
  }
  await commit(endpoint, 't', id);
  t.is((await download(endpoint, 't', columns)).length, 2);
});

test('a corrupt, cut or mislabelled body leaves nothing', async t => {
  const {endpoint, dataDir} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (a BIGINT, b STRING)');
  const id = await openUpload(endpoint, 't');
  for (const vector of vectorCases<RecordVector>('corrupt.json')) {
    const reply = await putBlock(endpoint, 't', id, 0, vectorBytes(vector.file));
    t.is(reply.status, 400, vector.name);
    t.regex(reply.text, /"Code":"(Corrupted|Malformed)DataStream"/);
  }
  const good = stream(columns, [[1n, 'x']]);
  const encoded = await putBlock(endpoint, 't', id, 0, good, {'content-encoding': 'zstd'});
  t.is(encoded.status, 400);
  t.is((await putBlock(endpoint, 't', id, 20_000, good)).status, 400);
  t.deepEqual(await readdir(path.join(dataDir, 'sessions', id)), ['session.json']);
  await commit(endpoint, 't', id);
  t.is(await sql(endpoint, 'SELECT COUNT(*) AS n FROM t'), '"n"\n0\n');
});

/** What the endpoint refuses, and says so in docs/endpoint.md: nanoseconds beside far years, or inside nested values. */
const refusals = new Map([
  ['timestamp', 'InvalidArgument'],
  ['struct_temporal', 'MalformedDataStream'],
  ['string_bytes', 'MalformedDataStream'],
]);

test('every type is read back as it was written', async t => {
  const {endpoint} = await open(t);
  const vectors = vectorCases<RecordVector>('index.json').filter(
    v => v.recordsTruncated !== true && !v.columns.some(c => c.type.startsWith('interval')),
  );
  t.true(vectors.length >= 20);
  for (const vector of vectors) {
    const of = vectorColumns(vector.columns);
    const table = `v_${vector.name}`;
    const definition = vector.columns.map(c => `\`${c.name}\` ${c.type}`).join(', ');
    await sql(endpoint, `CREATE TABLE ${table} (${definition})`);
    const id = await openUpload(endpoint, table);
    const put = await putBlock(endpoint, table, id, 0, vectorBytes(vector.file));
    const done = put.status === 200 ? await commit(endpoint, table, id) : put;
    const refusal = refusals.get(vector.name);
    if (refusal !== undefined) {
      t.is((JSON.parse(done.text) as {Code: string}).Code, refusal, vector.name);
      continue;
    }
    t.is(done.status, 200, `${vector.name}: ${done.text}`);
    const want = vector.records.map(row => of.map((c, i) => vectorValue(row[i], c.type)));
    const plain = (rows: RecordValue[][]) =>
      rows.map(row => row.map((v, i) => (of[i]!.type.name === 'decimal' ? plainDecimal(v) : v)));
    t.deepEqual(plain(await download(endpoint, table, of)), plain(want), vector.name);
  }
});

/** A decimal's value whatever its notation: digits and exponent without zeros at their ends. */
function plainDecimal(value: RecordValue): RecordValue {
  if (value === null) return null;
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:E(.+))?$/i.exec(
    value as string,
  )!;
  const digits = BigInt(whole! + fraction);
  let power = Number(exponent) - fraction.length;
  let rest = digits;
  for (; rest !== 0n && rest % 10n === 0n; rest /= 10n) power++;
  return rest === 0n ? '0' : `${sign}${rest}e${power}`;
}
