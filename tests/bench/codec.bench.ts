// How long the codec takes for a row, alone and from memory: no server, no socket, no compression.
// The table is that of the speed measurements: 8 columns, about 172 bytes a row in the binlog, 194 in the binary protocol.
// Run: node tests/bench/codec.bench.ts
import {cpus} from 'node:os';
import {createCounters, logTranscoder} from '../../runtime/codec/logTranscoder.ts';
import {createRecordBuffer, resetRecords} from '../../runtime/codec/recordBuffer.ts';
import {snapshotTranscoder} from '../../runtime/codec/snapshotTranscoder.ts';
import {benchMap, benchPlan, image, lay, packet} from '../support/benchTable.ts';

const rowsTotal = 200_000;
const passes = 8;
/** Rows of one event: MySQL fills about 8 KiB. */
const eventRows = 47;
/** Blocks are emptied here, so that the record buffer stays in the cache as it does in the product. */
const blockBytes = 1 << 20;

function measure(what: string, input: Buffer, pass: () => number): void {
  const nanos = Array.from({length: passes}, () => {
    const started = process.hrtime.bigint();
    const outBytes = pass();
    const spent = Number(process.hrtime.bigint() - started) / rowsTotal;
    return {spent, outBytes: outBytes / rowsTotal};
  });
  const best = Math.min(...nanos.slice(1).map(one => one.spent));
  const inBytes = (input.length / rowsTotal).toFixed(0);
  console.log(
    `${what}: ${best.toFixed(0)} ns a row warm (${(1e3 / best).toFixed(2)} M rows/s), ` +
      `${nanos[0]!.spent.toFixed(0)} ns first pass; ${inBytes} bytes in, ${nanos[0]!.outBytes.toFixed(0)} out`,
  );
}

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${rowsTotal} rows`);
const counters = createCounters(benchPlan);
const out = createRecordBuffer(2 * blockBytes);

const images = lay(image, rowsTotal);
const toLog = logTranscoder(benchPlan, benchMap);
measure('row images -> log records', images.input, () => {
  let written = 0;
  let at = 0;
  for (let row = 0; row < rowsTotal; row += eventRows) {
    const end = images.ends[Math.min(row + eventRows, rowsTotal) - 1]!;
    toLog(images.input, images.view, at, end, 'insert', row + 1, 1_790_000_000, out, counters);
    at = end;
    if (out.length > blockBytes) {
      written += out.length;
      resetRecords(out);
    }
  }
  written += out.length;
  resetRecords(out);
  return written;
});

const packets = lay(packet, rowsTotal);
const toBase = snapshotTranscoder(benchPlan);
measure('binary protocol -> base records', packets.input, () => {
  let written = 0;
  let at = 0;
  for (const end of packets.ends) {
    toBase(packets.input, packets.view, at, end, out, counters);
    at = end;
    if (out.length > blockBytes) {
      written += out.length;
      resetRecords(out);
    }
  }
  written += out.length;
  resetRecords(out);
  return written;
});
