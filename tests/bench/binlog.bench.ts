// How fast following is, beside others that read the same binlog: raw drain, mysql-binlog-connector-java, go-mysql, zongji,
// embedded Debezium, interleaved round by round; then the whole path, catching up, peak memory and latency.
// Run: npm run bench -- binlog [--json FILE] [--scale N] [--rounds N] [--only read,pipeline,latency,memory]
//   [--with filters]
// Server, endpoint and readers share the machine: compare ratios. Best of rounds × passes, first pass of a process left out.
import {writeFileSync} from 'node:fs';
import {cpus, loadavg} from 'node:os';
import {parseArgs} from 'node:util';
import {connectTo, testServer} from '../support/mysql.ts';
import {writeHuge, writeLoads, writeSteadily, type Load} from './binlogSource.ts';
import {countLog} from './countLog.ts';
import {BenchTask, catchUp, followLive} from './binlogTask.ts';
import {
  bringReaders,
  readerNames,
  runReader,
  type Measure,
  type ReaderName,
} from './binlogReaders.ts';

const {values: options} = parseArgs({
  options: {
    json: {type: 'string'},
    scale: {type: 'string', default: '1'},
    rounds: {type: 'string', default: '3'},
    only: {type: 'string', default: 'read,pipeline,latency,memory'},
    loads: {type: 'string', default: 'bulk,oneRow,mixed,compressed'},
    readers: {type: 'string', default: readerNames.join(',')},
    with: {type: 'string', default: ''},
  },
});
const parts = new Set(options.only.split(','));
/** The first pass of each process warms it up. */
const passes = 3;
/** Row images a second of the largest class of the managed service. */
const largestClass = 136_000;
const latencyRowsPerSecond = 20_000;
/** One catch-up is short: the best of five, unless fewer rounds are asked for. */
const catchUps = Number(options.rounds) < 3 ? Number(options.rounds) : 5;
const figures: Record<string, number | null> = {
  bulkPerDrain: null,
  bulkPerBestPeer: null,
  bulkPerDebezium: null,
  oneRowPerDrain: null,
  oneRowPerBestPeer: null,
  oneRowPerDebezium: null,
  pipelinePerDebezium: null,
  catchUpPerLargestClass: null,
  peakRssMebibytes: null,
  lowLatencyP99Ms: null,
  exactlyOnceP99Ms: null,
  ...(options.with === 'filters' ? {filteredPerPlain: null} : {}),
};

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, load ${loadavg()[0]!.toFixed(1)}, scale ${options.scale}, ${options.rounds} rounds of ${passes} passes`,
);
const server = await testServer();
const scale = Number(options.scale);
const best = new Map<string, Measure>();
const tasks = new Map<Load['name'], BenchTask>();
/** Tasks begin before their changes are written, and catch up from there. */
/** `customer` is never negative here: every row passes, so that both tasks write the same. */
const ruled = {
  name: 't',
  where: 'customer >= 0',
  transforms: [{column: 'name', mask: {from: 9, to: 20}}],
};
const filtered: {plain: BenchTask | null; ruled: BenchTask | null} = {plain: null, ruled: null};
const onTables = async (name: Load['name'], database: string) => {
  if (options.with === 'filters' && name === 'bulk') {
    filtered.plain = await BenchTask.open(server, database, true, {commitSeconds: 1});
    filtered.ruled = await BenchTask.open(server, database, true, {commitSeconds: 1}, [ruled]);
  }
  if (!parts.has('pipeline') || (name !== 'long' && name !== 'mixed')) return;
  tasks.set(name, await BenchTask.open(server, database, name === 'mixed', {commitSeconds: 1}));
};
try {
  const needsLoads = parts.has('read') || parts.has('pipeline') || options.with === 'filters';
  const loads = needsLoads ? await writeLoads(server, scale, onTables, parts.has('pipeline')) : [];
  if (parts.has('read')) await attempt('read', () => compareReaders(loads));
  if (parts.has('pipeline')) await attempt('pipeline', () => measurePipeline(loads));
  const bulk = loads.find(({name}) => name === 'bulk');
  if (options.with === 'filters') await attempt('filters', () => measureFiltered(bulk!));
} finally {
  for (const task of [...tasks.values(), filtered.plain, filtered.ruled])
    await task?.[Symbol.asyncDispose]();
}
if (parts.has('memory')) await attempt('memory', measureMemory);
if (parts.has('latency')) await attempt('latency', measureLatency);
if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
for (const [name, value] of Object.entries(figures)) console.log(`${name}: ${value}`);

/** A part that fails leaves its figures null, and says why; the others go on. */
async function attempt(part: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = 1;
    console.log(`${part}: stopped, because ${(error as Error).message}`);
  }
}

async function compareReaders(all: Load[]): Promise<void> {
  const readers = await bringReaders();
  const failed = new Map<string, string>();
  const asked = new Set(options.readers.split(','));
  for (const load of all.filter(({name}) => options.loads.split(',').includes(name))) {
    // The ratios need their best of many; the other loads are for orientation.
    const isRatio = load.name === 'bulk' || load.name === 'oneRow';
    for (let round = 0; round < (isRatio ? Number(options.rounds) : 1); round++)
      for (const name of readerNames.filter(reader => asked.has(reader))) {
        const key = `${load.name} ${name}`;
        const program = readers.get(name)!;
        if (failed.has(key)) continue;
        try {
          if ('missing' in program) throw new Error(program.missing);
          const found = await runReader(program, server, load, passes);
          const before = best.get(key);
          if (before === undefined || found.rowsPerSecond > before.rowsPerSecond)
            best.set(key, found);
        } catch (error) {
          failed.set(key, (error as Error).message);
          console.log(`${key}: none, because ${(error as Error).message}`);
        }
      }
    for (const name of readerNames) show(load, name);
  }
  fillRatios('bulk');
  fillRatios('oneRow');
}

function show(load: Load, name: ReaderName): void {
  const found = best.get(`${load.name} ${name}`);
  if (found === undefined) return;
  const {rowsPerSecond, cpuSeconds, peakMebibytes} = found;
  console.log(
    `${load.name.padEnd(10)} ${name.padEnd(9)} ${String(Math.round(rowsPerSecond / 1000)).padStart(6)} k rows/s, ` +
      `${cpuSeconds.toFixed(1)} CPU s, ${peakMebibytes} MiB peak`,
  );
}

/**
 * The whole path: long bulk into the endpoint, from commit to commit, beside the windows of Debezium's one pass; the mix into
 * a tunnel that throws rows away.
 */
async function measurePipeline(loads: Load[]): Promise<void> {
  for (const {name, rows, images} of loads) {
    const task = tasks.get(name);
    if (task === undefined) continue;
    let rowsPerSecond = 0;
    for (let round = 0; round < catchUps; round++) {
      const found = await catchUp(task, rows);
      const {steadyRowsPerSecond} = found;
      const isLong = name === 'long';
      rowsPerSecond = Math.max(rowsPerSecond, isLong ? steadyRowsPerSecond : found.rowsPerSecond);
      notePeak(found.peakMebibytes);
      console.log(
        `catch-up ${name}: ${Math.round(found.rowsPerSecond)} rows/s${isLong ? ` (steady: ${Math.round(steadyRowsPerSecond)})` : ''}, ${found.seconds.toFixed(1)} s with process start, ` +
          `${found.cpuSeconds.toFixed(1)} CPU s, ${found.peakMebibytes} MiB peak`,
      );
      if (isLong) await showFirstCount(task, rows);
    }
    const debezium = best.get('bulk debezium')?.rowsPerSecond;
    if (name === 'mixed')
      figures['catchUpPerLargestClass'] = rounded((rowsPerSecond * images) / rows / largestClass);
    else if (debezium !== undefined)
      figures['pipelinePerDebezium'] = rounded(rowsPerSecond / debezium);
    else console.log('pipelinePerDebezium: none, because Debezium was not measured');
  }
}

/** Committed rows may wait to be taken into the endpoint's table: how long the first query of them all takes. */
async function showFirstCount(task: BenchTask, due: number): Promise<void> {
  const {rows, seconds} = await countLog(task.endpoint, 't_log');
  if (rows !== due) throw new Error(`${rows} rows are at the target, ${due} were written`);
  console.log(`first count after it: ${rows} rows in ${seconds.toFixed(2)} s`);
}

/** A filter on one column and a mask on another, beside the same table without; both throw rows away at the tunnel. */
async function measureFiltered({rows}: Load): Promise<void> {
  const best = {plain: 0, ruled: 0};
  for (let round = 0; round < Number(options.rounds); round++)
    for (const kind of ['plain', 'ruled'] as const)
      best[kind] = Math.max(best[kind], (await catchUp(filtered[kind]!, rows)).rowsPerSecond);
  console.log(
    `bulk with a filter and a mask: ${Math.round(best.ruled)} rows/s of ${Math.round(best.plain)} rows/s without`,
  );
  figures['filteredPerPlain'] = rounded(best.ruled / best.plain);
}

/** Peak memory while transactions of two million rows go by, one of them compressed. */
async function measureMemory(): Promise<void> {
  const rows = Math.round(2e6 * scale);
  const database = await makeDatabase('bench_huge', [
    'CREATE TABLE huge (id BIGINT NOT NULL PRIMARY KEY, words VARCHAR(400) NOT NULL)',
  ]);
  await using task = await BenchTask.open(server, database, true, {commitSeconds: 1});
  await writeHuge(server, database, rows);
  const {peakMebibytes, seconds} = await catchUp(task, 2 * rows);
  notePeak(peakMebibytes);
  console.log(
    `two transactions of ${rows} rows: ${seconds.toFixed(1)} s, ${peakMebibytes} MiB peak`,
  );
}

async function measureLatency(): Promise<void> {
  const kinds = [
    ['lowLatencyP99Ms', {delivery: 'low-latency'}],
    ['exactlyOnceP99Ms', {commitSeconds: 1}],
  ] as const;
  for (const [figure, incremental] of kinds) {
    const database = await makeDatabase(
      `bench_${figure.toLowerCase()}`,
      [0, 1, 2, 3].map(
        i => `CREATE TABLE s${i} (id BIGINT NOT NULL PRIMARY KEY, at DATETIME(6), note TEXT)`,
      ),
    );
    await using task = await BenchTask.open(server, database, false, incremental);
    const seconds = Math.max(5, 10 * scale);
    const {rows, latency} = await followLive(task, () =>
      writeSteadily(server, database, latencyRowsPerSecond, seconds),
    );
    figures[figure] = latency?.p99Ms ?? null;
    console.log(
      `${JSON.stringify(incremental)}: commit to visible p50 ${latency?.p50Ms} ms, p99 ${latency?.p99Ms} ms ` +
        `at ${Math.round(rows / seconds)} rows/s (wished: ${latencyRowsPerSecond})`,
    );
  }
}

async function makeDatabase(name: string, tables: string[]): Promise<string> {
  const mysql = await connectTo(server);
  await mysql.query(`CREATE DATABASE ${name}`);
  await mysql.query(`USE ${name}`);
  for (const sql of tables) await mysql.query(sql);
  await mysql.end();
  return name;
}

function notePeak(mebibytes: number): void {
  figures['peakRssMebibytes'] = Math.max(figures['peakRssMebibytes'] ?? 0, mebibytes);
}

function rounded(ratio: number): number {
  return Math.round(ratio * 100) / 100;
}

function fillRatios(name: 'bulk' | 'oneRow'): void {
  const rate = (reader: ReaderName) => best.get(`${name} ${reader}`)?.rowsPerSecond;
  const ours = rate('ours');
  if (ours === undefined) return;
  const per = (other: number | undefined) => (other === undefined ? null : rounded(ours / other));
  const peers = (['connector', 'gomysql', 'zongji'] as const).flatMap(peer => rate(peer) ?? []);
  figures[`${name}PerDrain`] = per(rate('drain'));
  figures[`${name}PerBestPeer`] = peers.length === 0 ? null : per(Math.max(...peers));
  figures[`${name}PerDebezium`] = per(rate('debezium'));
}
