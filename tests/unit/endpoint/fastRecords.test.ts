import test from 'ava';
import {parseOdpsType} from '../../../runtime/codec/odpsType.ts';
import {createRecordReader, type RecordColumn} from '../../../runtime/codec/recordReader.ts';
import type {RecordValue} from '../../../runtime/codec/recordStream.ts';
import {writeRecords} from '../../../runtime/codec/recordWriter.ts';
import {fastRecords} from '../../../runtime/endpoint/fastRecords.ts';
import {pageOf, resetLeaf} from '../../../runtime/endpoint/parquetLeaf.ts';
import {createColumnSinks} from '../../../runtime/endpoint/parquetSinks.ts';
import {
  vectorBytes,
  vectorCases,
  vectorColumns,
  type RecordVector,
} from '../../support/tunnelVectors.ts';

/** The pages that a stream leaves when it is read in pieces, and what refused it. */
function pagesOf(stream: Uint8Array, columns: RecordColumn[], pieceBytes: number, fast: boolean) {
  const {sinks, leaves, flat} = createColumnSinks(columns);
  const types = columns.map(column => column.type);
  const batch = fast && flat !== null ? fastRecords(types, flat) : null;
  const reader = createRecordReader(columns, sinks, batch);
  const pages: string[] = [];
  let refusal = '';
  let written = 0;
  const flush = () => {
    pages.push(...leaves.map(leaf => Buffer.concat(pageOf(leaf)).toString('base64')));
    leaves.forEach(resetLeaf);
    written = reader.records();
  };
  try {
    for (let at = 0; at < stream.length; at += pieceBytes) {
      reader.feed(stream.subarray(at, at + pieceBytes));
      if (reader.records() - written > 700) flush();
    }
    reader.end();
  } catch (error) {
    refusal = (error as Error).message;
  }
  flush();
  return {batch: batch !== null, pages, refusal, records: reader.records()};
}

const column = (type: string, i: number) => ({name: `c${i}`, type: parseOdpsType(type)});
const moment = (seconds: bigint, nanos: number) => ({seconds, nanos});

/** Each type with values at its edges; beyond the first 15 columns a key takes two bytes. */
const edges: [type: string, values: RecordValue[]][] = [
  ['tinyint', [-128, 127, 0]],
  ['smallint', [-32_768, 32_767]],
  ['int', [-2_147_483_648, 2_147_483_647, -1]],
  ['bigint', [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 2n ** 31n, 2n ** 35n]],
  ['boolean', [true, false]],
  ['float', [0.5, -3.25]],
  ['double', [Math.PI, -0, Infinity]],
  ['date', [-719_528, 2_932_896]],
  ['datetime', [-62_167_219_200_000n, 253_402_300_799_999n, 0n]],
  ['timestamp', [moment(-62_167_219_200n, 0), moment(1_700_000_000n, 123_456_000), moment(5n, 7)]],
  ['timestamp_ntz', [moment(253_402_300_799n, 999_999_000), moment(-1n, 999_999_999)]],
  ['decimal(9,2)', ['-1234567.89', '0', '1E+2']],
  ['decimal(18,6)', ['999999999999.999999', '-0.000001']],
  ['decimal(38,18)', ['12345678901234567890.123456789012345678', '-1']],
  ['string', ['', 'plain text of some length', 'Grüße 🚢', 'x'.repeat(5000)]],
  ['varchar(4)', ['abcd', 'äöüß']],
  ['char(3)', ['abc', '']],
  ['binary', [Buffer.from([0, 255, 128]), Buffer.alloc(0)]],
  ['json', ['{"a": [1, 2]}', 'null']],
];

/** `rows` rows that go through the values of every column, with a NULL now and then. */
function rowsOf(rows: number): RecordValue[][] {
  return Array.from({length: rows}, (_, row) =>
    edges.map(([, values], i) =>
      (row * 7 + i) % 11 === 0 ? null : values[(row + i) % values.length]!,
    ),
  );
}

test('records read in batches leave the same pages as records read cell by cell', t => {
  const columns = edges.map(([type], i) => column(type, i));
  const stream = writeRecords(rowsOf(3000), columns);
  for (const pieceBytes of [1009, 65_536, stream.length]) {
    const fast = pagesOf(stream, columns, pieceBytes, true);
    t.deepEqual(fast, {...pagesOf(stream, columns, pieceBytes, false), batch: true});
    t.is(fast.records, 3000);
    t.is(fast.refusal, '');
  }
});

for (const vector of vectorCases<RecordVector>('index.json')) {
  test(`the stream ${vector.name} of PyODPS leaves the same pages both ways`, t => {
    const columns = vectorColumns(vector.columns, vector.columnsRule);
    const bytes = vectorBytes(vector.file);
    for (const pieceBytes of [13, 100_000]) {
      const fast = pagesOf(bytes, columns, pieceBytes, true);
      t.deepEqual(fast, {...pagesOf(bytes, columns, pieceBytes, false), batch: fast.batch});
    }
  });
}

test('a byte changed anywhere is refused in the same words both ways, or changes nothing', t => {
  const columns = edges.map(([type], i) => column(type, i));
  const stream = writeRecords(rowsOf(12), columns);
  const whole = pagesOf(stream, columns, stream.length, true);
  for (let at = 0; at < stream.length; at += 7) {
    const broken = Buffer.from(stream);
    broken[at]! ^= 1 << (at % 8);
    const fast = pagesOf(broken, columns, stream.length, true);
    t.deepEqual(fast, {...pagesOf(broken, columns, stream.length, false), batch: true});
    // Bits above the 32 of a checksum's varint carry nothing.
    if (fast.refusal === '') t.deepEqual(fast, whole);
  }
});
