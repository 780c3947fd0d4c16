// How long the codec takes for a row, alone and from memory: no server, no socket, no compression; both engines.
// The table is that of the speed measurements: 8 columns, about 172 bytes a row in the binlog, 194 in the binary protocol.
// Each measurement runs in a process of its own, so that the first pass meets no code that another has warmed.
// Run: npm run bench -- codec [--json FILE]
import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {fileURLToPath} from 'node:url';
import type {Engine} from '../../runtime/codec/engine.ts';
import {createCounters, logTranscoder} from '../../runtime/codec/logTranscoder.ts';
import {createRecordBuffer, resetRecords} from '../../runtime/codec/recordBuffer.ts';
import {snapshotTranscoder} from '../../runtime/codec/snapshotTranscoder.ts';
import {nearBuffers} from '../../runtime/codec/wasmMemory.ts';
import {benchMap, benchPlan, image, lay, packet} from '../support/benchTable.ts';

const rowsTotal = 200_000;
const passes = 8;
/** Blocks are emptied here, so that the record buffer stays in the cache as it does in the product. */
const blockBytes = 1 << 20;
/** What a socket gives at once. */
const chunkBytes = 64 * 1024;

const [path, engine, out] = process.argv.slice(2);
if (path === 'bulk' || path === 'one-row' || path === 'snapshot')
  measure(path, engine as Engine, out === 'near');
else compareAll();

interface Figures {
  firstNanos: number;
  warmNanos: number;
  cpuSeconds: number;
  peakRssMebibytes: number;
}

function compareAll(): void {
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${rowsTotal} rows`);
  const measured: Record<string, Figures> = {};
  for (const [what, ...how] of [
    ['binlog, 47 rows an event', 'bulk'],
    ['binlog, one row an event', 'one-row'],
    ['binary protocol', 'snapshot'],
    ['binary protocol, records in shared memory', 'snapshot', 'near'],
  ] as [string, string, string?][])
    for (const by of ['js', 'wasm']) {
      if (how[1] === 'near' && by === 'js') continue;
      const program = [fileURLToPath(import.meta.url), how[0]!, by, how[1] ?? ''];
      const {stdout, stderr, status} = spawnSync(process.execPath, program, {encoding: 'utf8'});
      if (status !== 0) throw new Error(stderr);
      const figures = JSON.parse(stdout) as Figures;
      measured[`${what}, ${by}`] = figures;
      console.log(
        `${what}, ${by}: ${figures.firstNanos} ns a row in the first pass, ${figures.warmNanos} warm; ` +
          `${figures.cpuSeconds} s of CPU, peak RSS ${figures.peakRssMebibytes} MiB`,
      );
    }
  const at = process.argv.indexOf('--json');
  if (at >= 0) writeFileSync(process.argv[at + 1]!, `${JSON.stringify(measured, null, 2)}\n`);
}

function measure(what: 'bulk' | 'one-row' | 'snapshot', by: Engine, isNear: boolean): void {
  const records = createRecordBuffer(isNear ? 0 : 2 * blockBytes);
  if (isNear) {
    const [bytes] = nearBuffers(1, 2 * blockBytes);
    records.bytes = bytes!;
    records.view = new DataView(bytes!.buffer, bytes!.byteOffset, bytes!.length);
  }
  const counters = createCounters(benchPlan);
  const rows = lay(what === 'snapshot' ? packet : image, rowsTotal);
  const chunks = chunked(rows.input, rows.ends, what === 'bulk' ? 47 : 1);
  const toLog = logTranscoder(benchPlan, benchMap, by);
  const toBase = snapshotTranscoder(benchPlan, by);
  const before = process.cpuUsage();
  const nanos = Array.from({length: passes}, () => {
    const started = threadNanos();
    let id = 1;
    for (const {input, view, ends} of chunks) {
      let at = 0;
      for (const end of ends) {
        if (what === 'snapshot') toBase(input, view, at, end, records, counters);
        else id += toLog(input, view, at, end, 'insert', id, 1_790_000_000, records, counters);
        at = end;
      }
      if (records.length > blockBytes) resetRecords(records);
    }
    resetRecords(records);
    return Math.round((threadNanos() - started) / rowsTotal);
  });
  const {user, system} = process.cpuUsage(before);
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
  const figures: Figures = {
    firstNanos: nanos[0]!,
    warmNanos: Math.min(...nanos.slice(1)),
    cpuSeconds: Number(((user + system) / 1e6).toFixed(2)),
    peakRssMebibytes: Math.round(Number(peak?.[1] ?? 0) / 1024),
  };
  console.log(JSON.stringify(figures));
}

/** CPU time of this thread: what else runs on the machine counts little, and compiling threads not at all. */
function threadNanos(): number {
  const {user, system} = process.threadCpuUsage();
  return (user + system) * 1000;
}

/** The rows as a socket brings them: chunks of whole calls, `rowsOfCall` rows each, ends relative to the chunk. */
function chunked(input: Buffer, ends: number[], rowsOfCall: number) {
  const chunks: {input: Buffer; view: DataView; ends: number[]}[] = [];
  let from = 0;
  let calls: number[] = [];
  for (let row = rowsOfCall - 1; row < ends.length; row += rowsOfCall) {
    calls.push(ends[row]! - from);
    if (calls.at(-1)! < chunkBytes && row + rowsOfCall < ends.length) continue;
    const bytes = Buffer.from(input.subarray(from, ends[row]!));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    chunks.push({input: bytes, view, ends: calls});
    from = ends[row]!;
    calls = [];
  }
  return chunks;
}
