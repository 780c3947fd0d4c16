// Damaged rows, row events, table maps and partial updates: each ends in a code or in records, never in a hang or in
// memory without a bound, and both engines agree. Seeded: SEED=… npm run test:fault replays.
import test from 'ava';
import {isSyncError} from '../../runtime/base/errors.ts';
import type {Engine} from '../../runtime/codec/engine.ts';
import {createCounters, logTranscoder, type RowChange} from '../../runtime/codec/logTranscoder.ts';
import {wholeImages} from '../../runtime/codec/partialUpdate.ts';
import {createRecordBuffer, type RecordBuffer} from '../../runtime/codec/recordBuffer.ts';
import {snapshotTranscoder} from '../../runtime/codec/snapshotTranscoder.ts';
import {parseTableMap} from '../../runtime/codec/tableMapParser.ts';
import {partialMap, partialPlan} from '../support/partialJson.ts';
import {createRandom, randomTable, type Random} from '../support/randomRows.ts';
import {sealRecords} from '../../runtime/codec/recordBuffer.ts';
import {readRecords} from '../../runtime/codec/recordStream.ts';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';

const seed = Number(process.env['SEED'] ?? 20_261_122);
/** Far above what a record of these rows may take, far below what a wrong length could ask for. */
const recordBytesMax = 4 << 20;

/** One to three changes: bits, bytes, lengths, cuts, repeats, pieces of others. */
function damaged(whole: Buffer, other: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(whole);
  for (let changes = 1 + random(3); changes > 0 && bytes.length > 0; changes--) {
    const at = random(bytes.length);
    const rest = bytes.subarray(at);
    switch (random(6)) {
      case 0:
        bytes[at]! ^= 1 << random(8);
        break;
      case 1:
        bytes[at] = [0, 255, 254, 253, 252, 251, 127, 128][random(8)]!;
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), rest.subarray(random(rest.length))]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), rest.subarray(0, random(9)), rest]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length + 1))]);
    }
  }
  // A buffer of its own, so that what reads beyond it is seen.
  return Buffer.from(bytes);
}

interface Judge {
  true(value: boolean, message?: string): unknown;
  fail(message: string): unknown;
}

/** The records that `run` writes, as hexadecimal digits; null when it stops with a code and has written nothing. */
function outcome(t: Judge, run: (out: RecordBuffer) => void, about: string): string | null {
  const out = createRecordBuffer(64);
  try {
    run(out);
  } catch (error) {
    if (!isSyncError(error) || !/^SYNC320\d$/.test(error.code))
      t.fail(`${about}: ${String(error)}`);
    t.true(out.length === 0 && out.records === 0 && out.checksum === -1, about);
    return null;
  } finally {
    t.true(out.bytes.length < recordBytesMax, about);
  }
  return sealRecords(out).toString('hex');
}

/** Records of damaged rows are whole records all the same; a value may be outside its type. */
function assertFramed(t: Judge, stream: Buffer, types: readonly string[], about: string): void {
  const columns = types.map((type, i) => ({name: `c${i}`, type: parseOdpsType(type)}));
  try {
    readRecords(stream, columns);
  } catch (error) {
    t.true(isSyncError(error) && error.code === 'SYNC6012', `${about}: ${String(error)}`);
  }
}

test('2,400 damaged row events and rows end in a code or the same records by both engines', t => {
  const random = createRandom(seed);
  const counts = {records: 0, codes: 0};
  for (let round = 0; round < 1200; round++) {
    const table = randomTable(random);
    const {plan, map} = table;
    const rows = [table.row(), table.row(), table.row()];
    const kind = (['insert', 'update', 'delete'] as const)[random(3)]! satisfies RowChange;
    const images = Buffer.concat(rows.map(row => row.image));
    const image = damaged(images, rows[1]!.image, random);
    const packet = damaged(rows[0]!.packet, rows[1]!.packet, random);
    const about = `SEED=${seed}, round ${round}`;
    const log = (engine: Engine) => (out: RecordBuffer) => {
      const view = new DataView(image.buffer, image.byteOffset, image.length);
      const run = logTranscoder(plan, map, engine);
      run(image, view, 0, image.length, kind, 7, 1, out, createCounters(plan));
    };
    const base = (engine: Engine) => (out: RecordBuffer) => {
      const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
      snapshotTranscoder(plan, engine)(packet, view, 0, packet.length, out, createCounters(plan));
    };
    const head = ['bigint', 'string', 'bigint', 'string', 'string'];
    const types = plan.columns.map(column => column.targetType);
    for (const [run, names] of [
      [log, [...head, ...types]],
      [base, types],
    ] as const) {
      const wasm = outcome(t, run('wasm'), about);
      t.true(outcome(t, run('js'), about) === wasm, about);
      counts[wasm === null ? 'codes' : 'records']++;
      if (wasm !== null && round % 10 === 0)
        assertFramed(t, Buffer.from(wasm, 'hex'), names, about);
    }
  }
  t.log(counts);
  t.true(counts.records > 100 && counts.codes > 500);
});

test('300 damaged table maps are refused or describe columns that they have', t => {
  const random = createRandom(seed + 1);
  // Table id, flags, two names, two columns (INT, VARCHAR), three metadata bytes, null bits, signedness.
  const whole = Buffer.from(
    '6c0000000000' +
      '0100' +
      '0473686f7000' +
      '017400' +
      '02' +
      '030f' +
      '02' +
      '5000' +
      '02' +
      '010180',
    'hex',
  );
  for (let round = 0; round < 300; round++) {
    const bytes = damaged(whole, whole, random);
    try {
      const map = parseTableMap(bytes, 0, bytes.length);
      t.is(map.types.length, map.nullable.length);
      t.true(map.types.length <= bytes.length);
    } catch (error) {
      // The reader of the stream gives a RangeError its code.
      t.true(
        error instanceof RangeError || isSyncError(error),
        `SEED=${seed + 1}, round ${round}: ${String(error)}`,
      );
    }
  }
});

test('400 damaged partial updates are refused or give images that transcode or are refused', t => {
  const random = createRandom(seed + 2);
  const document = '00020020001200010013000100050100021500616c010008000401000c0161';
  const lengths = (hex: string) => `${(hex.length / 2).toString(16).padStart(2, '0')}000000`;
  const diffs =
    '00' +
    '04242e6c5b305d'.replace('04', '06') +
    '04' +
    '0c026162' +
    '01' +
    '03242e62' +
    '02' +
    '0401';
  const whole = Buffer.from(
    `0001000000${lengths(document)}${document}010100${'02000000'}${lengths(diffs)}${diffs}`,
    'hex',
  );
  const read = wholeImages(partialPlan, partialMap);
  for (let round = 0; round < 400; round++) {
    const bytes = damaged(whole, whole, random);
    const about = `SEED=${seed + 2}, round ${round}`;
    for (const engine of ['wasm', 'js'] as const)
      outcome(
        t,
        out => {
          const images = read(bytes, 0, bytes.length);
          t.true(images.length < 64 * whole.length);
          const view = new DataView(images.buffer, images.byteOffset, images.length);
          const run = logTranscoder(partialPlan, partialMap, engine);
          run(images, view, 0, images.length, 'update', 1, 1, out, createCounters(partialPlan));
        },
        about,
      );
  }
});
