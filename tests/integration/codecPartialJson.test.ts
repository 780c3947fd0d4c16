// Partial updates of JSON columns (binlog_row_value_options = PARTIAL_JSON) on a real server: the record of the after
// image holds what SELECT gives, whatever the differences were.
import test, {type ExecutionContext} from 'ava';
import {binlogPlace, logRows, planOf} from '../support/bothPaths.ts';
import {createDatabase} from '../support/mysql.ts';

/** Runs each update of row 1 and holds its after image against the row; every update must come as a partial event. */
async function followUpdates(
  t: ExecutionContext<any>,
  document: string,
  updates: string[],
): Promise<void> {
  const database = await createDatabase(t);
  await database.query(
    'CREATE TABLE v (id INT PRIMARY KEY, a JSON, n INT, b JSON, c VARCHAR(300), d JSON)',
  );
  await database.query(`INSERT INTO v VALUES (1, ${document}, 0, '{"k": [1, 2]}', 'x', NULL)`);
  await database.query(`SET binlog_row_value_options = 'PARTIAL_JSON'`);
  const place = await binlogPlace(database);
  const expected: unknown[][] = [];
  const select = async () => {
    const [row] = await database.query(
      'SELECT id, CAST(a AS CHAR) AS a, n, CAST(b AS CHAR) AS b, c, CAST(d AS CHAR) AS d FROM v',
    );
    return Object.values(row!);
  };
  let row = await select();
  for (const update of updates) {
    await database.query(`UPDATE v SET n = n + 1, ${update}`);
    expected.push(row);
    row = await select();
    expected.push(row);
  }
  const log = await logRows(t, database, await planOf(database, 'v'), place);
  t.deepEqual(
    log.rows.map(cells => cells.slice(5)),
    expected as never,
  );
  t.is(log.partialEvents, updates.length);
}

test('members are replaced, added and removed at any depth', t =>
  followUpdates(
    t,
    `'{"a": 1, "bb": {"x": [1, {"y": 2}], "z": null}, "ccc": "text", "q\\\\"uote d": 3}'`,
    [
      `a = JSON_SET(a, '$.a', 2)`,
      `a = JSON_SET(a, '$.a', 'a much longer value than the number that stood there before')`,
      `a = JSON_REPLACE(a, '$.bb.x[1].y', JSON_OBJECT('new', JSON_ARRAY(1, 2.5, TRUE)))`,
      `a = JSON_SET(a, '$.bb.b', 1, '$.bb.aa', 2, '$.bb.a', 3)`,
      `a = JSON_REMOVE(a, '$.bb.z')`,
      `a = JSON_SET(a, '$."q\\\\"uote d"', 'ünïcødé 漢字 😀')`,
      `a = JSON_SET(a, '$."ключ"', 1, '$."with space"', 2, '$."dot.ted"', 3, '$."[0]"', 4)`,
      `a = JSON_REPLACE(a, '$."dot.ted"', JSON_ARRAY())`,
      `a = JSON_REMOVE(a, '$."[0]"', '$."ключ"')`,
      `a = JSON_REMOVE(JSON_SET(JSON_REPLACE(a, '$.a', 0), '$.zzzz', 9), '$.ccc')`,
      `a = JSON_SET(a, '$.none.such', 1)`,
    ],
  ));

test('cells of arrays are replaced, appended, removed and counted from the end', t =>
  followUpdates(t, `'{"s": 7, "l": [[1, 2], [3, 4], 5, "six", null, true]}'`, [
    `a = JSON_SET(a, '$.l[0][1]', 20)`,
    `a = JSON_SET(a, '$.l[6]', 'appended', '$.l[99]', 'far')`,
    `a = JSON_REMOVE(a, '$.l[2]')`,
    `a = JSON_REMOVE(a, '$.l[last]')`,
    `a = JSON_REPLACE(a, '$.l[last-1]', 1e100)`,
    `a = JSON_REMOVE(a, '$.l[0][0]', '$.l[1]')`,
    `a = JSON_SET(a, '$.s[0]', 8)`,
    `a = JSON_SET(a, '$.s[1]', 9)`,
    `a = JSON_REPLACE(a, '$.l', JSON_ARRAY())`,
    `a = JSON_SET(a, '$.l[0]', JSON_OBJECT('deep', JSON_ARRAY(JSON_OBJECT())))`,
    `a = JSON_SET(a, '$.l[0].deep[0].er', 1.5)`,
  ]));

test('every kind of value is put in, and numbers change their width', t =>
  followUpdates(t, `'{"v": 1, "w": [0]}'`, [
    `a = JSON_SET(a, '$.v', -32768)`,
    `a = JSON_SET(a, '$.v', 65535)`,
    `a = JSON_SET(a, '$.v', -2147483648)`,
    `a = JSON_SET(a, '$.v', 4294967295)`,
    `a = JSON_SET(a, '$.v', 9223372036854775807)`,
    `a = JSON_SET(a, '$.v', 18446744073709551615)`,
    `a = JSON_SET(a, '$.v', 0.1e0)`,
    `a = JSON_SET(a, '$.v', CAST('123.4500' AS DECIMAL(20,4)))`,
    `a = JSON_SET(a, '$.v', NULL)`,
    `a = JSON_SET(a, '$.v', CAST('false' AS JSON))`,
    `a = JSON_SET(a, '$.v', TIMESTAMP'2020-01-02 03:04:05.678', '$.w[0]', TIME'-01:02:03')`,
    `a = JSON_SET(a, '$.v', x'ff00aa')`,
    `a = JSON_SET(a, '$.v', '')`,
    `a = JSON_SET(a, '$.v', REPEAT('x', 300))`,
  ]));

test('documents above 64 KiB, and such as grow beyond it', t => {
  const cells = `REPEAT('123456, ', 20000)`;
  const large = `CONCAT('{"big": [', ${cells}, '3000000000, {"k": [1, 70000]}], "s": "', REPEAT('y', 66000), '", "t": {"u": -70000}}')`;
  return followUpdates(t, large, [
    `a = JSON_SET(a, '$.big[10]', 'ten')`,
    `a = JSON_SET(a, '$.big[20001].k[1]', -1)`,
    `a = JSON_REMOVE(a, '$.big[0]')`,
    `a = JSON_SET(a, '$.t.grown', JSON_OBJECT('text', REPEAT('z', 70000), 'n', 3000000000))`,
    `a = JSON_SET(a, '$.t.grown.n', 70000)`,
    `a = JSON_REMOVE(a, '$.s')`,
    `a = JSON_REMOVE(a, '$.big', '$.t.grown.text')`,
  ]);
});

test('several columns at once, whole ones beside partial ones, and NULL', t =>
  followUpdates(t, `'{"a": [1, 2, 3]}'`, [
    `a = JSON_SET(a, '$.a[0]', 10), b = JSON_SET(b, '$.k[1]', 20)`,
    `a = JSON_SET(a, '$.a[1]', 11), b = '{"whole": true, "n": [1]}', d = '[1, 2]'`,
    `b = JSON_REMOVE(b, '$.n'), d = JSON_SET(d, '$[1]', 'two')`,
    `a = NULL, b = JSON_SET(b, '$.m', 1), c = REPEAT('c', 300)`,
    `a = JSON_SET(a, '$.b', 1), d = JSON_SET(d, '$[2]', 3)`,
    `a = '[]', d = NULL, c = NULL`,
    `a = JSON_SET(a, '$[0]', JSON_OBJECT())`,
    `c = 'only this'`,
  ]));

test('appending, inserting into arrays and merging are followed too', t =>
  followUpdates(t, `'{"a": [1, 2, 3], "o": {"p": 1}}'`, [
    `a = JSON_ARRAY_APPEND(a, '$.a', 4)`,
    `a = JSON_ARRAY_INSERT(a, '$.a[0]', 'first')`,
    `a = JSON_INSERT(a, '$.o.q', 2)`,
    `a = JSON_MERGE_PATCH(a, '{"o": {"p": null, "r": 3}}')`,
    `a = JSON_SET(JSON_ARRAY_APPEND(a, '$.a', 5), '$.o.r', 4)`,
  ]));

test('many rows in one event', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE v (id INT PRIMARY KEY, a JSON)');
  const rows = Array.from({length: 500}, (_, id) => `(${id}, '{"n": ${id}, "l": [${id}]}')`);
  await database.query(`INSERT INTO v VALUES ${rows.join(', ')}`);
  await database.query(`SET binlog_row_value_options = 'PARTIAL_JSON'`);
  const place = await binlogPlace(database);
  await database.query(`UPDATE v SET a = JSON_SET(a, '$.n', CONCAT('row ', id), '$.l[1]', id)`);
  const log = await logRows(t, database, await planOf(database, 'v'), place);
  const texts = await database.query('SELECT id, CAST(a AS CHAR) AS a FROM v ORDER BY id');
  t.deepEqual(
    log.rows.filter(row => row[4] === 'Y').map(row => row.slice(5)),
    texts.map(row => [Number(row['id']), row['a']]) as never,
  );
  t.true(log.partialEvents > 0);
});
