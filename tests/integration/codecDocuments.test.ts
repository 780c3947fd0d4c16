// JSON and geometry: the text of a snapshot and the text made from the binlog's bytes are one, and JSON's is SELECT's.
import test from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {binlogPlace, logRows, planOf, snapshotRows} from '../support/bothPaths.ts';
import {createDatabase} from '../support/mysql.ts';

const jsonAsSelect = test.macro<[string, string[]]>({
  title: (_, what) => `JSON of ${what} is SELECT's own text on both paths`,
  exec: async (t, _what, values) => {
    const database = await createDatabase(t);
    await database.query('CREATE TABLE v (id INT PRIMARY KEY, c JSON)');
    const place = await binlogPlace(database);
    for (const [id, sql] of values.entries())
      await database.query(`INSERT INTO v VALUES (${id}, ${sql})`);
    const plan = await planOf(database, 'v');
    const texts = await database.query('SELECT id, CAST(c AS CHAR) AS c FROM v ORDER BY id');
    const expected = texts.map(row => [Number(row['id']), row['c']]);
    const snapshot = await snapshotRows(t, database, plan, 'ORDER BY id');
    const log = await logRows(t, database, plan, place);
    t.deepEqual(snapshot.rows, expected as RecordValue[][]);
    t.deepEqual(
      log.rows.map(row => row.slice(5)),
      expected as RecordValue[][],
    );
  },
});

test(jsonAsSelect, 'scalars', [
  'NULL',
  `'null'`,
  `'true'`,
  `'false'`,
  `'""'`,
  `'0'`,
  `'-32768'`,
  `'32768'`,
  `'65536'`,
  `'-2147483649'`,
  `'9223372036854775807'`,
  `'-9223372036854775808'`,
  `'18446744073709551615'`,
]);
test(jsonAsSelect, 'doubles', [
  'CAST(1e0 AS JSON)',
  'CAST(-0e0 AS JSON)',
  'CAST(0.1e0 AS JSON)',
  'CAST(1e14 AS JSON)',
  'CAST(1e15 AS JSON)',
  'CAST(999999999999999e0 AS JSON)',
  'CAST(9999999999999998e0 AS JSON)',
  'CAST(123456789012345.6e0 AS JSON)',
  'CAST(1e-14 AS JSON)',
  'CAST(1.5e-15 AS JSON)',
  'CAST(1e-16 AS JSON)',
  'CAST(0.00012345678901234567e0 AS JSON)',
  'CAST(1.7976931348623157e308 AS JSON)',
  'CAST(5e-324 AS JSON)',
  'CAST(-2.5e-300 AS JSON)',
  'CAST(1e22 AS JSON)',
  'CAST(123456789.123456789e0 AS JSON)',
  'CAST(CAST(0.1 AS FLOAT) AS JSON)',
]);
test(jsonAsSelect, 'SQL values', [
  `JSON_ARRAY(CAST('0.10' AS DECIMAL(5,2)), CAST(-1.5 AS DECIMAL(65,30)), CAST(0 AS DECIMAL(1,0)))`,
  `JSON_ARRAY(CAST('-99999999999999999999.12345' AS DECIMAL(30,5)))`,
  `JSON_ARRAY(DATE'2020-01-02', TIME'-01:02:03.5', TIME'838:59:59', TIMESTAMP'2020-01-02 03:04:05.678')`,
  `JSON_ARRAY(CAST('x' AS BINARY), b'101', x'', REPEAT(x'ff00aa', 19), REPEAT(x'ff00aa', 60), REPEAT('z', 0))`,
  `JSON_OBJECT('blob', CAST(REPEAT(x'0102', 5000) AS BINARY))`,
  `JSON_ARRAY(YEAR(NOW()) > 2000, 1 = 1, NULL)`,
  `JSON_ARRAY(ST_GeomFromText('POINT(1 2)'))`,
]);
test(jsonAsSelect, 'strings', [
  `JSON_QUOTE('quote " backslash \\\\ slash / tab \\t feed \\n return \\r back \\b')`,
  `JSON_ARRAY(CONCAT(CHAR(0), CHAR(1), CHAR(12), CHAR(31), CHAR(127)))`,
  `JSON_ARRAY('ünïcødé 漢字 😀')`,
  `JSON_OBJECT('', 1, 'k"ey', 2, 'ключ', 3)`,
  `JSON_ARRAY(REPEAT('a', 127), REPEAT('b', 128), REPEAT('c', 16384), REPEAT('d', 70000))`,
]);
test(jsonAsSelect, 'containers', [
  `'[]'`,
  `'{}'`,
  `'[[], {}, [[]], {"a": {}}]'`,
  `'{"bb": 1, "a": 2, "ccc": 3, "aa": 4, "a": 5}'`,
  `'[1, -1, 40000, 70000, 3000000000, 5000000000, 1.5, "x", null, true, false]'`,
  `CONCAT('[', REPEAT('[', 90), REPEAT(']', 90), ']')`,
  `CONCAT('[', REPEAT('123456, ', 20000), '3000000000, 40000, null, {"k": [1, 70000]}]')`,
  `CONCAT('{"big": "', REPEAT('x', 66000), '", "i": 7, "u": 65535, "n": -70000, "l": true}')`,
]);

const geometryOnBothPaths = test.macro<[string, [string, number, string][]]>({
  title: (_, type) => `${type} becomes the same GeoJSON by snapshot and by binlog`,
  exec: async (t, type, cases) => {
    const database = await createDatabase(t);
    await database.query(`CREATE TABLE v (id INT PRIMARY KEY, c ${type})`);
    const place = await binlogPlace(database);
    for (const [id, [wkt, srid]] of cases.entries())
      await database.query(`INSERT INTO v VALUES (${id}, ST_GeomFromText(?, ?))`, [wkt, srid]);
    const plan = await planOf(database, 'v');
    const expected = cases.map(([, , json], id) => [id, json]);
    const snapshot = await snapshotRows(t, database, plan, 'ORDER BY id');
    const log = await logRows(t, database, plan, place);
    t.deepEqual(snapshot.rows, expected);
    t.deepEqual(
      log.rows.map(row => row.slice(5)),
      expected,
    );
    for (const [wkt, srid, text] of cases) {
      const [row] = await database.query(
        `SELECT ST_Equals(ST_GeomFromGeoJSON(?, 1, ?), ST_GeomFromText(?, ?)) AS same`,
        [text, srid, wkt, srid],
      );
      // ST_Equals gives NULL for empty collections.
      if (!wkt.endsWith('EMPTY')) t.is(String(row!['same']), '1', wkt);
    }
  },
});

test(geometryOnBothPaths, 'POINT', [
  ['POINT(1 2.5)', 0, '{"type":"Point","coordinates":[1,2.5],"srid":0}'],
  ['POINT(52.5 13.4)', 4326, '{"type":"Point","coordinates":[13.4,52.5],"srid":4326}'],
]);
test(geometryOnBothPaths, 'LINESTRING', [
  [
    'LINESTRING(0 0,1e20 1e22)',
    0,
    '{"type":"LineString","coordinates":[[0,0],[100000000000000000000,1e+22]],"srid":0}',
  ],
]);
test(geometryOnBothPaths, 'POLYGON', [
  [
    'POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 1))',
    0,
    '{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[2,1],[2,2],[1,1]]],"srid":0}',
  ],
]);
test(geometryOnBothPaths, 'GEOMETRY', [
  ['MULTIPOINT(1 2,3 4)', 0, '{"type":"MultiPoint","coordinates":[[1,2],[3,4]],"srid":0}'],
  [
    'MULTILINESTRING((0 0,1 1),(2 2,3 3))',
    0,
    '{"type":"MultiLineString","coordinates":[[[0,0],[1,1]],[[2,2],[3,3]]],"srid":0}',
  ],
  [
    'MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))',
    0,
    '{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]],"srid":0}',
  ],
]);
test(geometryOnBothPaths, 'GEOMETRYCOLLECTION', [
  [
    'GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))',
    0,
    '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"LineString","coordinates":[[0,0],[1,1]]}],"srid":0}',
  ],
  ['GEOMETRYCOLLECTION EMPTY', 0, '{"type":"GeometryCollection","geometries":[],"srid":0}'],
]);
