// Row images that no server would send: each ends in a code and leaves the record buffer as it was.
import test from 'ava';
import {createCounters, logTranscoder} from '../../../runtime/codec/logTranscoder.ts';
import type {Engine} from '../../../runtime/codec/engine.ts';
import {planTable} from '../../../runtime/codec/planTable.ts';
import type {TablePlan} from '../../../runtime/codec/plan.ts';
import {createRecordBuffer, sealRecords} from '../../../runtime/codec/recordBuffer.ts';
import {readRecords} from '../../../runtime/codec/recordStream.ts';
import {parseOdpsType} from '../../../runtime/codec/odpsType.ts';
import type {TableMap} from '../../../runtime/codec/tableMap.ts';
import {plainOptions, sourceTable} from '../../support/sourceTable.ts';

const plan = planTable(
  sourceTable([
    ['n', 'int'],
    ['c', 'varchar(20)'],
    ['e', `enum('a','b')`],
    ['j', 'json'],
    ['g', 'point'],
  ]),
  plainOptions,
);
const map: TableMap = {
  tableId: 1,
  database: 'shop',
  table: 't',
  types: Uint8Array.from([3, 15, 254, 245, 255]),
  metadata: Uint16Array.from([0, 80, 0xf701, 4, 4]),
  nullable: [true, true, true, true, true],
  names: null,
  unsigned: null,
};

function transcode(
  hex: string,
  kind: 'insert' | 'update' = 'insert',
  planned: TablePlan = plan,
  tableMap: TableMap = map,
  engine: Engine = 'wasm',
) {
  const input = Buffer.from(hex, 'hex');
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const out = createRecordBuffer(16);
  const counters = createCounters(planned);
  const run = logTranscoder(planned, tableMap, engine);
  const changes = () => run(input, view, 0, input.length, kind, 5, 1, out, counters);
  return {out, counters, changes};
}

function rowsOf(stream: Buffer, planned: TablePlan) {
  const head = ['bigint', 'string', 'bigint', 'string', 'string'];
  const types = [...head, ...planned.columns.map(column => column.targetType)];
  return readRecords(
    stream,
    types.map((type, i) => ({name: `c${i}`, type: parseOdpsType(type)})),
  ).rows;
}

// All NULL but the columns that a test gives: bit 0 n, 1 c, 2 e, 3 j, 4 g.
const row =
  'e0' +
  '01000000' +
  '0161' +
  '02' +
  '03000000' +
  '040100' +
  '19000000' +
  '00000000' +
  '0101000000';
const point = '000000000000f03f' + '0000000000000040';

test('a row of all its cells is one record', t => {
  const {out, changes} = transcode(row + point);
  t.is(changes(), 1);
  t.deepEqual(rowsOf(sealRecords(out), plan), [
    [5n, 'I', 1n, 'N', 'Y', 1, 'a', 'b', 'true', '{"type":"Point","coordinates":[1,2],"srid":0}'],
  ]);
});

const damaged: [what: string, hex: string, kind: 'insert' | 'update', cause: RegExp][] = [
  ['text longer than the event', 'fd' + '0561', 'insert', /column c: 5 bytes where 1 are left/],
  ['a number cut off', 'fe' + '0100', 'insert', /SYNC3203/],
  ['a label that the type lacks', 'fb' + '03', 'insert', /column e: label number 3/],
  ['an update without its after image', 'ff', 'update', /without its after image/],
  ['JSON of an unknown type', 'f7' + '01000000' + '0d', 'insert', /binary JSON with value type 13/],
  ['JSON that is cut off', 'f7' + '02000000' + '0b00', 'insert', /binary JSON with 8 bytes where/],
  ['a JSON literal that is none', 'f7' + '02000000' + '0407', 'insert', /literal 7/],
  ['JSON longer than its cell', 'f7' + '05000000' + '020000ff00', 'insert', /container of 255/],
  [
    'a geometry of an unknown type',
    'ef' + '09000000' + '00000000' + '0109000000',
    'insert',
    /type 9/,
  ],
  [
    'a big-endian geometry',
    'ef' + '09000000' + '00000000' + '0000000001',
    'insert',
    /byte order 0/,
  ],
  [
    'a geometry that is cut off',
    'ef' + '09000000' + '00000000' + '0101000000',
    'insert',
    /fewer bytes/,
  ],
  ['a geometry of no bytes', 'ef' + '00000000', 'insert', /fewer bytes/],
];
for (const [what, hex, kind, cause] of damaged)
  test(`${what} stops with the column's name and appends nothing`, t => {
    const {out, changes} = transcode(hex, kind);
    const error = t.throws(changes, {code: 'SYNC3203'});
    t.regex(error!.message, cause);
    t.deepEqual([out.length, out.records, out.checksum], [0, 0, -1]);
  });

test('an image that ends before a length stops by both engines, at the very end of its memory', t => {
  for (const engine of ['wasm', 'js'] as const) {
    // All NULL but the text, whose length byte is missing.
    const {changes} = transcode('fd', 'insert', plan, map, engine);
    t.throws(changes, {code: 'SYNC3203'});
  }
});

test('an error in a later row takes the rows before it back', t => {
  const {out, changes} = transcode(row + point + 'fb' + '09');
  t.throws(changes, {code: 'SYNC3203'});
  t.deepEqual([out.length, out.records], [0, 0]);
});

test('NULL in a column that is NOT NULL stops', t => {
  const strict = {...map, nullable: [false, true, true, true, true]};
  const {changes} = transcode('ff', 'insert', plan, strict);
  t.throws(changes, {code: 'SYNC3203', message: /NOT NULL/});
});

test('no change of a byte makes more than a code or a record', t => {
  const whole = Buffer.from(row + point, 'hex');
  let records = 0;
  for (let at = 0; at < whole.length; at++)
    for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= flip;
      const {out, changes} = transcode(bytes.toString('hex'));
      try {
        records += changes();
        rowsOf(sealRecords(out), plan);
      } catch (error) {
        t.regex(String((error as {code?: string}).code), /^SYNC320[36]$/);
        t.is(out.length, 0);
      }
    }
  t.true(records > 20);
});

const texts = (invalidText: 'stop' | 'replace' | 'null', charset = 'utf8mb4') => {
  const source = sourceTable([['c', 'varchar(20)']]);
  source.columns[0]!.charset = charset;
  const policy = {zeroDate: 'null', overLong: 'stop', invalidText} as const;
  const columns = {...plainOptions.columns, policies: {c: policy}};
  return planTable(source, {...plainOptions, columns});
};
const textMap: TableMap = {
  ...map,
  types: Uint8Array.from([15]),
  metadata: Uint16Array.from([80]),
  nullable: [true],
};
const badTexts = [
  '80',
  'c3',
  'c080',
  'e08080',
  'eda080',
  'f0808080',
  'f4908080',
  'f8888080',
  'e6b1',
];

for (const bad of badTexts)
  test(`the bytes ${bad} are no UTF-8: they stop, become NULL or are repaired`, t => {
    const bytes = Buffer.concat([Buffer.from('é'), Buffer.from(bad, 'hex')]);
    const cell = `00${bytes.length.toString(16).padStart(2, '0')}${bytes.toString('hex')}`;
    const stop = transcode(cell, 'insert', texts('stop'), textMap);
    t.throws(stop.changes, {code: 'SYNC3206', message: new RegExp(bytes.toString('hex'))});
    const none = transcode(cell, 'insert', texts('null'), textMap);
    none.changes();
    t.is(rowsOf(sealRecords(none.out), texts('null'))[0]![5], null);
    t.is(none.counters.invalidText[0], 1);
    const repaired = transcode(cell, 'insert', texts('replace'), textMap);
    repaired.changes();
    t.is(rowsOf(sealRecords(repaired.out), texts('replace'))[0]![5], bytes.toString());
    t.is(repaired.counters.invalidText[0], 1);
  });

test('bytes that are no text of their set stop: half a unit, half a pair, a code out of range', t => {
  const cases: [charset: string, hex: string, octets: number][] = [
    ['ucs2', '00d800', 40],
    ['utf16', 'd8000061', 80],
    ['utf16le', '00d86100', 80],
    ['utf32', '00110000', 80],
    ['gbk', 'ff', 40],
    ['ujis', '8fa1', 60],
  ];
  for (const [charset, hex, octets] of cases) {
    const tableMap = {...textMap, metadata: Uint16Array.from([octets])};
    const cell = `00${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`;
    const {changes} = transcode(cell, 'insert', texts('stop', charset), tableMap);
    t.throws(changes, {code: 'SYNC3206'}, charset);
  }
});
