// Large tables are cut by the server's dives into the index: no scan, chunks that cover each row once, and even sizes
// whatever the key looks like.
import test from 'ava';
import {readCatalog} from '../../runtime/source/catalog.ts';
import {chunkWhere, type ChunkBounds} from '../../runtime/source/chunk.ts';
import {planChunks, replanChunk} from '../../runtime/source/planChunks.ts';
import {createDatabase} from '../support/mysql.ts';
import {connect, signalOf, syncOptionsOf} from '../support/source.ts';

const rowsTotal = 20_000;
const rowsPerChunk = 1000;

interface Case {
  table: string;
  /** The values of row i, 0 … rowsTotal - 1. */
  row: string;
  /** How much larger than asked for the largest chunk may be. */
  timesMax?: number;
}

const dives = test.macro<[string, Case]>({
  exec: async (t, _, {table, row, timesMax = 3}) => {
    const database = await createDatabase(t);
    await database.query('SET SESSION cte_max_recursion_depth = 1000000');
    await database.query(`CREATE TABLE k (${table})`);
    await database.query(
      `INSERT INTO k WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${rowsTotal - 1}) SELECT ${row} FROM n`,
    );
    await database.query('ANALYZE TABLE k');
    const connection = await connect(t, syncOptionsOf(database.server));
    const [found] = await readCatalog(connection, [
      {database: database.name, tables: ['k'], exclude: []},
    ]);
    const readBefore = await rowsRead();
    const chunks: ChunkBounds[] = [];
    const plan = planChunks(
      connection,
      found!,
      found!.key!.columns,
      rowsPerChunk,
      signalOf(t),
      2 * rowsPerChunk,
    );
    for await (const chunk of plan) chunks.push(chunk);
    const readByPlan = (await rowsRead()) - readBefore;
    const counts: number[] = [];
    for (const chunk of chunks) {
      const sql = `SELECT COUNT(*) AS total FROM \`${database.name}\`.k WHERE ${chunkWhere(chunk)}`;
      counts.push(Number((await connection.queryOne<{total: number}>(sql)).total));
    }
    // Ranges that follow one another hold no row twice; together they hold all.
    t.is(
      counts.reduce((sum, count) => sum + count, 0),
      rowsTotal,
    );
    for (const [i, chunk] of chunks.entries()) t.deepEqual(chunk.low, chunks[i - 1]?.high ?? null);
    const largest = Math.max(...counts);
    t.true(largest <= timesMax * rowsPerChunk, `${largest} rows: ${counts.join(' ')}`);
    // Ranges of 2,000 rows and less are stepped through; a scan would have read every row for every halving.
    t.true(readByPlan < 1.5 * rowsTotal, `${readByPlan} rows read`);

    async function rowsRead(): Promise<number> {
      const rows = await connection.query<{Variable_name: string; Value: string}>(
        "SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next')",
      );
      return rows
        .filter(({Variable_name: name}) => name !== 'Handler_read_rnd_next')
        .reduce((sum, {Value: value}) => sum + Number(value), 0);
    }
  },
  title: (_, title) => `a large table is cut without a scan: ${title}`,
});

test(dives, 'numbers', {table: 'id BIGINT PRIMARY KEY', row: 'i * 7'});
test(dives, 'numbers with an outlier', {
  table: 'id BIGINT UNSIGNED PRIMARY KEY',
  row: 'IF(i = 0, 18446744073709551615, i)',
});
test(dives, 'decimals below and above zero', {
  table: 'id DECIMAL(30,10) PRIMARY KEY',
  row: '(i - 10000) * 1.0000000001',
});
test(dives, 'hashes', {
  table: 'id BINARY(16) PRIMARY KEY',
  row: 'UNHEX(LEFT(SHA2(i, 256), 32))',
});
test(dives, 'uuids as text', {
  table: 'id CHAR(36) PRIMARY KEY',
  row: "INSERT(INSERT(LEFT(SHA2(i, 256), 32), 9, 0, '-'), 14, 0, '-')",
});
test(dives, 'a composite text key whose first column is nearly constant', {
  table:
    'tenant VARCHAR(40) COLLATE utf8mb4_0900_ai_ci, code VARCHAR(60) COLLATE utf8mb4_0900_ai_ci, n INT, PRIMARY KEY (tenant, code, n)',
  row: "IF(i % 20 = 0, CONCAT('tenant ', i), 'Acme'), CONCAT('Order-', LPAD(i DIV 3, 9, '0')), i",
});
test(dives, 'many rows of one moment', {
  table: 'at DATETIME(6), id INT, PRIMARY KEY (at, id)',
  row: "IF(i < 15000, '2026-01-01', TIMESTAMP('2026-01-01') + INTERVAL i SECOND), i",
});
test(dives, 'times of day, downwards', {
  table: 'at TIME(3), id INT, PRIMARY KEY (at DESC, id)',
  row: 'SEC_TO_TIME(i / 4 - 2000.5), i',
});
test(dives, 'days with few rows each', {
  table: 'd DATE, id INT, PRIMARY KEY (d, id)',
  row: "DATE('1999-01-01') + INTERVAL i DIV 10 DAY, i",
});

test('what planning reads does not grow with the table', async t => {
  const database = await createDatabase(t);
  await database.query('SET SESSION cte_max_recursion_depth = 1000000');
  const reads: number[] = [];
  for (const rows of [20_000, 200_000]) {
    const name = `k${rows}`;
    await database.query(
      `CREATE TABLE ${name} (tenant VARCHAR(20), code VARCHAR(30), n INT, PRIMARY KEY (tenant, code, n))`,
    );
    await database.query(
      `INSERT INTO ${name} WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
       SELECT IF(i % 10, 'Acme', CONCAT('tenant ', i % 500)), CONCAT('order-', LPAD(i DIV 4, 9, '0')), i FROM n`,
    );
    await database.query(`ANALYZE TABLE ${name}`);
    const connection = await connect(t, syncOptionsOf(database.server));
    const [found] = await readCatalog(connection, [
      {database: database.name, tables: [name], exclude: []},
    ]);
    const rowsRead = async () => {
      const handlers = await connection.query<{Value: string}>(
        "SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_first', 'Handler_read_key', 'Handler_read_last', 'Handler_read_next', 'Handler_read_prev')",
      );
      return handlers.reduce((sum, {Value: value}) => sum + Number(value), 0);
    };
    const before = await rowsRead();
    const {columns} = found!.key!;
    const perChunk = rows / 10;
    const plan = planChunks(connection, found!, columns, perChunk, signalOf(t), perChunk / 10);
    let chunks = 0;
    for await (const _chunk of plan) chunks++;
    t.true(chunks >= 7 && chunks <= 30, `${chunks} chunks`);
    reads.push((await rowsRead()) - before);
  }
  t.true(reads[0]! < 1500 && reads[1]! < 1500, `rows read: ${reads.join()}`);
});

test('a chunk that turned out too large is cut again between its bounds', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE k (id INT PRIMARY KEY)');
  await database.query(
    `INSERT INTO k VALUES ${Array.from({length: 50}, (_, i) => `(${i})`).join()}`,
  );
  const connection = await connect(t, syncOptionsOf(database.server));
  const [found] = await readCatalog(connection, [
    {database: database.name, tables: ['k'], exclude: []},
  ]);
  const columns = [{name: 'id', kind: 'number' as const, charset: null, descending: false}];
  const chunk = {chunkId: 4, index: 'PRIMARY', columns, low: ['9'], high: ['39']};
  const parts: ChunkBounds[] = [];
  for await (const part of replanChunk(connection, found!, chunk, 10, signalOf(t)))
    parts.push(part);
  t.deepEqual(
    parts.map(({low, high}) => [low, high]),
    [
      [['9'], ['19']],
      [['19'], ['29']],
      [['29'], ['39']],
    ],
  );
});

test('a key column that was altered after the catalog was read is told', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE k (id INT PRIMARY KEY)');
  const connection = await connect(t, syncOptionsOf(database.server));
  const objects = [{database: database.name, tables: ['k'], exclude: []}];
  const [found] = await readCatalog(connection, objects);
  await database.query('ALTER TABLE k MODIFY id VARCHAR(9)');
  await database.query("INSERT INTO k VALUES ('zz')");
  const plan = planChunks(connection, found!, ['id'], rowsPerChunk, signalOf(t));
  await t.throwsAsync(plan.next(), {code: 'SYNC2126'});
});
