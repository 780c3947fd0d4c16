// One reader of the snapshot bench in a process of its own, by the product's own connection: `drain` frames packets and
// throws them away, `ours` makes records with their checksums and throws those away a MiB at a time. With two workers each
// reads half of the key range in a thread of its own. Prints one JSON line a pass, then waits for its input to end.
import {readFileSync} from 'node:fs';
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads';
import {MiB} from '../../runtime/base/sizes.ts';
import {createCounters} from '../../runtime/codec/counters.ts';
import {planTable} from '../../runtime/codec/planTable.ts';
import {createRecordBuffer, resetRecords} from '../../runtime/codec/recordBuffer.ts';
import {
  packetsTranscoder,
  selectList,
  snapshotTranscoder,
} from '../../runtime/codec/snapshotTranscoder.ts';
import {nearBuffers} from '../../runtime/codec/wasmMemory.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import {SourceConnection, type SourceOptions} from '../../runtime/source/connection.ts';
import {RawConnection, type TakeRows} from '../../runtime/source/rawConnection.ts';
import type {Plan} from './snapshotReaders.ts';

const planOptions = {
  types: 'v2' as const,
  targetName: null,
  columns: {include: null, exclude: [], rename: {}, types: {}, policies: {}},
  naming: {additionalColumns: 'new' as const, case: 'default' as const},
  log: {partitionBy: ['day' as const], timeZone: 'UTC', lifecycleDays: null},
};
const signal = new AbortController().signal;

if (isMainThread) await runPasses();
else await serve(workerData as Plan & {worker: number});

async function runPasses(): Promise<void> {
  const [kind, port, user, database, table, want, passes, workers, serverPid] =
    process.argv.slice(2);
  const plan: Plan = {
    kind: kind as Plan['kind'],
    port: Number(port),
    user: user!,
    password: process.env['PEER_PASSWORD']!,
    database: database!,
    table: table!,
    rows: Number(want),
    workers: Number(workers),
  };
  const threads = Array.from({length: plan.workers}, (_, worker) => {
    const thread = new Worker(new URL(import.meta.url), {workerData: {...plan, worker}});
    return {thread, ready: answerOf(thread)};
  });
  for (const {ready} of threads) await ready;
  for (let pass = 0; pass < Number(passes); pass++) {
    const clientBefore = process.cpuUsage();
    const serverBefore = processorSeconds(serverPid!);
    const startedMs = performance.now();
    const answers = threads.map(({thread}) => answerOf(thread));
    for (const {thread} of threads) thread.postMessage('pass');
    const rows = (await Promise.all(answers)).reduce((sum, count) => sum + count, 0);
    const seconds = (performance.now() - startedMs) / 1000;
    const {user: inUser, system} = process.cpuUsage(clientBefore);
    const clientSeconds = (inUser + system) / 1e6;
    const serverSeconds = processorSeconds(serverPid!) - serverBefore;
    console.log(JSON.stringify({rows, seconds, clientSeconds, serverSeconds}));
  }
  process.stdin.resume();
  process.stdin.on('end', () => process.exit());
}

function answerOf(thread: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

/** Processor time of the server so far; 0 where it does not run on this machine. */
function processorSeconds(pid: string): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

async function serve(plan: Plan & {worker: number}): Promise<void> {
  const options: SourceOptions = {
    host: '127.0.0.1',
    port: plan.port,
    user: plan.user,
    password: plan.password,
    tls: {mode: 'disabled', ca: null, certificate: null, key: null},
  };
  const reader = await makeReader(options, plan);
  const raw = await RawConnection.open(options, signal);
  parentPort!.on('message', () => {
    reader(raw).then(
      rows => parentPort!.postMessage(rows),
      (error: unknown) => {
        throw error;
      },
    );
  });
  parentPort!.postMessage(0);
}

async function makeReader(options: SourceOptions, plan: Plan & {worker: number}) {
  await using connection = await SourceConnection.open(options, signal);
  const [table] = await readCatalog(connection, [
    {database: plan.database, tables: [plan.table], exclude: []},
  ]);
  const tablePlan = planTable(table!, planOptions);
  const share = Math.ceil(plan.rows / plan.workers);
  const where =
    plan.workers === 1
      ? ''
      : ` WHERE id > ${plan.worker * share} AND id <= ${(plan.worker + 1) * share}`;
  const sql = `SELECT ${selectList(tablePlan)} FROM \`${plan.database}\`.\`${plan.table}\`${where}`;
  const maker = plan.kind === 'drain' ? null : recordMaker(tablePlan);
  const onRow = maker?.onRow ?? (() => undefined);
  return async (raw: RawConnection): Promise<number> => {
    const statement = await raw.prepare(sql);
    const rows = await raw.execute(statement, onRow, null, maker?.takeRows);
    raw.closeStatement(statement);
    return rows;
  };
}

function recordMaker(plan: ReturnType<typeof planTable>) {
  const transcode = snapshotTranscoder(plan);
  const counters = createCounters(plan);
  const records = createRecordBuffer(0);
  // Where the pieces of a block lie in the product too.
  records.bytes = nearBuffers(1, 2 * MiB)[0]!;
  records.view = new DataView(records.bytes.buffer, records.bytes.byteOffset, 2 * MiB);
  let lastInput: Buffer | null = null;
  let view: DataView = new DataView(new ArrayBuffer(0));
  const onRow = (input: Buffer, at: number, end: number): void => {
    if (input !== lastInput) {
      lastInput = input;
      view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    }
    transcode(input, view, at, end, records, counters);
    if (records.length >= MiB) resetRecords(records);
  };
  const transcodeMany = packetsTranscoder(plan)!;
  const takeRows: TakeRows = {
    take: (input, at, end) => {
      const recordsBefore = records.records;
      const next = transcodeMany(input, at, end, records, counters);
      takeRows.rows += records.records - recordsBefore;
      if (records.length >= MiB) resetRecords(records);
      return next;
    },
    rows: 0,
  };
  return {onRow, takeRows};
}
