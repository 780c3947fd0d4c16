// How fast following is, beside others that read the same binlog: raw drain, mysql-binlog-connector-java, go-mysql, zongji,
// embedded Debezium, interleaved round by round; then the whole path, catching up, peak memory and latency.
// Run: npm run bench -- binlog [--json FILE] [--scale N] [--rounds N] [--only read,pipeline,latency,memory]
// Server, endpoint and readers share the machine: compare ratios. Best of rounds × passes, first pass of a process left out.
import {writeFileSync} from 'node:fs';
import {cpus, loadavg} from 'node:os';
import {parseArgs} from 'node:util';
import {testServer} from '../support/mysql.ts';
import {writeLoads, type Load} from './binlogSource.ts';
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
  },
});
const parts = new Set(options.only.split(','));
/** The first pass of each process warms it up. */
const passes = 3;
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
};

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, load ${loadavg()[0]!.toFixed(1)}, scale ${options.scale}, ${options.rounds} rounds of ${passes} passes`,
);
const server = await testServer();
const loads = await writeLoads(server, Number(options.scale));
const best = new Map<string, Measure>();
if (parts.has('read')) await compareReaders(loads);
if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
for (const [name, value] of Object.entries(figures)) console.log(`${name}: ${value}`);

async function compareReaders(all: Load[]): Promise<void> {
  const readers = await bringReaders();
  const failed = new Map<string, string>();
  const asked = new Set(options.readers.split(','));
  for (const load of all.filter(({name}) => options.loads.split(',').includes(name))) {
    for (let round = 0; round < Number(options.rounds); round++)
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

function fillRatios(name: 'bulk' | 'oneRow'): void {
  const rate = (reader: ReaderName) => best.get(`${name} ${reader}`)?.rowsPerSecond;
  const ours = rate('ours');
  if (ours === undefined) return;
  const per = (other: number | undefined) =>
    other === undefined ? null : Math.round((ours / other) * 100) / 100;
  const peers = (['connector', 'gomysql', 'zongji'] as const).flatMap(peer => rate(peer) ?? []);
  figures[`${name}PerDrain`] = per(rate('drain'));
  figures[`${name}PerBestPeer`] = peers.length === 0 ? null : per(Math.max(...peers));
  figures[`${name}PerDebezium`] = per(rate('debezium'));
}
