// Forty types times twelve edge values, in one table, written under three time zones, then updated and deleted: the
// snapshot by the binary and the text protocol, the inserts, both images of the updates and the deletes of the binlog
// all give the same cells, and both engines the same bytes (tests/support/bothPaths.ts holds these together).
import test from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {binlogPlace, logRows, planOf, snapshotRows} from '../support/bothPaths.ts';
import {createDatabase} from '../support/mysql.ts';

const repeated = (sql: string[]) => Array.from({length: 12}, (_, i) => sql[i % sql.length]!);
const quoted = (...values: string[]) => repeated(values.map(value => `'${value}'`));
const days = quoted('1000-01-01', '9999-12-31', '1970-01-01', '1969-12-31', '2000-02-29', '1900-02-28', '0001-01-01', '0000-00-00', '2026-00-10', '2026-02-31', '2026-11-00', '0000-01-01'); // prettier-ignore
const moments = quoted('1000-01-01 00:00:00', '9999-12-31 23:59:59', '1970-01-01 00:00:00.000001', '1969-12-31 23:59:59.999999', '2000-02-29 12:00:00.5', '0000-00-00 00:00:00', '2026-00-10 01:02:03', '2026-02-31 00:00:00', '2026-11-22 18:04:05.678901', '0001-01-01 00:00:00', '2038-01-19 03:14:07', '2026-06-15 00:00:00.1'); // prettier-ignore
const stamps = quoted('1970-01-02 00:00:01', '2038-01-18 03:14:07', '0000-00-00 00:00:00', '2000-02-29 12:00:00.5', '2026-03-29 02:30:00.999', '2026-11-22 18:04:05.678', '1999-12-31 23:59:59', '2001-09-09 01:46:40', '2026-01-01 00:00:00.000001', '1980-06-30 11:22:33', '2030-12-31 23:59:58.000009', '2012-12-12 12:12:12.12'); // prettier-ignore
const times = quoted('-838:59:59', '838:59:59', '00:00:00', '-00:00:00.000001', '00:00:00.999999', '-00:00:01', '23:59:59.5', '24:00:00', '-100:00:00.25', '99:59:59', '100:00:00', '-12:34:56.789'); // prettier-ignore
const texts = quoted('', ' ', 'a', 'trailing  ', 'ünïcødé', '漢字', 'é́', "it\\'s", '\\\\', '\\n\\t\\0', 'x'.repeat(20), 'Ω'); // prettier-ignore
const astral = quoted('😀', '', '𝒳 and text', 'a', 'é', '漢', '👨‍👩‍👧', '\\0', 'z', '🇩🇪', ' ', 'end'); // prettier-ignore
const binary = repeated([`x''`, `x'00'`, `x'ff'`, `x'0000'`, `x'c3a9'`, `x'c328'`, `x'80'`, `x'00ff00'`, `x'61'`, `x'6100'`, `x'20'`, `x'0102030405060708'`]); // prettier-ignore
const bounds = (bits: number) => [`${-(2n ** BigInt(bits - 1))}`, `${2n ** BigInt(bits - 1) - 1n}`, '0', '1', '-1', '63', '64', '-64', '-65', '127', '-128', '100']; // prettier-ignore
const unsigned = (bits: number) => ['0', `${2n ** BigInt(bits) - 1n}`, `${2n ** BigInt(bits - 1)}`, `${2n ** BigInt(bits - 1) - 1n}`, '1', '2', '9', '10', '99', '100', '127', '128']; // prettier-ignore

/** Type and twelve values as SQL. */
const corpus: [type: string, values: string[]][] = [
  ...([['TINYINT', 8], ['SMALLINT', 16], ['MEDIUMINT', 24], ['INT', 32], ['BIGINT', 64]] as const).flatMap(
    ([type, bits]): [string, string[]][] => [
      [type, bounds(bits)],
      [`${type} UNSIGNED`, unsigned(bits)],
    ],
  ),
  ['BOOLEAN', repeated(['TRUE', 'FALSE', '-1'])],
  ['YEAR', repeated(['1901', '2155', '0', '1970', '2000'])],
  ['DECIMAL(65,30)', repeated(['0', `${'9'.repeat(35)}.${'9'.repeat(30)}`, `-${'9'.repeat(35)}`, '-0.1', `0.${'0'.repeat(29)}1`, '1e20', '-1e-20'])],
  ['DECIMAL(38,18)', repeated(['0', '-0.000000000000000001', '99999999999999999999.999999999999999999', '1', '-1.5', '1000000000'])],
  ['DECIMAL(10,0)', repeated(['0', '-9999999999', '9999999999', '1', '1000000000', '-10'])],
  ['DECIMAL(9,9)', repeated(['0', '0.999999999', '-0.000000001', '0.5'])],
  ['DECIMAL(8,2) ZEROFILL', repeated(['0', '0.01', '999999.99', '12.5', '1'])],
  ['FLOAT', repeated(['0', '-0e0', '3.4028234e38', '1.17549435e-38', '0.1', '16777217', '-1.5', '1e-45', '123456.789', '7', '-3.4028234e38'])],
  ['FLOAT(10,3)', repeated(['0', '1234567.891', '-0.001', '0.1'])],
  ['DOUBLE', repeated(['0', '-0e0', '1.7976931348623157e308', '2.2250738585072014e-308', '5e-324', '0.1', '1e22', '9007199254740993', '-1.5', '1e-7', '123456789.123456789'])],
  ['DOUBLE(20,5)', repeated(['0', '123456789.12345', '-0.00001', '0.1'])],
  ['DATE', days],
  ['DATETIME', moments],
  ['DATETIME(3)', moments],
  ['DATETIME(6)', moments],
  ['TIMESTAMP NULL', stamps],
  ['TIMESTAMP(6) NULL', stamps],
  ['TIME', times],
  ['TIME(6)', times],
  ['CHAR(20)', texts],
  ['VARCHAR(40)', astral],
  ['VARCHAR(40) CHARACTER SET latin1', quoted('', 'é', 'ÿ', '€', 'a', '~', '\\0', 'ß', ' ', 'x')],
  ['VARCHAR(40) CHARACTER SET gbk', quoted('', '漢字', 'a', '中文', '，', 'z')],
  ['VARCHAR(40) CHARACTER SET utf16', astral],
  ['TINYTEXT', texts],
  ['TEXT', [`REPEAT('x', 65535)`, `REPEAT('é', 300)`, ...texts.slice(2)]],
  ['MEDIUMTEXT', [`REPEAT('y', 70000)`, ...astral.slice(1)]],
  ['BINARY(8)', binary],
  ['VARBINARY(40)', binary],
  ['LONGBLOB', [`REPEAT(x'00', 70000)`, ...binary.slice(1)]],
  ['BIT(1)', repeated([`b'0'`, `b'1'`])],
  ['BIT(64)', repeated([`b'0'`, '18446744073709551615', '9223372036854775808', '255', '256'])],
  [`ENUM('', 'a', 'ü')`, repeated([`''`, `'a'`, `'ü'`, '0'])],
  [`SET('a', 'b', 'ü')`, repeated([`''`, `'a'`, `'a,b,ü'`, `'ü'`])],
  ['JSON', quoted('null', '{}', '[]', '{"b": 1, "a": [1.0, true, null, "é"]}', '"text"', '-1', '18446744073709551615', '1e100', '{"a": {"a": {"a": []}}}', '[[]]', '""', '0.1')],
  ['POINT', repeated([`ST_GeomFromText('POINT(1 2)')`, `ST_GeomFromText('POINT(52.5 13.4)', 4326)`])],
  ['GEOMETRY', repeated([`ST_GeomFromText('LINESTRING(0 0,1 1)')`, `ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')`, `ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')`])],
  ['VECTOR(3)', repeated([`STRING_TO_VECTOR('[0,-0,1]')`, `STRING_TO_VECTOR('[1e30,-2.5,0.1]')`])],
]; // prettier-ignore

for (const zone of ['+00:00', '+08:00', '-11:30'])
  test(`${corpus.length} types and twelve values each are the same by every way, written at ${zone}`, async t => {
    const database = await createDatabase(t);
    const columns = corpus.map(([type], i) => `c${i} ${type}`);
    await database.query(`CREATE TABLE v (id INT PRIMARY KEY, ${columns.join(', ')})`);
    await database.query(`SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '${zone}'`);
    const place = await binlogPlace(database);
    for (let id = 0; id < 12; id++)
      await database.query(
        `INSERT INTO v VALUES (${id}, ${corpus.map(([, values]) => values[id]).join(', ')})`,
      );
    await database.query('INSERT INTO v (id) VALUES (12)');
    const plan = await planOf(database, 'v');
    const snapshot = await snapshotRows(t, database, plan, 'ORDER BY id');
    await database.query('UPDATE v SET id = id + 100 ORDER BY id');
    await database.query('DELETE FROM v ORDER BY id');
    const log = await logRows(t, database, plan, place);
    const later = snapshot.rows.map(([id, ...cells]): RecordValue[] => [
      Number(id) + 100,
      ...cells,
    ]);
    const cells = (letter: string, before: string) =>
      log.rows.filter(row => row[1] === letter && row[3] === before).map(row => row.slice(5));
    t.is(snapshot.rows.length, 13);
    t.deepEqual(cells('I', 'N'), snapshot.rows);
    t.deepEqual(cells('U', 'Y'), snapshot.rows);
    t.deepEqual(cells('U', 'N'), later);
    t.deepEqual(cells('D', 'Y'), later);
    t.is(log.rows.length, 4 * 13);
    // Each image counts once more what the policies did.
    t.deepEqual(
      log.counters.zeroDates,
      snapshot.counters.zeroDates.map(count => 4 * count),
    );
  });
