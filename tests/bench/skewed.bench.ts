// A large table with a skewed composite text key, loaded while a writer changes it: how long planning and loading take,
// and whether every row is there once. By hand, not in the tests: npm run bench -- skewed [--rows N], 20,000,000 rows by
// default, of which nine in ten belong to one tenant.
import {parseArgs} from 'node:util';
import type {ExecutionContext} from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {openClient} from '../support/target.ts';
import {World} from '../support/world.ts';
import {usageOf} from './binlogReaders.ts';

const {values: options} = parseArgs({options: {rows: {type: 'string', default: '20000000'}}});
const rowsTotal = Number(options.rows);
const stepRows = 100_000;
const cleanups: (() => unknown)[] = [];
// The world asks a test for two things only.
const surroundings = {
  teardown: (cleanup: () => unknown) => cleanups.push(cleanup),
  log: console.log,
} as unknown as ExecutionContext;

const rowsFrom = (from: number) => `INSERT INTO skewed WITH RECURSIVE n AS (SELECT ${from} AS i
  UNION ALL SELECT i + 1 FROM n WHERE i < ${Math.min(rowsTotal, from + stepRows) - 1})
  SELECT IF(i % 10 = 0, CONCAT('tenant-', CRC32(i) % 5000), 'Acme'), CONCAT('order-', LPAD(i DIV 4, 12, '0')), i, 0, CONCAT('note ', i) FROM n`;

const world = await World.open(surroundings, {
  setup: [
    'SET SESSION cte_max_recursion_depth = 1000000',
    `CREATE TABLE skewed (tenant VARCHAR(40) COLLATE utf8mb4_0900_ai_ci NOT NULL, code VARCHAR(60) COLLATE utf8mb4_0900_ai_ci NOT NULL,
      line INT NOT NULL, amount INT NOT NULL, note VARCHAR(100), PRIMARY KEY (tenant, code, line))`,
  ],
  settings: {full: {}, phases: ['schema', 'full', 'incremental'], incremental: {commitSeconds: 5}},
});
try {
  await measure();
} finally {
  await world[Symbol.asyncDispose]();
  for (const cleanup of cleanups.splice(0)) await cleanup();
}

async function measure(): Promise<void> {
  for (let from = 0; from < rowsTotal; from += stepRows) await world.mysql.query(rowsFrom(from));
  await world.mysql.query('ANALYZE TABLE skewed');
  const runtime = world.start();
  await world.until(runtime, 'loading', status => status.state === 'loading');
  const startedMs = performance.now();
  let changes = 0;
  let moving = true;
  const writer = await world.database.connect();
  const writes = (async () => {
    for (; moving; changes++) {
      const line = Math.floor(Math.random() * rowsTotal);
      await writer.query(
        "UPDATE skewed SET amount = amount + 1 WHERE tenant = 'Acme' AND code = CONCAT('order-', LPAD(? DIV 4, 12, '0')) AND line = ?",
        [line, line],
      );
    }
  })();
  let firstRowsMs = 0;
  for (let done = false; !done;) {
    const status = await world.until(
      runtime,
      'progress',
      ({tables}) => firstRowsMs > 0 || (tables[0]?.rowsLoaded ?? 0) > 0,
    );
    if (firstRowsMs === 0) firstRowsMs = performance.now() - startedMs;
    done = status.state === 'following';
    if (!done) await world.until(runtime, 'more', () => true);
  }
  const loadSeconds = (performance.now() - startedMs) / 1000;
  const {peakMebibytes} = usageOf(runtime.process.pid!);
  moving = false;
  await writes;
  await world.caughtUp(runtime);
  const client = openClient(surroundings as never, world.target.endpoint);
  const sql =
    'SELECT COUNT(*) AS rows_all, COUNT(DISTINCT line) AS lines, SUM(line) AS total FROM skewed_base';
  const {rows} = await runSql(client, sql, {signal: new AbortController().signal});
  const expected = [rowsTotal, rowsTotal, (rowsTotal * (rowsTotal - 1)) / 2].join();
  await world.stop(runtime);
  console.log(
    `${rowsTotal} rows: first rows after ${(firstRowsMs / 1000).toFixed(1)} s, loaded in ${loadSeconds.toFixed(1)} s, ` +
      `${peakMebibytes} MiB peak, ${changes} changes meanwhile; base ${rows[0]!.join() === expected ? 'has every row once' : `is WRONG: ${rows[0]!.join()} instead of ${expected}`}`,
  );
}
