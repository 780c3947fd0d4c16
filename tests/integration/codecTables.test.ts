// Whole tables on a real server: kinds of changes, columns left out and added, asked-for types, the old types,
// policies, and table maps that do not fit.
import test from 'ava';
import {addColumns} from '../../runtime/codec/planTable.ts';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {binlogPlace, describeTable, logRows, planOf, snapshotRows} from '../support/bothPaths.ts';
import {createDatabase} from '../support/mysql.ts';
import {plainOptions} from '../support/sourceTable.ts';

const head = (rows: RecordValue[][]) => rows.map(row => [row[0], row[1], row[3], row[4]]);
const data = (rows: RecordValue[][]) => rows.map(row => row.slice(5));

test('inserts, updates and deletes become records with ids, flags and both images', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE v (id INT PRIMARY KEY, c VARCHAR(10), n INT)');
  const place = await binlogPlace(database);
  await database.query('SET timestamp = 1700000000');
  await database.query(`INSERT INTO v VALUES (1, 'a', NULL), (2, NULL, 5), (3, 'c', 6)`);
  await database.query(`UPDATE v SET c = CONCAT('x', c), n = id WHERE id < 3`);
  await database.query('DELETE FROM v WHERE id > 1');
  const plan = await planOf(database, 'v');
  const log = await logRows(t, database, plan, place, 4_294_967_294);
  t.deepEqual(head(log.rows), [
    [4294967294n, 'I', 'N', 'Y'],
    [4294967295n, 'I', 'N', 'Y'],
    [4294967296n, 'I', 'N', 'Y'],
    [4294967297n, 'U', 'Y', 'N'],
    [4294967297n, 'U', 'N', 'Y'],
    [4294967298n, 'U', 'Y', 'N'],
    [4294967298n, 'U', 'N', 'Y'],
    [4294967299n, 'D', 'Y', 'N'],
    [4294967300n, 'D', 'Y', 'N'],
  ]);
  t.true(log.rows.every(row => row[2] === 1700000000n));
  t.deepEqual(data(log.rows), [
    [1, 'a', null],
    [2, null, 5],
    [3, 'c', 6],
    [1, 'a', null],
    [1, 'xa', 1],
    [2, null, 5],
    [2, null, 2],
    [2, null, 2],
    [3, 'c', 6],
  ]);
});

test('columns that are left out are walked over, whatever their type', async t => {
  const database = await createDatabase(t);
  await database.query(
    `CREATE TABLE v (a TINYINT, id BIGINT PRIMARY KEY, b SMALLINT, c MEDIUMINT, d DECIMAL(20,7), e FLOAT,
       f DOUBLE, g DATE, h DATETIME(3), i TIMESTAMP(6) NULL, j TIME(1), k YEAR, l CHAR(100), m TEXT,
       n MEDIUMTEXT, o BINARY(3), p VARBINARY(10), q BIT(12), r ENUM('x','y'), s SET('x','y'), u JSON,
       v POINT, w LONGBLOB, keep VARCHAR(5))`,
  );
  const place = await binlogPlace(database);
  await database.query(
    `INSERT INTO v VALUES (1, 7, 2, 3, 4.5, 5.5, 6.5, '2026-01-02', '2026-01-02 03:04:05.678', NOW(6),
       '10:11:12.3', 2026, 'char', 'text', 'medium', x'01', x'0203', b'1', 'y', 'x,y', '{"a": [1]}',
       POINT(1, 2), x'ff', 'kept'), (NULL, 8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'also')`,
  );
  const columns = {...plainOptions.columns, include: ['id', 'keep']};
  const plan = await planOf(database, 'v', {columns});
  const rows = [
    [7n, 'kept'],
    [8n, 'also'],
  ];
  t.deepEqual((await snapshotRows(t, database, plan, 'ORDER BY id')).rows, rows);
  t.deepEqual(data((await logRows(t, database, plan, place)).rows), rows);
});

test('columns added in the middle stand last in records, and rows are read where they stand', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE v (id INT PRIMARY KEY, a VARCHAR(5), z INT)');
  const plan = await planOf(database, 'v');
  await database.query(`ALTER TABLE v ADD COLUMN n JSON AFTER a, ADD COLUMN f VARCHAR(9) FIRST`);
  const place = await binlogPlace(database);
  await database.query(
    `INSERT INTO v VALUES ('first', 1, 'a', '[1]', 5), (NULL, 2, NULL, NULL, 6)`,
  );
  const {columns} = await describeTable(database, 'v');
  const column = (name: string) => columns.find(c => c.name === name)!;
  const after = addColumns(
    plan,
    [
      {column: column('n'), place: {after: 'a'}},
      {column: column('f'), place: 'first'},
    ],
    plainOptions,
  );
  t.deepEqual(
    after.columns.map(c => [c.targetName, c.imageIndex]),
    [
      ['id', 1],
      ['a', 2],
      ['z', 4],
      ['n', 3],
      ['f', 0],
    ],
  );
  const rows = [
    [1, 'a', 5, '[1]', 'first'],
    [2, null, 6, null, null],
  ];
  t.deepEqual((await snapshotRows(t, database, after, 'ORDER BY id')).rows, rows);
  t.deepEqual(data((await logRows(t, database, after, place)).rows), rows);
  // The plan from before does not fit the table any more.
  await t.throwsAsync(logRows(t, database, plan, place), {code: 'SYNC3201'});
});

test('a wide table is transcoded in several parts', async t => {
  const database = await createDatabase(t);
  const names = Array.from({length: 300}, (_, i) => `c${i}`);
  const types = ['INT', 'VARCHAR(9)', 'DATETIME(6)', 'DECIMAL(9,3)'];
  await database.query(
    `CREATE TABLE v (id INT PRIMARY KEY, ${names.map((n, i) => `${n} ${types[i % 4]}`).join(', ')})`,
  );
  const place = await binlogPlace(database);
  const cells = names.map((_, i) => [i, `'v${i}'`, `'2026-01-01 00:00:00.${i}'`, i][i % 4]);
  await database.query(`INSERT INTO v VALUES (1, ${cells.join(', ')})`);
  await database.query(`INSERT INTO v (id) VALUES (2)`);
  const plan = await planOf(database, 'v');
  const snapshot = await snapshotRows(t, database, plan, 'ORDER BY id');
  t.deepEqual(snapshot.rows[0]!.slice(-4), [296, 'v297', snapshot.rows[0]![299]!, '299.000']);
  t.deepEqual(
    snapshot.rows[1]!.slice(1),
    names.map(() => null),
  );
  t.deepEqual(data((await logRows(t, database, plan, place)).rows), snapshot.rows);
});

/** A column of `type`, what is asked for it, and the values it then gives. */
type Asked = [type: string, targetType: string, sql: string, expected: RecordValue];

const instant = (seconds: number, nanos = 0) => ({seconds: BigInt(seconds), nanos});

const asked: Asked[] = [
  ['TINYINT', 'BIGINT', '-5', -5n],
  ['INT UNSIGNED', 'STRING', '4294967295', '4294967295'],
  ['INT', 'STRING', '-2147483648', '-2147483648'],
  ['BIGINT', 'STRING', '-9223372036854775808', '-9223372036854775808'],
  ['BIGINT', 'STRING', '-4294967296', '-4294967296'],
  ['BIGINT UNSIGNED', 'BIGINT', '9223372036854775807', 2n ** 63n - 1n],
  ['BIGINT UNSIGNED', 'STRING', '18446744073709551615', '18446744073709551615'],
  ['TINYINT(1)', 'BOOLEAN', '2', true],
  ['YEAR', 'STRING', '0', '0000'],
  ['DECIMAL(6,2)', 'DECIMAL(20,4)', '-1.5', '-1.50'],
  ['DECIMAL(6,2)', 'STRING', '0', '0.00'],
  ['FLOAT', 'DOUBLE', '0.1', Math.fround(0.1)],
  ['DATE', 'STRING', `'0999-02-28'`, '0999-02-28'],
  ['DATE', 'DATETIME', `'1969-12-31'`, -86_400_000n],
  ['DATETIME(4)', 'STRING', `'1000-01-01 23:59:59.1234'`, '1000-01-01 23:59:59.1234'],
  ['DATETIME(6)', 'DATETIME', `'1969-12-31 23:59:59.999999'`, -1n],
  ['DATETIME(6)', 'TIMESTAMP', `'1970-01-01 00:00:01.000001'`, instant(1, 1000)],
  ['TIMESTAMP(2)', 'STRING', `'2038-01-19 03:14:07.25'`, '2038-01-19 03:14:07.25'],
  ['TIMESTAMP(3)', 'DATETIME', `'2001-09-09 01:46:40.123'`, 1_000_000_000_123n],
  ['TIMESTAMP', 'TIMESTAMP_NTZ', `'2001-09-09 01:46:40'`, instant(1_000_000_000)],
  ['BINARY(4)', 'STRING', `x'00ab'`, '00AB0000'],
  ['BLOB', 'STRING', `x'00ff'`, '00FF'],
  ['BIT(1)', 'BOOLEAN', `b'1'`, true],
  ['BIT(40)', 'BIGINT', '1099511627775', 1099511627775n],
  ['BIT(64)', 'DECIMAL(20,0)', '18446744073709551615', '18446744073709551615'],
  [
    'POINT',
    'BINARY',
    'POINT(1, 0)',
    Buffer.from(`00000000${'01'}01000000000000000000f03f0000000000000000`, 'hex'),
  ],
  ['VECTOR(2)', 'STRING', `STRING_TO_VECTOR('[1,2]')`, '0000803F00000040'],
  ['VECTOR(1)', 'BINARY', `STRING_TO_VECTOR('[1]')`, Buffer.from('0000803f', 'hex')],
];

test('types that are asked for hold the same values on both paths', async t => {
  const database = await createDatabase(t);
  const definitions = asked.map(([type], i) => `c${i} ${type}`);
  await database.query(`SET time_zone = '+00:00'`);
  await database.query(`CREATE TABLE v (id INT PRIMARY KEY, ${definitions.join(', ')})`);
  const place = await binlogPlace(database);
  await database.query(`INSERT INTO v VALUES (1, ${asked.map(([, , sql]) => sql).join(', ')})`);
  const types = Object.fromEntries(asked.map(([, targetType], i) => [`c${i}`, targetType]));
  const plan = await planOf(database, 'v', {columns: {...plainOptions.columns, types}});
  const expected = [[1, ...asked.map(([, , , value]) => value)]];
  t.deepEqual((await snapshotRows(t, database, plan)).rows, expected);
  t.deepEqual(data((await logRows(t, database, plan, place)).rows), expected);
});

const old: Asked[] = [
  ['TINYINT UNSIGNED', 'BIGINT', '255', 255n],
  ['BIGINT UNSIGNED', 'DECIMAL', '18446744073709551615', '18446744073709551615'],
  ['DECIMAL(50,18)', 'DECIMAL', '1', '1.000000000000000000'],
  ['DECIMAL(40,0)', 'STRING', '7', '7'],
  ['FLOAT', 'DOUBLE', '1.5', 1.5],
  ['DATE', 'DATETIME', `'1970-01-02'`, 86_400_000n],
  ['DATETIME', 'DATETIME', `'1970-01-01 00:00:01'`, 1000n],
  ['TIMESTAMP', 'DATETIME', `'1970-01-01 00:00:01'`, 1000n],
  ['TIME(2)', 'STRING', `'-01:02:03.04'`, '-01:02:03.04'],
  ['YEAR', 'BIGINT', '2026', 2026n],
  ['BLOB', 'STRING', `x'00ff'`, '00FF'],
  ['BIT(7)', 'BIGINT', `b'1111111'`, 127n],
  ['BIT(64)', 'DECIMAL', `b'1'`, '1'],
  ['JSON', 'STRING', `'{"a":1}'`, '{"a": 1}'],
];

test('the old type system has six types, and both paths fill them alike', async t => {
  const database = await createDatabase(t);
  const definitions = old.map(([type], i) => `c${i} ${type}`);
  await database.query(`SET time_zone = '+00:00'`);
  await database.query(`CREATE TABLE v (id INT PRIMARY KEY, ${definitions.join(', ')})`);
  const place = await binlogPlace(database);
  await database.query(`INSERT INTO v VALUES (1, ${old.map(([, , sql]) => sql).join(', ')})`);
  const plan = await planOf(database, 'v', {types: 'v1'});
  t.deepEqual(
    plan.columns.slice(1).map(column => column.targetType),
    old.map(([, targetType]) => targetType),
  );
  const expected = [[1n, ...old.map(([, , , value]) => value)]];
  t.deepEqual((await snapshotRows(t, database, plan)).rows, expected);
  t.deepEqual(data((await logRows(t, database, plan, place)).rows), expected);
});
