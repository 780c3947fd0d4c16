import test from 'ava';
import {createRecordReader} from '../../../runtime/codec/recordReader.ts';
import {readRecords, valueSink} from '../../../runtime/codec/recordStream.ts';
import {writeRecords} from '../../../runtime/codec/recordWriter.ts';
import {parseOdpsType} from '../../../runtime/codec/odpsType.ts';
import {
  vectorBytes,
  vectorCases,
  vectorColumns,
  vectorValue,
  type RecordVector,
} from '../../support/tunnelVectors.ts';

const vectors = vectorCases<RecordVector>('index.json');

for (const vector of vectors) {
  const columns = vectorColumns(vector.columns, vector.columnsRule);
  const rows = vector.records.map(row =>
    columns.map((column, i) => vectorValue(row[i], column.type)),
  );

  test(`the stream ${vector.name} of PyODPS gives its rows`, t => {
    for (const file of [vector.file, vector.compiledFile ?? vector.file]) {
      const read = readRecords(vectorBytes(file), columns);
      t.is(read.rows.length, vector.count);
      t.deepEqual(read.rows.slice(0, rows.length), rows);
    }
  });

  test(`the rows of ${vector.name} are written as PyODPS writes them`, t => {
    const bytes = vectorBytes(vector.file);
    const read = vector.recordsTruncated ? readRecords(bytes, columns).rows : rows;
    t.true(writeRecords(read, columns).equals(bytes));
  });
}

test('a stream cut into pieces at every byte gives the same rows as the whole', t => {
  for (const name of ['mixed_300', 'struct_temporal', 'map', 'array']) {
    const vector = vectors.find(v => v.name === name)!;
    const columns = vectorColumns(vector.columns);
    const bytes = vectorBytes(vector.file);
    const sinks = columns.map(column => valueSink(column.type));
    const reader = createRecordReader(columns, sinks);
    for (const byte of bytes) reader.feed(Uint8Array.of(byte));
    t.is(reader.end(), vector.count);
    const whole = readRecords(bytes, columns).rows;
    t.deepEqual(
      sinks.map(sink => sink.values),
      columns.map((_, i) => whole.map(row => row[i]!)),
    );
  }
});

test('a footer with metrics is read and its metrics kept', t => {
  const [vector] = vectorCases<RecordVector & {metrics: string}>('download.json');
  const read = readRecords(vectorBytes(vector!.file), vectorColumns(vector!.columns));
  t.is(read.rows.length, vector!.count);
  t.is(read.metrics, vector!.metrics);
});

for (const vector of vectorCases<RecordVector>('corrupt.json')) {
  test(`the stream ${vector.name} is refused`, t => {
    const bytes = vectorBytes(vector.file);
    const error = t.throws(() => readRecords(bytes, vectorColumns(vector.columns)), {
      name: 'SyncError',
    });
    t.regex((error as Error & {code: string}).code, /^SYNC601[01]$/);
  });
}

test('a row and a stream whose stated checksum is another are refused by it', t => {
  const columns = vectorColumns([{name: 'a', type: 'bigint'}]);
  const good = writeRecords([[1n]], columns);
  // The value of the row, then the last byte: of the checksum over the whole stream.
  for (const at of [1, good.length - 1]) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1;
    t.throws(() => readRecords(bad, columns), {code: 'SYNC6011'});
  }
});

test('every other break of the format is refused with its code', t => {
  const columns = vectorColumns([
    {name: 'a', type: 'bigint'},
    {name: 'b', type: 'string'},
  ]);
  const code = (bytes: Uint8Array, of = columns) =>
    (t.throws(() => readRecords(bytes, of)) as Error & {code: string}).code;
  const good = writeRecords([[1n, 'x']], columns);
  t.is(code(Buffer.concat([good, Buffer.of(0)])), 'SYNC6010', 'bytes after the footer');
  t.is(code(good, columns.slice(0, 1)), 'SYNC6010', 'an unknown column number');
  t.is(code(good, columns.toReversed()), 'SYNC6010', 'a wire type that is not the column’s');
  t.is(code(Buffer.of(8, ...Array(10).fill(255), 1)), 'SYNC6010', 'a varint of eleven bytes');
  t.is(code(Buffer.of(8, 2, 8, 2)), 'SYNC6010', 'a column twice');
  t.is(code(Buffer.alloc(0)), 'SYNC6010', 'an empty body');
  t.is(code(Buffer.of(18, 255, 255, 255, 127)), 'SYNC6012', 'a string beyond 8 MiB');
  const tiny = [{name: 'a', type: parseOdpsType('tinyint')}];
  t.is(code(writeRecords([[200n]], [{name: 'a', type: parseOdpsType('int')}]), tiny), 'SYNC6012');
});
