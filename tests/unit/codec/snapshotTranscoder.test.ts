// Rows of a result set by the chunk: what comes one by one, whatever the chunks are.
import test from 'ava';
import {createCounters} from '../../../runtime/codec/counters.ts';
import {createRecordBuffer, sealRecords} from '../../../runtime/codec/recordBuffer.ts';
import {packetsTranscoder, snapshotTranscoder} from '../../../runtime/codec/snapshotTranscoder.ts';
import {nearBuffers} from '../../../runtime/codec/wasmMemory.ts';
import {createRandom, randomTable, type RandomTable} from '../../support/randomRows.ts';

const seed = Number(process.env['SEED'] ?? 20_261_123);

function packetOf(payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  return Buffer.concat([header, payload]);
}

function oneByOne({plan}: RandomTable, packets: Buffer[]) {
  const out = createRecordBuffer(16);
  const counters = createCounters(plan);
  const transcode = snapshotTranscoder(plan);
  for (const packet of packets) {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    transcode(packet, view, 4, packet.length, out, counters);
  }
  return {stream: Buffer.from(sealRecords(out)), counters};
}

/** A table whose rows stop nothing. */
function wholeTable(random: ReturnType<typeof createRandom>, rows: number) {
  for (;;) {
    const table = randomTable(random);
    const packets = Array.from({length: rows}, () => packetOf(table.row().packet));
    try {
      return {table, packets, expected: oneByOne(table, packets)};
    } catch {
      // A value that stops a table is tested elsewhere.
    }
  }
}

test('rows by the chunk give the same as rows one by one, up to the first packet that is not whole or no row', t => {
  const random = createRandom(seed);
  const [near] = nearBuffers(1, 4 << 20);
  const eof = packetOf(Buffer.from([0xfe, 0, 0, 2, 0]));
  for (let i = 0; i < 30; i++) {
    // Some are longer than what is copied at once.
    const {table, packets, expected} = wholeTable(random, i % 5 === 0 ? 2000 : 20);
    const transcode = packetsTranscoder(table.plan)!;
    const about = `SEED=${seed}, table ${i}`;
    for (const memory of [near!, Buffer.alloc(16), near!.subarray(0, 1000)]) {
      const rows = Buffer.concat(packets);
      const cut = random(packets.at(-1)!.length);
      for (const tail of [eof, packets.at(-1)!.subarray(0, cut), Buffer.alloc(0)]) {
        const input = Buffer.concat([Buffer.from('head'), rows, tail]);
        const out = createRecordBuffer(0);
        out.bytes = memory;
        out.view = new DataView(memory.buffer, memory.byteOffset, memory.length);
        const counters = createCounters(table.plan);
        t.is(transcode(input, 4, input.length, out, counters), 4 + rows.length, about);
        t.is(out.records, packets.length, about);
        t.true(expected.stream.equals(sealRecords(out)), about);
        t.deepEqual(counters, expected.counters, about);
      }
    }
  }
});

test('a packet of no bytes, and one that goes on in the next, are left to who reads packets', t => {
  const {table, packets} = wholeTable(createRandom(seed), 1);
  const transcode = packetsTranscoder(table.plan)!;
  for (const bytes of [Buffer.alloc(4), Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0])]) {
    const input = Buffer.concat([packets[0]!, bytes, packets[0]!]);
    const out = createRecordBuffer(1 << 20);
    const next = transcode(input, 0, input.length, out, createCounters(table.plan));
    t.is(next, packets[0]!.length);
    t.is(out.records, 1);
  }
});

test('a damaged row stops a chunk with its error, and nothing of the chunk is appended', t => {
  const {table, packets} = wholeTable(createRandom(seed + 1), 3);
  const transcode = packetsTranscoder(table.plan)!;
  const counters = createCounters(table.plan);
  const out = createRecordBuffer(1 << 20);
  transcode(packets[0]!, 0, packets[0]!.length, out, counters);
  const {length, records, checksum} = out;
  const long = packetOf(Buffer.concat([packets[1]!.subarray(4), Buffer.alloc(1)]));
  const input = Buffer.concat([packets[2]!, long]);
  t.throws(() => transcode(input, 0, input.length, out, counters), {message: /SYNC3/});
  t.deepEqual([out.length, out.records, out.checksum], [length, records, checksum]);
});
