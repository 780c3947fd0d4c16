// A table `t` with a column of every type that MySQL 5.6 or MariaDB has, and a row of values for it.

/** Name, type, and a value as SQL; null where the server makes it. */
type Column = readonly [name: string, type: string, value: string | null];

const common: readonly Column[] = [
  ['i8', 'TINYINT', '-128'],
  ['u8', 'TINYINT UNSIGNED', '255'],
  ['i24', 'MEDIUMINT', '-8388608'],
  ['u64', 'BIGINT UNSIGNED', '18446744073709551615'],
  ['flag', 'BOOLEAN', 'TRUE'],
  ['number', 'DECIMAL(30,10)', '-12345678901234567890.0123456789'],
  ['f', 'FLOAT', '1.5'],
  ['d', 'DOUBLE', '-2.2250738585072014E-308'],
  ['day', 'DATE', "'1999-12-31'"],
  ['at', 'DATETIME(6)', "'2026-11-23 08:00:00.123456'"],
  ['at0', 'DATETIME', "'1000-01-01 00:00:00'"],
  ['stamp', 'TIMESTAMP(3) NULL', "'2026-11-23 08:00:00.125'"],
  ['took', 'TIME(2)', "'-838:59:58.99'"],
  ['year', 'YEAR', '2155'],
  ['c', 'CHAR(10) CHARACTER SET utf8mb4', "'Grüße'"],
  ['l1', 'VARCHAR(30) CHARACTER SET latin1', "'Zoë'"],
  ['general', 'VARCHAR(300) CHARACTER SET utf8', "REPEAT('ü', 300)"],
  ['u16', 'VARCHAR(30) CHARACTER SET utf16', "'漢字'"],
  ['long_text', 'LONGTEXT CHARACTER SET utf8mb4', "REPEAT('🛒', 3000)"],
  ['bytes', 'VARBINARY(300)', "REPEAT(X'00FF', 140)"],
  ['b16', 'BINARY(4)', "X'61000000'"],
  ['b', 'BLOB', "X'00FF'"],
  ['bits', 'BIT(12)', "b'101010101010'"],
  ['state', "ENUM('new','it''s')", "'it''s'"],
  ['flags', "SET('a','b','c')", "'a,c'"],
];

const ofMariadb: readonly Column[] = [
  ['j', 'JSON', `'{"b": 1, "a": [true, null, 1.50]}'`],
  ['u', 'UUID', "'123e4567-e89b-12d3-a456-426655440000'"],
  ['u7', 'UUID', "'018f2b6e-7c3a-7def-8123-456789abcdef'"],
  ['i4', 'INET4', "'10.0.255.0'"],
  ['i6', 'INET6', "'2001:db8:0:0:1::8:800'"],
  ['mapped', 'INET6', "'::ffff:192.168.0.1'"],
  ['virtual_one', 'INT AS (i8 + 1) VIRTUAL', null],
  ['stored_one', 'INT AS (i8 * 2) PERSISTENT', null],
  ['hidden', "VARCHAR(20) INVISIBLE DEFAULT 'it''s'", "'here'"],
];

export interface OtherTypes {
  /** Makes the table. */
  table: string;
  /** Inserts the row under `id`; `values` may change each value. */
  insert: (id: number, values?: (value: string) => string) => string;
}

/** The table as `server` can hold it. */
export function otherTypes(server: 'mysql-5.6' | 'mariadb'): OtherTypes {
  const columns = server === 'mariadb' ? [...common, ...ofMariadb] : common;
  const defined = columns.map(([name, type]) => `${name} ${type}`).join(', ');
  const written = columns.flatMap(([name, , value]) => (value === null ? [] : [{name, value}]));
  const names = written.map(({name}) => name).join(', ');
  return {
    table: `CREATE TABLE t (id INT NOT NULL PRIMARY KEY, ${defined}) ENGINE=InnoDB`,
    insert: (id, values = value => value) =>
      `INSERT INTO t (id, ${names}) VALUES (${id}, ${written.map(({value}) => values(value)).join(', ')})`,
  };
}
