// Chunks of tables with all kinds of keys: their union is the table, each row once, whatever the chunk size.
import test from 'ava';
import {chunkSelect, chunkWhere, type ChunkBounds} from '../../runtime/source/chunk.ts';
import {planChunks} from '../../runtime/source/planChunks.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import type {SourceConnection} from '../../runtime/source/connection.ts';
import {createDatabase, type TestDatabase} from '../support/mysql.ts';
import {connect, signalOf, syncOptionsOf} from '../support/source.ts';

async function plan(
  connection: SourceConnection,
  database: TestDatabase,
  rowsPerChunk: number,
  signal: AbortSignal,
): Promise<{chunks: ChunkBounds[]; sql: string[]}> {
  const [table] = await readCatalog(connection, [
    {database: database.name, tables: ['k'], exclude: []},
  ]);
  const chunks: ChunkBounds[] = [];
  const columns = table!.key?.columns ?? null;
  for await (const chunk of planChunks(connection, table!, columns, rowsPerChunk, signal))
    // What is stored and read again must still mean the same rows.
    chunks.push(JSON.parse(JSON.stringify(chunk)) as ChunkBounds);
  const names = table!.columns.map(column => column.name);
  return {chunks, sql: chunks.map(chunk => chunkSelect(table!, names, chunk))};
}

interface Case {
  /** Column definitions and key. */
  table: string;
  options?: string;
  /** Rows, as the VALUES list of an INSERT or a whole SELECT. */
  rows: string;
  /** Whether bounds must have been used. */
  whole?: boolean;
}

const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT`;

const covers = test.macro<[string, Case]>({
  exec: async (t, _, {table, options = '', rows, whole = false}) => {
    const database = await createDatabase(t);
    await database.query("SET SESSION sql_mode = '', SESSION time_zone = '+05:30'");
    await database.query(`CREATE TABLE k (${table}) ${options}`);
    if (rows !== '') await database.query(`INSERT INTO k ${rows}`);
    const [{total} = {total: 0}] = await database.query('SELECT COUNT(*) AS total FROM k');
    const connection = await connect(t, syncOptionsOf(database.server));
    for (const rowsPerChunk of [1, 3, 7, 1000]) {
      const {chunks, sql} = await plan(connection, database, rowsPerChunk, signalOf(t));
      const seen = new Map<string, number>();
      for (const select of sql) {
        const selected = await connection.query(select);
        t.true(whole || selected.length <= rowsPerChunk, `${selected.length} rows: ${select}`);
        for (const row of selected) {
          const text = JSON.stringify(row);
          seen.set(text, (seen.get(text) ?? 0) + 1);
        }
      }
      t.is(
        [...seen.values()].reduce((sum, count) => sum + count, 0),
        Number(total),
      );
      t.true([...seen.values()].every(count => count === 1));
      t.deepEqual(
        chunks.map(chunk => chunk.chunkId),
        chunks.map((__, i) => i),
      );
      if (whole) t.deepEqual(chunks.map(chunkWhere), ['TRUE']);
      else t.is(chunks.length, Math.ceil(Number(total) / rowsPerChunk));
    }
  },
  title: (_, title) => `chunks cover ${title} exactly once`,
});

test(covers, 'an empty table', {table: 'id INT PRIMARY KEY', rows: ''});
test(covers, 'one row', {table: 'id INT PRIMARY KEY', rows: 'VALUES (7)'});
test(covers, 'integers with gaps and signs', {
  table: 'id INT PRIMARY KEY',
  rows: `${numbers(30)} (i - 15) * 1000003 FROM n`,
});
test(covers, 'unsigned numbers beyond 2^63', {
  table: 'id BIGINT UNSIGNED PRIMARY KEY',
  rows: `${numbers(20)} 18446744073709551615 - i * 3 FROM n`,
});
test(covers, 'decimals', {
  table: 'id DECIMAL(65,30) PRIMARY KEY',
  rows: `${numbers(20)} (i - 10) * 12345678901234567890.000000000000000000000000000001 FROM n`,
});
test(covers, 'text in a collation that ignores case and accents', {
  table: 'id VARCHAR(30) COLLATE utf8mb4_0900_ai_ci PRIMARY KEY',
  rows: "VALUES ('a'),('B'),('c'),('É'),('f'),(''),('ß'),('z'),('ä b'),('😀'),('\\\\'),('q''q'),('10'),('9'),(' x')",
});
test(covers, 'text in other character sets', {
  table:
    'id VARCHAR(30) CHARACTER SET latin1 COLLATE latin1_bin, g CHAR(5) CHARACTER SET gbk, u CHAR(5) CHARACTER SET utf16, PRIMARY KEY (id, g, u)',
  rows: `${numbers(30)} CHAR(64 + i * 6 USING latin1), ELT(1 + i % 3, '中', '文', 'x'), ELT(1 + i % 2, '😀', 'é') FROM n`,
});
test(covers, 'binary bytes', {
  table: 'id VARBINARY(10) PRIMARY KEY',
  rows: `${numbers(25)} UNHEX(CONCAT(LPAD(HEX(i * 10), 2, '0'), IF(i % 2, '00FF', ''))) FROM n`,
});
test(covers, 'fixed binary bytes such as a uuid', {
  table: 'id BINARY(16) PRIMARY KEY',
  rows: `${numbers(25)} UNHEX(LEFT(SHA2(i, 256), 32)) FROM n`,
});
test(covers, 'dates, zero and partial ones too', {
  table: 'd DATE, n INT, PRIMARY KEY (d, n)',
  rows: "VALUES ('0000-00-00',1),('0000-00-00',2),('2020-00-00',1),('2020-02-00',1),('2020-02-29',1),('1000-01-01',1),('9999-12-31',1)",
});
test(covers, 'times with fractions', {
  table: 'a DATETIME(6), b TIMESTAMP(3) DEFAULT 0, c TIME(6), PRIMARY KEY (a, b, c)',
  rows: `${numbers(24)} TIMESTAMP'2020-03-29 00:59:59.999999' + INTERVAL (i DIV 4) MICROSECOND, TIMESTAMP'2020-03-29 01:00:00' + INTERVAL i % 4 DIV 2 SECOND, SEC_TO_TIME((i % 2) * 100000.5 - 70000.25) FROM n`,
});
test(covers, 'enums, sets, bits and years, which the server orders by number', {
  table: "e ENUM('z','a','m'), s SET('x','b'), b BIT(64), y YEAR, PRIMARY KEY (e, s, b, y)",
  rows: `${numbers(36)} 1 + i % 3, i DIV 3 % 4, b'1' << 63 | i DIV 12, 1999 + i % 2 FROM n`,
});
test(covers, 'a composite key whose first column is nearly constant', {
  table: 'a INT, b VARCHAR(10), c BIGINT, PRIMARY KEY (a, b, c)',
  rows: `${numbers(60)} i > 57, ELT(1 + i % 3, 'x', 'Y', 'z'), -i FROM n`,
});
test(covers, 'a composite key with a descending part', {
  table: 'a INT, b INT, c INT, PRIMARY KEY (a, b DESC, c)',
  rows: `${numbers(60)} i % 3, i % 5, i FROM n`,
});
test(covers, 'a unique key over NOT NULL columns', {
  table: 'a INT NULL UNIQUE, `odd ``name` INT NOT NULL, UNIQUE u (`odd ``name`)',
  rows: `${numbers(20)} NULL, i * 2 FROM n`,
});
test(covers, 'an invisible generated key', {
  table: 'a INT, hidden BIGINT UNSIGNED NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY',
  rows: `(a) ${numbers(20)} i * 0 FROM n`,
});
test(covers, 'a partitioned table', {
  table: 'id INT PRIMARY KEY',
  options: 'PARTITION BY HASH (id) PARTITIONS 4',
  rows: `${numbers(20)} i * 7 FROM n`,
});
test(covers, 'a floating key, in one piece', {
  table: 'id DOUBLE PRIMARY KEY',
  rows: `${numbers(20)} i / 7 FROM n`,
  whole: true,
});
test(covers, 'a key over a prefix, in one piece', {
  table: 'id TEXT NOT NULL, PRIMARY KEY (id(3))',
  rows: `${numbers(20)} CONCAT(i + 100, 'tail') FROM n`,
  whole: true,
});
test(covers, 'a table without a key, in one piece', {
  table: 'a INT, b INT',
  rows: `${numbers(9)} i, NULL FROM n`,
  whole: true,
});

test('rows beyond the greatest key of the plan are left to the log', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE k (id INT PRIMARY KEY)');
  await database.query('INSERT INTO k VALUES (1), (2), (3), (4), (5)');
  const connection = await connect(t, syncOptionsOf(database.server));
  const [table] = await readCatalog(connection, [
    {database: database.name, tables: ['k'], exclude: []},
  ]);
  const wheres: string[] = [];
  for await (const chunk of planChunks(connection, table!, ['id'], 2, signalOf(t))) {
    wheres.push(chunkWhere(chunk));
    await database.query('INSERT INTO k SELECT MAX(id) + 1 FROM k');
  }
  t.deepEqual(wheres, ['`id` <= 2', '`id` > 2 AND `id` <= 4', '`id` > 4 AND `id` <= 5']);
});

test('a key with a float behind whole columns is cut by those', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE k (a INT, f FLOAT, PRIMARY KEY (a, f))');
  await database.query('INSERT INTO k VALUES (1, 0.1), (1, 0.2), (1, 0.3), (2, 0.1), (3, 0.1)');
  const connection = await connect(t, syncOptionsOf(database.server));
  const {chunks, sql} = await plan(connection, database, 2, signalOf(t));
  t.deepEqual(chunks.map(chunkWhere), ['`a` <= 1', '`a` > 1 AND `a` <= 3']);
  const counts = await Promise.all(
    sql.map(async select => (await connection.query(select)).length),
  );
  t.deepEqual(counts, [3, 2]);
});

test('bounds are found and rows read along the key, never by sorting', async t => {
  const database = await createDatabase(t);
  await database.query(
    'CREATE TABLE k (a INT, b VARCHAR(10), v TEXT, PRIMARY KEY (a, b)) CHARACTER SET utf8mb4',
  );
  await database.query(`INSERT INTO k ${numbers(500)} i % 5, i, 'x' FROM n`);
  await database.query('ANALYZE TABLE k');
  const connection = await connect(t, syncOptionsOf(database.server));
  const {sql} = await plan(connection, database, 100, signalOf(t));
  for (const select of sql) {
    const [explained] = await connection.query<{type: string; key: string; Extra: string | null}>(
      `EXPLAIN FORMAT=TRADITIONAL ${select}`,
    );
    t.like(explained, {type: 'range', key: 'PRIMARY'}, select);
    t.notRegex(explained!.Extra ?? '', /filesort|temporary/);
  }
});
