// Damaged bodies and headers against the endpoint: each is refused with a code of the service, nothing of it is committed,
// and the endpoint answers the next request. Seeded: SEED=… npm run test:fault replays.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {deflateSync, zstdCompressSync} from 'node:zlib';
import test from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {call, columnsOf, commit, download, key, openUpload, putBlock, sql, stream} from '../support/tunnel.ts'; // prettier-ignore

const seed = Number(process.env['SEED'] ?? 20_261_122);
const rounds = 400;
const columns = columnsOf({
  a: 'bigint',
  s: 'string',
  d: 'decimal(20,4)',
  ts: 'timestamp',
  l: 'array<string>',
  m: 'map<string,bigint>',
});
const rows = Array.from({length: 20}, (_, i) => [
  BigInt(i),
  `text ${i}`,
  `${i}.5`,
  {seconds: BigInt(i), nanos: 1000},
  ['x', null],
  [['k', 1n]],
]);
const good = stream(columns, rows as never);

/** mulberry32: a small generator with the same numbers for the same seed everywhere. */
function createRandom(state: number): (below: number) => number {
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

function damaged(random: (below: number) => number): Buffer {
  const bytes = Buffer.from(good);
  switch (random(5)) {
    case 0:
      bytes[random(bytes.length)]! ^= 1 << random(8);
      return bytes;
    case 1:
      return bytes.subarray(0, random(bytes.length));
    case 2:
      return Buffer.concat([bytes, Buffer.from([random(256)])]);
    case 3: {
      const at = random(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([255, 255, 255, 255, 255]), bytes.subarray(at)]); // prettier-ignore
    }
    default: {
      const at = random(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))]);
    }
  }
}

test('no damaged body is taken, whatever its encoding, and none stops the endpoint', async t => {
  t.log(`SEED=${seed}`);
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-fuzz-'));
  await using endpoint = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(() => rm(dataDir, {recursive: true, force: true}));
  const url = endpoint.endpoint;
  const list =
    'a BIGINT, s STRING, d DECIMAL(20,4), ts TIMESTAMP, l ARRAY<STRING>, m MAP<STRING,BIGINT>';
  await sql(url, `CREATE TABLE t (${list})`);
  const id = await openUpload(url, 't');
  const random = createRandom(seed);
  for (let round = 0; round < rounds; round++) {
    const body = damaged(random);
    const form = random(6);
    const encoded = form === 1 ? zstdCompressSync(body) : form === 2 ? deflateSync(body) : body;
    // Forms 3 to 5: the body is not of the encoding that the header names.
    const name = ['', 'zstd', 'deflate', 'x-lz4-frame', 'x-snappy-framed', 'zstd'][form]!;
    const headers: Record<string, string> = name === '' ? {} : {'content-encoding': name};
    const reply = await putBlock(url, 't', id, random(3), encoded, headers);
    t.is(reply.status, 400, `round ${round}: ${name} ${body.toString('hex')}`);
    t.regex(reply.text, /"Code":"(Corrupted|Malformed)DataStream"/, `round ${round}`);
  }
  const place = `/projects/local/tables/t?blockid=0&uploadid=${id}`;
  for (const headers of [{'content-encoding': 'gzip'}, {date: 'yesterday'}, {date: ''}] as Record<
    string,
    string
  >[]) {
    const {status} = await call(url, 'PUT', place, good, headers);
    t.true(status >= 400 && status < 500, JSON.stringify(headers));
  }
  for (const authorization of ['', 'ODPS x:y', 'ODPS testId:', 'Basic a', 'ODPS testId/1/2/3:z']) {
    const date = new Date().toUTCString();
    const reply = await fetch(`${url}${place}`, {
      method: 'PUT',
      headers: {authorization, date},
      body: new Uint8Array(good),
    });
    t.true(reply.status >= 400 && reply.status < 500, authorization);
  }
  await commit(url, 't', id);
  t.deepEqual(await download(url, 't', columns), []);
  const next = await openUpload(url, 't');
  t.is((await putBlock(url, 't', next, 0, good)).status, 200);
  await commit(url, 't', next);
  t.is((await download(url, 't', columns)).length, rows.length);
});

test('odd paths and queries are answered, never with a 5xx', async t => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-fuzz-'));
  await using endpoint = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(() => rm(dataDir, {recursive: true, force: true}));
  const url = endpoint.endpoint;
  await sql(url, 'CREATE TABLE t (a BIGINT)');
  const table = '/projects/local/tables/t';
  for (const [method, place] of [
    ['GET', `${table}?downloadid=nope`],
    ['GET', `${table}?data&downloadid=nope`],
    ['PUT', `${table}?blockid=0&uploadid=nope`],
    ['POST', `${table}?uploadid=..%2F..%2Fetc`],
    ['POST', `${table}?partition=a&uploads`],
    ['PUT', `${table}/streams?slotid=0&uploadid=x`],
    ['POST', `${table}/upserts`],
    ['PUT', `${table}/upserts?bucketid=0&upsertid=nope`],
    ['DELETE', `${table}/upserts?upsertid=nope`],
    ['GET', '/projects/local/instances/..%2Fx'],
    ['POST', '/projects/local/instances'],
    ['GET', '/projects/local/schemas/nope/tables/t'],
    ['GET', '/nowhere'],
  ] as const) {
    const reply = await call(url, method, place, method === 'GET' ? '' : 'not records');
    t.true(
      reply.status >= 400 && reply.status < 500,
      `${method} ${place}: ${reply.status} ${reply.text}`,
    );
  }
});
