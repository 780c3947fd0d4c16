// How fast a full load reads, beside others that read the same tables: raw drain, mysql --quick, Connector/J, go-sql-driver,
// mysql2, embedded Debezium, interleaved round by round; then the whole path of a task, and a thousand small tables.
// Run: npm run bench -- snapshot [--json FILE] [--scale N] [--rounds N] [--only read,pipeline,tables,long] [--with filters]
// Server, target and readers share the machine: compare ratios. Best of rounds × passes, first pass of a process left out.
import {writeFileSync} from 'node:fs';
import {cpus, loadavg} from 'node:os';
import {parseArgs} from 'node:util';
import {connectTo, testServer} from '../support/mysql.ts';
import {prepareRuntime, runLoad, type LoadMeasure} from './snapshotPipeline.ts';
import {
  bringReaders,
  readerNames,
  runReader,
  type Measure,
  type Program,
  type ReaderName,
} from './snapshotReaders.ts';
import {benchDatabase, copyNarrow, dropTables, makeTables} from './snapshotTables.ts';

const {values: options} = parseArgs({
  options: {
    json: {type: 'string'},
    scale: {type: 'string', default: '1'},
    rounds: {type: 'string', default: '5'},
    only: {type: 'string', default: 'read,pipeline,tables,long'},
    readers: {type: 'string', default: readerNames.join(',')},
    tables: {type: 'string', default: '1000'},
    with: {type: 'string', default: ''},
  },
});
const parts = new Set(options.only.split(','));
const scale = Number(options.scale);
const rounds = Number(options.rounds);
const rows = {narrow: Math.round(1_000_000 * scale), wide: Math.round(100_000 * scale)};
/** How often a load reads the narrow table where it is compared with a reader that stays warm. */
const passes = 4;
const compared = `narrow × ${passes}`;
/** Enough for all workers to have had some. */
const longRows = 16;
const figures: Record<string, number | null> = {
  oneConnectionPerDrain: null,
  twoWorkersPerDrain: null,
  perConnectorJTyped: null,
  perDebezium: null,
  clientCpuPerServerCpu: null,
  pipelinePerConnectorJ: null,
  peakRssMebibytes: null,
  thousandTablesSeconds: null,
  filteredPerPlain: null,
};

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, load ${loadavg()[0]!.toFixed(1)}, scale ${options.scale}, ${rounds} rounds`,
);
const server = await testServer();
const best = new Map<string, Measure>();
try {
  if (parts.has('read') || parts.has('pipeline') || options.with === 'filters')
    await makeTables(server, rows);
  if (parts.has('read')) await compareReaders();
  await prepareRuntime();
  if (parts.has('pipeline')) await measurePipeline();
  if (options.with === 'filters') await measureFiltered();
  if (parts.has('tables')) await measureTables(Number(options.tables));
  if (parts.has('long')) await measureLong();
} finally {
  await dropTables(server);
}
fillRatios();
if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
for (const [name, value] of Object.entries(figures)) console.log(`${name}: ${value}`);

async function compareReaders(): Promise<void> {
  const readers = await bringReaders();
  const asked = options.readers.split(',');
  const failed = new Set<string>();
  for (const table of ['narrow', 'wide'] as const) {
    for (let round = 0; round < rounds; round++)
      for (const name of readerNames.filter(reader => asked.includes(reader))) {
        const key = `${table} ${name}`;
        const program = readers.get(name)!;
        // Debezium takes tens of seconds a run and tells ten windows each time: once is enough.
        if (failed.has(key) || (name === 'debezium' && round > 0)) continue;
        try {
          if ('missing' in program) throw new Error(program.missing);
          await readOnce(name, program, table);
        } catch (error) {
          failed.add(key);
          console.log(`${key}: none, because ${(error as Error).message}`);
        }
      }
    for (const name of readerNames) show(table, name);
  }
}

async function readOnce(
  name: ReaderName,
  program: Program,
  table: 'narrow' | 'wide',
): Promise<void> {
  const key = `${table} ${name}`;
  const plan = {database: benchDatabase, table, rows: rows[table]};
  const found = await runReader(name, program, server, plan);
  const before = best.get(key);
  if (before === undefined || found.rowsPerSecond > before.rowsPerSecond) best.set(key, found);
}

function show(table: string, name: ReaderName): void {
  const found = best.get(`${table} ${name}`);
  if (found === undefined) return;
  const {rowsPerSecond, clientMicrosPerRow, serverMicrosPerRow, peakMebibytes} = found;
  const serverText = serverMicrosPerRow === null ? '' : `, server ${serverMicrosPerRow.toFixed(2)}`;
  console.log(
    `${table.padEnd(7)} ${name.padEnd(17)} ${String(Math.round(rowsPerSecond / 1000)).padStart(5)} k rows/s, ` +
      `CPU µs a row: client ${clientMicrosPerRow.toFixed(2)}${serverText}, ${peakMebibytes} MiB peak`,
  );
}

/**
 * Whole loads, beside Connector/J once more, round by round. A reader of `compareReaders` reads the table several times in one
 * process and leaves the first time out; so a load takes as many copies of it, with the first, cold one in the figure.
 */
async function measurePipeline(): Promise<void> {
  const copies = await copyNarrow(server, passes);
  const loads = [
    {name: 'narrow', tables: ['narrow'], count: rows.narrow, discards: true},
    {name: compared, tables: copies, count: rows.narrow * passes, discards: true},
    {name: 'narrow', tables: ['narrow'], count: rows.narrow, discards: false},
    {name: 'wide', tables: ['wide'], count: rows.wide, discards: true},
    {name: 'wide', tables: ['wide'], count: rows.wide, discards: false},
  ];
  const peer = (await bringReaders()).get('connectorj typed')!;
  const measured = new Map<(typeof loads)[number], LoadMeasure>();
  for (let round = 0; round < rounds; round++) {
    if (!('missing' in peer)) await readOnce('connectorj typed', peer, 'narrow');
    for (const load of loads) {
      // The endpoint stores what it is sent, which takes longer than all the rest: it needs no more than two rounds.
      if (!load.discards && round > 1) continue;
      const {tables, discards} = load;
      const found = await runLoad(server, {
        database: benchDatabase,
        tables,
        discards,
        workers: null,
      });
      const before = measured.get(load);
      if (before === undefined || found.loadSeconds < before.loadSeconds) measured.set(load, found);
    }
  }
  show('narrow', 'connectorj typed');
  for (const [{name, count, discards}, found] of measured) {
    const {loadSeconds, wholeSeconds, cpuSeconds, peakMebibytes} = found;
    const rate = count / loadSeconds;
    console.log(
      `${name} → ${discards ? 'discarding sink' : 'endpoint'}: ${Math.round(rate / 1000)} k rows/s, ` +
        `${loadSeconds.toFixed(2)} s of ${wholeSeconds.toFixed(1)} s, ` +
        `CPU µs a row ${((cpuSeconds / count) * 1e6).toFixed(2)}, ${peakMebibytes} MiB peak`,
    );
    notePeak(found);
    if (name === compared) figures['pipelinePerConnectorJ'] = per(rate, 'connectorj typed');
  }
}

/** A filter on one column and a mask on another, beside the same table without. */
async function measureFiltered(): Promise<void> {
  const ruled = {
    name: 'narrow',
    where: 'customer > -2000000000',
    transforms: [{column: 'name', mask: {from: 2, to: 9}}],
  };
  const best = {plain: Infinity, filtered: Infinity};
  for (let round = 0; round < rounds; round++)
    for (const kind of ['plain', 'filtered'] as const) {
      const tables = kind === 'plain' ? ['narrow'] : [ruled];
      const load = {database: benchDatabase, tables, discards: true, workers: null};
      best[kind] = Math.min(best[kind], (await runLoad(server, load)).loadSeconds);
    }
  const rate = (seconds: number) => Math.round(rows.narrow / seconds / 1000);
  console.log(
    `narrow with a filter and a mask: ${rate(best.filtered)} k rows/s of ${rate(best.plain)} k rows/s without`,
  );
  figures['filteredPerPlain'] = round2(best.plain / best.filtered);
}

async function measureTables(count: number): Promise<void> {
  const admin = await connectTo(server);
  await admin.query(`CREATE DATABASE IF NOT EXISTS ${benchDatabase}`);
  for (let i = 0; i < count; i++) {
    const table = `${benchDatabase}.small_${i}`;
    await admin.query(
      `CREATE TABLE ${table} (id INT PRIMARY KEY, at DATETIME, note VARCHAR(100)) STATS_PERSISTENT = 0`,
    );
    await admin.query(
      `INSERT INTO ${table} VALUES (1, NOW(), 'a'), (2, NULL, 'b'), (3, NOW(), NULL)`,
    );
  }
  await admin.end();
  const load = {database: benchDatabase, tables: ['small_*'], discards: false, workers: null};
  const found = await runLoad(server, load);
  const {wholeSeconds, loadSeconds, peakMebibytes} = found;
  notePeak(found);
  console.log(
    `${count} small tables: ${wholeSeconds.toFixed(1)} s in all, ${loadSeconds.toFixed(1)} s loading, ${peakMebibytes} MiB peak`,
  );
  figures['thousandTablesSeconds'] = round2(wholeSeconds * (1000 / count));
}

/** Rows longer than a packet of the protocol, of which the target takes 8 MiB. */
async function measureLong(): Promise<void> {
  const admin = await connectTo(server);
  await admin.query(`CREATE DATABASE IF NOT EXISTS ${benchDatabase}`);
  await admin.query(`CREATE TABLE ${benchDatabase}.longest (id INT PRIMARY KEY, bytes LONGBLOB)`);
  for (let i = 0; i < longRows; i++)
    await admin.query(
      `INSERT INTO ${benchDatabase}.longest SELECT ${i}, REPEAT(SHA2(${i}, 256), ${(18 * 1024 * 1024) / 64})`,
    );
  await admin.end();
  const table = {name: 'longest', columns: {policies: {bytes: {overLong: 'truncate'}}}};
  const load = {database: benchDatabase, tables: [table], discards: true, workers: null};
  const found = await runLoad(server, load);
  notePeak(found);
  console.log(
    `${longRows} rows of 18 MiB: ${found.loadSeconds.toFixed(1)} s loading, ${found.peakMebibytes} MiB peak`,
  );
}

function notePeak({peakMebibytes}: LoadMeasure): void {
  figures['peakRssMebibytes'] = Math.max(figures['peakRssMebibytes'] ?? 0, peakMebibytes);
}

/** Fills what the readers decide; a peer that could not be had leaves null. */
function fillRatios(): void {
  const rate = (name: ReaderName) => best.get(`narrow ${name}`)?.rowsPerSecond;
  const ours = rate('ours 1');
  const two = rate('ours 2');
  if (ours !== undefined) {
    figures['oneConnectionPerDrain'] = per(ours, 'drain 1');
    figures['perConnectorJTyped'] = per(ours, 'connectorj typed');
    figures['perDebezium'] = per(ours, 'debezium');
    const {clientMicrosPerRow, serverMicrosPerRow} = best.get('narrow ours 1')!;
    if (serverMicrosPerRow !== null && serverMicrosPerRow > 0)
      figures['clientCpuPerServerCpu'] = round2(clientMicrosPerRow / serverMicrosPerRow);
  }
  if (two !== undefined) figures['twoWorkersPerDrain'] = per(two, 'drain 2');
}

function per(rate: number, name: ReaderName): number | null {
  const other = best.get(`narrow ${name}`)?.rowsPerSecond;
  return other === undefined ? null : round2(rate / other);
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
