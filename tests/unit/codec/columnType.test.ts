import test from 'ava';
import {parseColumnType, type ColumnType} from '../../../runtime/codec/columnType.ts';

const nothing: ColumnType = {
  dataType: '',
  unsigned: false,
  precision: null,
  scale: null,
  fractionDigits: 0,
  lengthMax: null,
  labels: [],
};

const parses = test.macro<[string, Partial<ColumnType>]>({
  title: (_, text) => `${text} is understood`,
  exec: (t, text, expected) => t.deepEqual(parseColumnType(text), {...nothing, ...expected}),
});

test(parses, 'int', {dataType: 'int'});
test(parses, 'int(10) unsigned zerofill', {dataType: 'int', unsigned: true});
test(parses, 'INT ZEROFILL', {dataType: 'int', unsigned: true});
test(parses, 'integer signed', {dataType: 'int'});
test(parses, 'int8', {dataType: 'bigint'});
test(parses, 'middleint', {dataType: 'mediumint'});
test(parses, 'serial', {dataType: 'bigint', unsigned: true});
test(parses, 'bool', {dataType: 'tinyint'});
test(parses, 'decimal(12,2) unsigned', {
  dataType: 'decimal',
  unsigned: true,
  precision: 12,
  scale: 2,
});
test(parses, 'numeric', {dataType: 'decimal', precision: 10, scale: 0});
test(parses, 'dec( 7 , 3 )', {dataType: 'decimal', precision: 7, scale: 3});
test(parses, 'double(10,2)', {dataType: 'double'});
test(parses, 'double precision', {dataType: 'double'});
test(parses, 'float(24)', {dataType: 'float'});
test(parses, 'float(25)', {dataType: 'double'});
test(parses, 'float(30,2)', {dataType: 'float'});
test(parses, 'real', {dataType: 'double'});
test(parses, 'bit', {dataType: 'bit', precision: 1});
test(parses, 'bit(7)', {dataType: 'bit', precision: 7});
test(parses, 'datetime(6)', {dataType: 'datetime', fractionDigits: 6});
test(parses, 'timestamp', {dataType: 'timestamp'});
test(parses, 'year(4)', {dataType: 'year'});
test(parses, 'char', {dataType: 'char', lengthMax: 1});
test(parses, 'varchar(20) character set latin1 collate latin1_bin', {
  dataType: 'varchar',
  lengthMax: 20,
});
test(parses, 'national varchar(30)', {dataType: 'varchar', lengthMax: 30});
test(parses, 'nchar varying(3)', {dataType: 'varchar', lengthMax: 3});
test(parses, 'char byte', {dataType: 'binary', lengthMax: 1});
test(parses, 'long varchar', {dataType: 'mediumtext', lengthMax: 16777215});
test(parses, 'text(100)', {dataType: 'tinytext', lengthMax: 255});
test(parses, 'blob(70000)', {dataType: 'mediumblob', lengthMax: 16777215});
test(parses, 'longtext', {dataType: 'longtext', lengthMax: 4294967295});
test(parses, 'json', {dataType: 'json'});
test(parses, 'geometrycollection', {dataType: 'geomcollection'});
test(parses, 'vector(3)', {dataType: 'vector', lengthMax: 12});
test(parses, `enum('a','b''c','d,e','f)','g\\\\h','i\\nj')`, {
  dataType: 'enum',
  lengthMax: 3,
  labels: ['a', "b'c", 'd,e', 'f)', 'g\\h', 'i\nj'],
});
test(parses, `set('x', 'yy')`, {dataType: 'set', lengthMax: 4, labels: ['x', 'yy']});

for (const text of [
  '',
  'uuid',
  'int(x)',
  'varchar',
  'int sparkling',
  `enum('a`,
  'enum(a)',
  'enum()',
])
  test(`the type ${JSON.stringify(text)} is refused`, t => {
    t.throws(() => parseColumnType(text), {code: 'SYNC3001'});
  });
