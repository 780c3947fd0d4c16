// Every MySQL type with its edge values, written to a real server: the record of a snapshot and the record of the
// binlog hold the same, and it is what the values below say.
import test from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {binlogPlace, logRows, planOf, snapshotRows} from '../support/bothPaths.ts';
import {createDatabase} from '../support/mysql.ts';

/** SQL of a value, and what the record must hold. */
type Cases = [sql: string, expected: RecordValue][];

const sameOnBothPaths = test.macro<[string, string, Cases]>({
  title: (_, type) => `${short(type)} arrives the same by snapshot and by binlog`,
  exec: async (t, type, targetType, cases) => {
    const database = await createDatabase(t);
    await database.query(`CREATE TABLE v (id INT PRIMARY KEY, c ${type}, tail INT NOT NULL)`);
    await database.query(`SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'`);
    const place = await binlogPlace(database);
    const values = cases.map(([sql], id) => `(${id}, ${sql}, ${-id})`);
    await database.query(`INSERT INTO v VALUES ${[...values, '(1000, NULL, 7)'].join(', ')}`);
    const plan = await planOf(database, 'v');
    t.is(plan.columns[1]!.targetType, targetType);
    const snapshot = await snapshotRows(t, database, plan, 'ORDER BY id');
    const log = await logRows(t, database, plan, place);
    t.deepEqual(
      snapshot.rows.slice(0, -1).map(row => row[1]),
      cases.map(([, expected]) => expected),
    );
    t.deepEqual(snapshot.rows.at(-1), [1000, null, 7]);
    t.deepEqual(
      log.rows.map(row => row.slice(5)),
      snapshot.rows,
    );
    t.deepEqual(log.counters, snapshot.counters);
  },
});

/** A type whose labels would fill the screen, cut. */
function short(type: string): string {
  return type.length < 60 ? type : `${type.slice(0, 24)}… of ${type.split(',').length} labels`;
}

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const moment = (iso: string, nanos = 0) => ({
  seconds: BigInt(Date.parse(`${iso}Z`)) / 1000n,
  nanos,
});
const days = (iso: string) => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;

const whole = (...values: number[]): Cases => values.map(value => [String(value), value]);
const big = (...values: bigint[]): Cases => values.map(value => [String(value), value]);

test(sameOnBothPaths, 'TINYINT', 'TINYINT', whole(-128, -1, 0, 1, 127));
test(sameOnBothPaths, 'TINYINT(1)', 'TINYINT', whole(-128, 0, 1, 127));
test(sameOnBothPaths, 'TINYINT UNSIGNED', 'SMALLINT', whole(0, 128, 255));
test(sameOnBothPaths, 'SMALLINT', 'SMALLINT', whole(-32768, -129, 0, 32767));
test(sameOnBothPaths, 'SMALLINT UNSIGNED', 'INT', whole(0, 32768, 65535));
test(sameOnBothPaths, 'MEDIUMINT', 'INT', whole(-8388608, -1, 0, 8388607));
test(sameOnBothPaths, 'MEDIUMINT UNSIGNED', 'INT', whole(0, 8388608, 16777215));
test(sameOnBothPaths, 'INT', 'INT', whole(-2147483648, -1, 0, 2147483647));
test(sameOnBothPaths, 'INT UNSIGNED', 'BIGINT', big(0n, 2147483648n, 4294967295n));
test(
  sameOnBothPaths,
  'BIGINT',
  'BIGINT',
  big(-(2n ** 63n), -(2n ** 53n) - 1n, -1n, 0n, 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n),
);
test(sameOnBothPaths, 'BIGINT UNSIGNED', 'DECIMAL(20,0)', [
  ['0', '0'],
  ['4294967296', '4294967296'],
  ['9007199254740993', '9007199254740993'],
  ['9223372036854775808', '9223372036854775808'],
  ['18446744073709551615', '18446744073709551615'],
  ['10000000000000000000', '10000000000000000000'],
  ['1000000000000000001', '1000000000000000001'],
]);
test(sameOnBothPaths, 'DECIMAL(12,2)', 'DECIMAL(12,2)', [
  ['0', '0.00'],
  ['-0.00', '0.00'],
  ['0.5', '0.50'],
  ['-0.01', '-0.01'],
  ['9999999999.99', '9999999999.99'],
  ['-9999999999.99', '-9999999999.99'],
  ['1000000000', '1000000000.00'],
  ['999999999.9', '999999999.90'],
]);
test(sameOnBothPaths, 'DECIMAL(5,5)', 'DECIMAL(5,5)', [
  ['0', '0.00000'],
  ['0.12345', '0.12345'],
  ['-0.00001', '-0.00001'],
]);
test(sameOnBothPaths, 'DECIMAL(38,18)', 'DECIMAL(38,18)', [
  ['99999999999999999999.999999999999999999', '99999999999999999999.999999999999999999'],
  ['-1', '-1.000000000000000000'],
  ['-100000000000000000.000000000000000001', '-100000000000000000.000000000000000001'],
]);
test(sameOnBothPaths, 'DECIMAL(18,9)', 'DECIMAL(18,9)', [
  ['-123456789.987654321', '-123456789.987654321'],
  ['1.000000001', '1.000000001'],
]);
test(sameOnBothPaths, 'DECIMAL(65,30)', 'STRING', [
  ['0', `0.${'0'.repeat(30)}`],
  ['-0.1', `-0.1${'0'.repeat(29)}`],
  ['9'.repeat(35), `${'9'.repeat(35)}.${'0'.repeat(30)}`],
  [`-${'9'.repeat(35)}.${'9'.repeat(30)}`, `-${'9'.repeat(35)}.${'9'.repeat(30)}`],
]);
test(sameOnBothPaths, 'DECIMAL(65,0)', 'STRING', [
  ['9'.repeat(65), '9'.repeat(65)],
  ['-7', '-7'],
]);
test(sameOnBothPaths, 'DECIMAL(8,2) ZEROFILL', 'DECIMAL(8,2)', [
  ['0', '0.00'],
  ['12.5', '12.50'],
]);
test(sameOnBothPaths, 'INT(6) ZEROFILL', 'BIGINT', big(0n, 42n));
test(sameOnBothPaths, 'FLOAT', 'FLOAT', [
  ['0', 0],
  ['-0e0', -0],
  ['3.4028234e38', Math.fround(3.4028234e38)],
  ['1.17549435e-38', Math.fround(1.17549435e-38)],
  ['0.1', Math.fround(0.1)],
  ['16777217', 16777216],
]);
test(sameOnBothPaths, 'FLOAT(7,3)', 'FLOAT', [['1234.5678', Math.fround(1234.568)]]);
test(sameOnBothPaths, 'DOUBLE', 'DOUBLE', [
  ['0', 0],
  ['-0e0', -0],
  ['0.1', 0.1],
  ['-1.7976931348623157e308', -Number.MAX_VALUE],
  ['2.2250738585072014e-308', 2.2250738585072014e-308],
]);
test(sameOnBothPaths, 'DATE', 'DATE', [
  [`'1000-01-01'`, days('1000-01-01')],
  [`'1969-12-31'`, -1],
  [`'1970-01-01'`, 0],
  [`'2000-02-29'`, days('2000-02-29')],
  [`'1900-02-28'`, days('1900-02-28')],
  [`'9999-12-31'`, days('9999-12-31')],
  [`'0001-01-01'`, days('0001-01-01')],
  [`'0000-00-00'`, null],
  [`'2026-00-10'`, null],
  [`'2026-11-00'`, null],
  [`'2026-02-31'`, null],
  [`'1900-02-29'`, null],
]);
for (const fraction of [0, 1, 2, 3, 4, 5, 6]) {
  const nanos = Math.floor(123456 / 10 ** (6 - fraction)) * 10 ** (9 - fraction);
  const tail = '.123456'.slice(0, fraction === 0 ? 0 : fraction + 1);
  const most = '.999999'.slice(0, fraction === 0 ? 0 : fraction + 1);
  const mostNanos = Math.floor(999999 / 10 ** (6 - fraction)) * 10 ** (9 - fraction);
  test(sameOnBothPaths, `DATETIME(${fraction})`, 'TIMESTAMP_NTZ', [
    [`'1000-01-01 00:00:00${tail}'`, moment('1000-01-01T00:00:00', nanos)],
    [`'1969-12-31 23:59:59${most}'`, moment('1969-12-31T23:59:59', mostNanos)],
    [`'2026-11-22 18:04:05'`, moment('2026-11-22T18:04:05')],
    [`'9999-12-31 23:59:59${most}'`, moment('9999-12-31T23:59:59', mostNanos)],
    [`'0000-00-00 00:00:00'`, null],
    [`'2026-00-00 10:11:12'`, null],
  ]);
  test(sameOnBothPaths, `TIMESTAMP(${fraction}) NULL`, 'TIMESTAMP', [
    [`'1970-01-01 00:00:01${tail}'`, moment('1970-01-01T00:00:01', nanos)],
    [`'2026-11-22 18:04:05'`, moment('2026-11-22T18:04:05')],
    [`'2038-01-19 03:14:07${most}'`, moment('2038-01-19T03:14:07', mostNanos)],
    [`'0000-00-00 00:00:00'`, null],
  ]);
  test(sameOnBothPaths, `TIME(${fraction})`, 'STRING', [
    [`'00:00:00'`, `00:00:00${'.000000'.slice(0, tail.length)}`],
    [`'838:59:59'`, `838:59:59${'.000000'.slice(0, tail.length)}`],
    [`'-838:59:59'`, `-838:59:59${'.000000'.slice(0, tail.length)}`],
    [`'-00:00:01${tail}'`, `-00:00:01${tail}`],
    [`'-00:00:00${most}'`, fraction === 0 ? '00:00:00' : `-00:00:00${most}`],
    [`'-10:20:30${most}'`, `-10:20:30${most}`],
    [`'99:59:59${most}'`, `99:59:59${most}`],
    [`'-100:00:00${tail}'`, `-100:00:00${tail}`],
  ]);
}
test(sameOnBothPaths, 'YEAR', 'SMALLINT', whole(0, 1901, 2026, 2155));
test(sameOnBothPaths, 'CHAR(8)', 'STRING', [
  [`''`, ''],
  [`'   '`, ''],
  [`'a  '`, 'a'],
  [`'  b'`, '  b'],
  [`'ünïcødé!'`, 'ünïcødé!'],
  [`'𝄞𝄞𝄞'`, '𝄞𝄞𝄞'],
]);
test(sameOnBothPaths, 'CHAR(255) CHARACTER SET utf8mb4', 'STRING', [
  [`REPEAT('漢', 255)`, '漢'.repeat(255)],
  [`'x'`, 'x'],
]);
test(sameOnBothPaths, 'VARCHAR(20)', 'STRING', [
  [`''`, ''],
  [`'a  '`, 'a  '],
  [`'1234567'`, '1234567'],
  [`'12345678'`, '12345678'],
  [`'1234567890abc'`, '1234567890abc'],
  [`'Zażółć gęślą'`, 'Zażółć gęślą'],
  [`CONCAT('nul', CHAR(0), 'end')`, 'nul\0end'],
]);
test(sameOnBothPaths, 'VARCHAR(300)', 'STRING', [
  [`REPEAT('é', 300)`, 'é'.repeat(300)],
  [`REPEAT('x', 255)`, 'x'.repeat(255)],
  [`REPEAT('😀', 130)`, '😀'.repeat(130)],
]);
test(sameOnBothPaths, 'TINYTEXT', 'STRING', [[`REPEAT('t', 255)`, 't'.repeat(255)]]);
test(sameOnBothPaths, 'TEXT', 'STRING', [
  [`REPEAT('漢字', 10000)`, '漢字'.repeat(10000)],
  [`'{"a": 1}'`, '{"a": 1}'],
]);
test(sameOnBothPaths, 'MEDIUMTEXT', 'STRING', [
  [`REPEAT('m', 70000)`, 'm'.repeat(70000)],
  [`''`, ''],
]);
test(sameOnBothPaths, 'LONGTEXT', 'STRING', [[`REPEAT('l', 200000)`, 'l'.repeat(200000)]]);
test(sameOnBothPaths, 'BINARY(6)', 'BINARY', [
  [`x''`, bytes('000000000000')],
  [`x'610000'`, bytes('610000000000')],
  [`x'616263646500'`, bytes('616263646500')],
  [`x'ffffffffffff'`, bytes('ffffffffffff')],
]);
test(sameOnBothPaths, 'VARBINARY(300)', 'BINARY', [
  [`x''`, bytes('')],
  [`x'00ff0000'`, bytes('00ff0000')],
  [`REPEAT(x'c3', 300)`, Buffer.alloc(300, 0xc3)],
]);
for (const type of ['TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB'])
  test(sameOnBothPaths, type, 'BINARY', [
    [`x'00'`, bytes('00')],
    [`REPEAT(x'fe', 255)`, Buffer.alloc(255, 0xfe)],
  ]);
test(sameOnBothPaths, 'BIT(1)', 'BINARY', [
  [`b'0'`, bytes('00')],
  [`b'1'`, bytes('01')],
]);
test(sameOnBothPaths, 'BIT(9)', 'BINARY', [
  [`b'1'`, bytes('0001')],
  [`b'111111111'`, bytes('01ff')],
]);
test(sameOnBothPaths, 'BIT(64)', 'BINARY', [
  [`0`, bytes('0000000000000000')],
  [`18446744073709551615`, bytes('ffffffffffffffff')],
]);
test(sameOnBothPaths, `ENUM('a', 'b''c', 'ü', 'back\\\\slash', 'x,y')`, 'STRING', [
  [`'a'`, 'a'],
  [`'b''c'`, "b'c"],
  [`'ü'`, 'ü'],
  [`'back\\\\slash'`, 'back\\slash'],
  [`'no such'`, ''],
  [`5`, 'x,y'],
]);
const labels = Array.from({length: 300}, (_, i) => `'label ${i}'`).join(',');
test(sameOnBothPaths, `ENUM(${labels})`, 'STRING', [
  [`1`, 'label 0'],
  [`300`, 'label 299'],
]);
for (const count of [3, 9, 17, 25, 33, 64]) {
  const names = Array.from({length: count}, (_, i) => `s${i}`);
  const mask = 2n ** BigInt(count) - 1n;
  test(sameOnBothPaths, `SET(${names.map(name => `'${name}'`).join(',')})`, 'STRING', [
    [`''`, ''],
    [`1`, 's0'],
    [`${2n ** BigInt(count - 1)}`, `s${count - 1}`],
    [`${mask}`, names.join(',')],
  ]);
}
test(sameOnBothPaths, 'VECTOR(3)', 'ARRAY<FLOAT>', [
  [`STRING_TO_VECTOR('[1,-2.5,0.1]')`, [1, -2.5, Math.fround(0.1)]],
]);
