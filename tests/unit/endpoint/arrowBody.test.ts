import {Readable} from 'node:stream';
import test from 'ava';
import {parseOdpsType} from '../../../runtime/codec/odpsType.ts';
import {readRecords, type RecordValue} from '../../../runtime/codec/recordStream.ts';
import {recordsOfArrow} from '../../../runtime/endpoint/arrowBody.ts';
import {arrowBodyBytes, arrowRows} from '../../../runtime/endpoint/arrowRead.ts';
import {arrowBatch} from '../../../runtime/endpoint/arrowWrite.ts';
import {vectorBytes, vectorCases} from '../../support/tunnelVectors.ts';

interface ArrowCase {
  name: string;
  file: string;
  rows: number;
  columns: {name: string; type: string}[];
}

function columnsOf(types: Record<string, string>) {
  return Object.entries(types).map(([name, type]) => ({name, type: parseOdpsType(type)}));
}

async function rowsOf(bytes: Buffer, columns: ReturnType<typeof columnsOf>) {
  const parts: Buffer[] = [];
  // One byte at a time where bodies are small: pieces of the network end anywhere.
  const pieces = Array.from({length: bytes.length}, (_, i) => bytes.subarray(i, i + 1));
  const stream = recordsOfArrow(columns, Readable.from(pieces), undefined);
  for await (const part of stream) parts.push(part as Buffer);
  return readRecords(Buffer.concat(parts), columns).rows;
}

test('Arrow bodies of PyODPS become the rows that it wrote, whatever the size of their chunks', async t => {
  const found = [];
  for (const one of vectorCases<ArrowCase>('arrow.json')) {
    const columns = columnsOf(Object.fromEntries(one.columns.map(c => [c.name, c.type])));
    const rows = await rowsOf(vectorBytes(one.file), columns);
    t.is(rows.length, one.rows);
    found.push(rows);
  }
  t.deepEqual(found[0], found[1]);
});

test('an Arrow body with one byte changed, cut or longer is refused', async t => {
  const [one] = vectorCases<ArrowCase>('arrow.json');
  const columns = columnsOf(Object.fromEntries(one!.columns.map(c => [c.name, c.type])));
  const bytes = vectorBytes(one!.file);
  for (let i = 0; i < bytes.length; i += 7) {
    const wrong = Buffer.from(bytes);
    wrong[i]! ^= 0x40;
    await t.throwsAsync(rowsOf(wrong, columns), {name: 'OdpsError'}, `byte ${i}`);
  }
  await t.throwsAsync(rowsOf(bytes.subarray(0, -1), columns), {name: 'OdpsError'});
  await t.throwsAsync(rowsOf(Buffer.concat([bytes, Buffer.from([0])]), columns), {
    name: 'OdpsError',
  });
});

test('a message with any head is read or refused, never read beyond its bytes', t => {
  const columns = columnsOf({a: 'bigint', s: 'string', l: 'array<string>', m: 'map<string,int>'});
  const message = arrowBatch(
    columns,
    [
      [1n, 'x', ['y', null], [['k', 1]]],
      [null, null, null, null],
    ],
    'nanos',
  );
  const headBytes = message.readInt32LE(4);
  const [head, body] = [message.subarray(8, 8 + headBytes), message.subarray(8 + headBytes)];
  t.is(arrowBodyBytes(head), body.length);
  for (let i = 0; i < head.length; i++) {
    const wrong = Buffer.from(head);
    wrong[i]! ^= 0xff;
    try {
      t.true(arrowRows(columns, wrong, body).length <= 2 ** 20);
    } catch (error) {
      t.true(error instanceof RangeError || (error as Error).name === 'OdpsError', String(error));
    }
  }
});

test('every type comes back from the batch that carries it', t => {
  const columns = columnsOf({
    a: 'tinyint',
    b: 'smallint',
    c: 'int',
    d: 'bigint',
    e: 'float',
    f: 'double',
    g: 'decimal(38,18)',
    h: 'string',
    i: 'binary',
    j: 'boolean',
    k: 'date',
    l: 'datetime',
    m: 'timestamp',
    n: 'timestamp_ntz',
    o: 'array<int>',
    p: 'map<string,double>',
    q: 'struct<a:int,b:array<timestamp>>',
    r: 'decimal(5,0)',
  });
  const moment = {seconds: -1n, nanos: 999_999_999};
  const row: RecordValue[] = [
    -1,
    -2,
    -3,
    -(2n ** 62n),
    0.5,
    1 / 3,
    '-1.000000000000000001',
    'ä',
    Buffer.from([0, 255]),
    true,
    -1,
    -1n,
    moment,
    moment,
    [1, null],
    [['k', null]],
    [null, [moment, null]],
    '-12345',
  ];
  for (const moments of ['nanos', 'struct'] as const) {
    const rows = [row, columns.map(() => null), row];
    const message = arrowBatch(columns, rows, moments);
    const headBytes = message.readInt32LE(4);
    const found = arrowRows(
      columns,
      message.subarray(8, 8 + headBytes),
      message.subarray(8 + headBytes),
    );
    t.deepEqual(found, rows, moments);
  }
});
