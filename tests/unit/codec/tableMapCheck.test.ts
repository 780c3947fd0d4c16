import test from 'ava';
import {planTable} from '../../../runtime/codec/planTable.ts';
import type {TableMap} from '../../../runtime/codec/tableMap.ts';
import {checkTableMap, lengthBytesOf} from '../../../runtime/codec/tableMapCheck.ts';
import {plainOptions, sourceTable} from '../../support/sourceTable.ts';

const plan = planTable(
  sourceTable([
    ['id', 'int unsigned'],
    ['name', 'varchar(100)'],
    ['code', 'char(100)'],
    ['price', 'decimal(12,2)'],
    ['at', 'datetime(6)'],
    ['state', `enum('a','b')`],
    ['bits', 'bit(10)'],
    ['body', 'mediumtext'],
    ['score', 'double'],
  ]),
  plainOptions,
);

// CHAR(100) in utf8mb4 takes 400 bytes: two bits of the length stand inverted in the type byte.
const charMetadata = ((0xfe ^ 0x10) << 8) | 0x90;

const map = (changes: Partial<TableMap> = {}): TableMap => ({
  tableId: 7,
  database: 'shop',
  table: 't',
  types: Uint8Array.from([3, 15, 254, 246, 18, 254, 16, 252, 5]),
  metadata: Uint16Array.from([0, 400, charMetadata, 12 | (2 << 8), 6, 0xf701, 0x0102, 3, 8]),
  nullable: plan.columns.map(() => true),
  names: plan.columns.map(column => column.source.name),
  unsigned: plan.columns.map(column => column.source.unsigned),
  ...changes,
});

const differs = (changes: Partial<TableMap>, what: RegExp) => {
  return {changes, what};
};

test('a table map of the planned table is accepted, with and without names and signs', t => {
  t.notThrows(() => checkTableMap(plan, map()));
  t.notThrows(() => checkTableMap(plan, map({names: null, unsigned: null})));
});

const types = map().types;
const metadata = map().metadata;
for (const {changes, what} of [
  differs({types: types.slice(1), metadata: metadata.slice(1)}, /has 8 columns, the plan 9/),
  differs({types: types.with(0, 8)}, /column id \(int unsigned\) is type 8 there, not type 3/),
  differs({metadata: metadata.with(1, 800)}, /type 15 of 800 bytes there, not type 15 of 400/),
  differs({metadata: metadata.with(2, 0xfe64)}, /type 254 of 100 bytes there/),
  differs({metadata: metadata.with(3, 12 | (3 << 8))}, /12 digits and 3 decimals there/),
  differs({metadata: metadata.with(4, 3)}, /with 3 fraction digits there/),
  differs({metadata: metadata.with(5, 0xf801)}, /type 248 of 1 bytes there, not type 247/),
  differs({metadata: metadata.with(6, 0x0103)}, /of 11 bits there, not type 16 of 10 bits/),
  differs({metadata: metadata.with(7, 4)}, /with 4 length bytes there/),
  differs({names: map().names!.with(1, 'nome')}, /column 2 is named nome there, name in the plan/),
  differs({unsigned: map().unsigned!.with(0, false)}, /column id is not unsigned there/),
])
  test(`a table map is refused: ${what.source}`, t => {
    const error = t.throws(() => checkTableMap(plan, map(changes)), {code: 'SYNC3201'});
    t.regex(error!.message, what);
  });

test('a column in the temporal format of MySQL 5.5 is refused by its own code', t => {
  const error = t.throws(() => checkTableMap(plan, map({types: types.with(4, 12)})), {
    code: 'SYNC3202',
  });
  t.regex(error!.message, /Column at of shop\.t \(datetime\(6\)\)/);
});

test('a column that MariaDB has compressed is refused by its own code, and passed where nothing of it is read', t => {
  const packed = map({types: types.with(1, 141)});
  const error = t.throws(() => checkTableMap(plan, packed), {code: 'SYNC3208'});
  t.regex(error!.message, /Column name of shop\.t \(varchar\(100\)\)/);
  const unread = structuredClone(plan);
  unread.source.columns[1]!.dataType = 'varchar compressed';
  t.notThrows(() => checkTableMap(unread, packed));
  t.is(lengthBytesOf(141, 400), 2);
  t.is(lengthBytesOf(140, 3), 3);
});

test('length prefixes take as many bytes as the metadata says', t => {
  t.is(lengthBytesOf(15, 255), 1);
  t.is(lengthBytesOf(15, 256), 2);
  t.is(lengthBytesOf(254, charMetadata), 2);
  t.is(lengthBytesOf(254, 0xfe0a), 1);
  t.is(lengthBytesOf(252, 3), 3);
  t.is(lengthBytesOf(3, 0), 0);
});
