// How fast the embedded endpoint takes and gives rows, beside a bare Node server that throws the same bodies away, and how
// fast our client makes and sends them. Endpoint and bare server are processes of their own; all share this machine.
// Ingest: two uploaders make bodies as the product does (rows to records, zstd) and send them, until both sessions are
// committed. Drain: the same uploaders, bodies and calls against the bare server; this is also what the client can do at
// most. Each is the best of the rounds, which alternate. Beside them the same with record bytes made once, uncompressed.
// Run: npm run bench -- endpoint [--json FILE]; env ROWS (a block's, default 100,000), BLOCKS (an uploader's, default 8) and
// ROUNDS (default 2). BLOCKS=270 ROUNDS=1 sends 10 GB of records: for the memory.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {cpus, loadavg, tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {parseArgs} from 'node:util';
import {zstdDecompressSync} from 'node:zlib';
import {silentLog} from '../../runtime/base/log.ts';
import {createCounters} from '../../runtime/codec/counters.ts';
import {createRecordBuffer, resetRecords, sealRecords} from '../../runtime/codec/recordBuffer.ts';
import {snapshotTranscoder} from '../../runtime/codec/snapshotTranscoder.ts';
import {TargetClient} from '../../runtime/sink/client.ts';
import {compressWhole} from '../../runtime/sink/compress.ts';
import {openDownload} from '../../runtime/sink/download.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {baseTableDdl} from '../../runtime/sink/tables.ts';
import {UploadSession, type BlockEncoding} from '../../runtime/sink/uploadSession.ts';
import {benchPlan, lay, packet} from '../support/benchTable.ts';

const {values: options} = parseArgs({options: {json: {type: 'string'}}});
const blockRows = Number(process.env['ROWS'] ?? 100_000);
const blocks = Number(process.env['BLOCKS'] ?? 8);
const rounds = Number(process.env['ROUNDS'] ?? 2);
const uploaders = 2;
const rowsTotal = blockRows * blocks * uploaders;
const {signal} = new AbortController();
const key = {accessKeyId: 'benchId', accessKeySecret: 'benchSecret'};
const dataDir = mkdtempSync(join(tmpdir(), 'synctask-bench-'));

/** A server that reads bodies and answers the calls of an upload without doing anything. */
const bareServer = `
  const http = require('node:http');
  const session = JSON.stringify({UploadID: 'u', Status: 'CLOSED', UploadedBlockList: []});
  http.createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end(session));
  }).listen(0, '127.0.0.1', function () {
    console.log(JSON.stringify({endpoint: 'http://127.0.0.1:' + this.address().port}));
  });`;

interface Served {
  child: ChildProcess;
  client: TargetClient;
}

async function serve(command: string, args: string[]): Promise<Served> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ALIBABA_CLOUD_ACCESS_KEY_ID: key.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.accessKeySecret,
      XDG_STATE_HOME: dataDir,
    },
  });
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const {endpoint} = JSON.parse(line) as {endpoint: string};
  const client = TargetClient.open(
    {
      endpoint,
      project: 'local',
      schema: null,
      tunnelEndpoint: endpoint,
      quota: null,
      region: null,
      credentials: () => Promise.resolve({...key, securityToken: null}),
    },
    silentLog(),
  );
  return {child, client};
}

async function stop({child, client}: Served): Promise<void> {
  await client[Symbol.asyncDispose]();
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

/** Two uploaders, each with a session of its own, one block at a time. */
async function upload(
  client: TargetClient,
  bodyOf: () => Promise<Buffer>,
  encoding: BlockEncoding,
): Promise<void> {
  await Promise.all(
    Array.from({length: uploaders}, async () => {
      const wish = {partition: null, overwrite: false, signal};
      await using session = await UploadSession.create(client, benchPlan.baseTable, wish);
      for (let block = 0; block < blocks; block++)
        await session.putBlock(block, await bodyOf(), encoding, signal);
      await session.commit(
        Array.from({length: blocks}, (_, block) => block),
        signal,
      );
    }),
  );
}

/** Makes a block's record bytes from rows as MySQL sends them. */
function createEncoder(): () => Buffer {
  const rows = lay(packet, blockRows);
  const toBase = snapshotTranscoder(benchPlan);
  const counters = createCounters(benchPlan);
  const out = createRecordBuffer(32 * 1024 * 1024);
  return () => {
    resetRecords(out);
    let at = 0;
    for (const end of rows.ends) {
      toBase(rows.input, rows.view, at, end, out, counters);
      at = end;
    }
    return Buffer.from(sealRecords(out));
  };
}

/** Asks for all rows in ranges and opens their compression; rows are not made into values. */
async function download(client: TargetClient): Promise<void> {
  const source = {table: benchPlan.baseTable, partition: null};
  const session = await openDownload(client, source, signal);
  const step = 50_000;
  for (let at = 0; at < session.records; at += step) {
    const answer = await client.request({
      operation: 'download',
      side: 'tunnel',
      method: 'GET',
      path: ['projects', 'local', 'tables', source.table],
      query: {data: '', downloadid: session.id, rowrange: `(${at},${step})`},
      headers: {'Accept-Encoding': 'zstd'},
      repeatable: true,
      signal,
    });
    zstdDecompressSync(answer.body);
  }
}

function peakRssMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024);
}

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}, ${rowsTotal} rows, ${uploaders} uploaders`,
);
const encode = createEncoder();
encode();
const encodeSeconds = await seconds(async () => {
  for (let pass = 0; pass < 4; pass++) encode();
});
const plain = encode();
/** As users start it. */
const launcher = new URL('../../bin/synctask', import.meta.url).pathname;
const live = async () => await compressWhole(encode());
const bare = await serve(process.execPath, ['-e', bareServer]);
const served = await serve(launcher, ['endpoint', '--data', join(dataDir, 'data'), '--port', '0']);
const empty = () => runSql(served.client, `TRUNCATE TABLE ${benchPlan.baseTable}`, {signal});
await runSql(served.client, baseTableDdl(benchPlan, 'bench:1:1'), {signal});
const best = {drain: Infinity, ingest: Infinity, drainPlain: Infinity, ingestPlain: Infinity};
for (let round = 0; round < rounds; round++) {
  const note = async (what: keyof typeof best, work: () => Promise<unknown>) => {
    best[what] = Math.min(best[what], await seconds(work));
  };
  await note('drainPlain', () => upload(bare.client, async () => plain, 'none'));
  await note('ingestPlain', () => upload(served.client, async () => plain, 'none'));
  await empty();
  await note('drain', () => upload(bare.client, live, 'zstd'));
  await note('ingest', () => upload(served.client, live, 'zstd'));
  if (round < rounds - 1) await empty();
}
await stop(bare);
const downloadSeconds = await seconds(() => download(served.client));
const peak = peakRssMebibytes(served.child.pid!);
await stop(served);
rmSync(dataDir, {recursive: true, force: true});

const rate = (taken: number) => Math.round(rowsTotal / taken);
const result = {
  ingestRowsPerSecond: rate(best.ingest),
  downloadRowsPerSecond: rate(downloadSeconds),
  peakRssMebibytes: peak,
  clientEncodeRowsPerSecond: Math.round((4 * blockRows) / encodeSeconds),
  clientUploadRowsPerSecond: rate(best.drain),
  ingestPerNodeDrain: Number((best.drain / best.ingest).toFixed(3)),
};
const beside = {
  plainIngestRowsPerSecond: rate(best.ingestPlain),
  plainDrainRowsPerSecond: rate(best.drainPlain),
  blockBytes: plain.length,
};
console.log(JSON.stringify({...result, ...beside}, null, 2));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
