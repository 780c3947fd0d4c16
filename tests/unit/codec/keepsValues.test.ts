import test from 'ava';
import {parseColumnType} from '../../../runtime/codec/columnType.ts';
import {keepsValues} from '../../../runtime/codec/keepsValues.ts';
import type {SourceColumn} from '../../../runtime/codec/sourceTable.ts';

/** `type [NOT NULL] [CHARSET x]` */
function column(text: string): SourceColumn {
  const [, columnType = '', , charset] = /^(.*?)( NOT NULL)?(?: CHARSET (\w+))?$/.exec(text)!;
  const type = parseColumnType(columnType);
  const isText = /char|text|enum|set/.test(type.dataType);
  return {
    ...type,
    name: 'c',
    columnType,
    nullable: !text.includes('NOT NULL'),
    charset: isText ? (charset ?? 'utf8mb4') : null,
    collation: null,
    generated: 'none',
    invisible: false,
    autoIncrement: false,
    defaultText: null,
    defaultExpression: null,
    comment: '',
    srid: null,
  };
}

const judged = test.macro<[boolean, boolean, [string, string][]]>({
  exec: (t, expected, isStrict, pairs) => {
    for (const [from, to] of pairs)
      t.is(keepsValues(column(from), column(to), isStrict), expected, `${from} to ${to}`);
  },
  title: (given = '') => given,
});

test('changes that keep every value', judged, true, false, [
  ['int', 'bigint'],
  ['int unsigned', 'bigint'],
  ['tinyint', 'decimal(5,2)'],
  ['decimal(10,2)', 'decimal(20,2)'],
  ['varchar(20)', 'varchar(40)'],
  ['char(20)', 'varchar(20)'],
  ['varchar(20)', 'text'],
  ['text', 'longtext'],
  ['varchar(20) CHARSET latin1', 'varchar(20) CHARSET utf8mb4'],
  ['varbinary(3)', 'blob'],
  ['datetime', 'datetime(6)'],
  ['timestamp(3)', 'timestamp(6)'],
  ["enum('a','b')", "enum('c','b','a')"],
  ["set('a','b')", "set('a','b','c')"],
  ['int NOT NULL', 'int'],
  ['json', 'json'],
  ['double', 'double'],
]);

test('changes that may change a value', judged, false, true, [
  ['int', 'varchar(20)'],
  ['decimal(10,2)', 'decimal(10,1)'],
  ['decimal(10,2)', 'decimal(12,4)'],
  ['varchar(40)', 'varchar(20)'],
  ['varchar(20)', 'char(20)'],
  ['varchar(200)', 'tinytext'],
  ['varchar(20)', 'varchar(20) CHARSET latin1'],
  ['binary(4)', 'binary(5)'],
  ['datetime(6)', 'datetime'],
  ['time', 'time(3)'],
  ['float', 'double'],
  ['bit(3)', 'bit(9)'],
  ["enum('a','b')", "enum('a')"],
  ["set('a','b')", "set('b','a')"],
  ['date', 'datetime'],
  ['text', 'blob'],
  ['int(5) zerofill', 'int'],
]);

test('what only strict mode refuses to cut is kept in strict mode', judged, true, true, [
  ['bigint', 'int'],
  ['int', 'int unsigned'],
  ['int', 'int NOT NULL'],
  ['decimal(20,2)', 'decimal(10,2)'],
]);

test('and may be cut elsewhere', judged, false, false, [
  ['bigint', 'int'],
  ['int', 'int unsigned'],
  ['int', 'int NOT NULL'],
  ['decimal(20,2)', 'decimal(10,2)'],
]);
