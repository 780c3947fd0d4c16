// One transaction of many rows while others go on (rules C20, C21; catalogue F9): it flows through the spool in blocks, memory
// stays bounded, a kill in its middle loses and doubles nothing. The whole fault suite takes 300,000 rows, `ROWS` any number.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {logRecords} from '../support/binlogCounts.ts';
import {World} from '../support/world.ts';

const isWhole = Number(process.env['SEEDS'] ?? 0) >= 5000;
const rows = Number(process.env['ROWS'] ?? (isWhole ? 300_000 : 60_000));
/** The runtime with its engines idles at about 150 MiB; what is held of rows is at most 24 MiB, and twice that as garbage. */
const residentMebibytesMax = 700;

test.serial(
  `C21: a transaction of ${rows} rows flows through the spool, a kill in its middle included`,
  async t => {
    t.timeout(600_000);
    await using world = await World.open(t, {
      setup: [
        'CREATE TABLE huge (id INT PRIMARY KEY, note VARCHAR(100))',
        'CREATE TABLE small (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100))',
        "INSERT INTO small (note) VALUES ('first')",
      ],
    });
    const [[before]] = (await world.mysql.query(
      'SELECT @@global.gtid_executed AS executed',
    )) as unknown as [[{executed: string}]];
    const first = world.start();
    await world.caughtUp(first);
    await world.mysql.query('SET SESSION cte_max_recursion_depth = 100000000');
    await world.mysql.query(
      `INSERT INTO huge WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
     SELECT i, CONCAT('a row that is long enough to count, number ', i) FROM n`,
    );
    await world.mysql.query("INSERT INTO small (note) VALUES ('after')");
    await world.until(first, 'bytes of the transaction', s => s.rates.bytesReadPerSecond > 100_000);
    await world.kill(first);
    const second = world.start();
    let residentMebibytes = 0;
    const watch = setInterval(() => {
      residentMebibytes = Math.max(residentMebibytes, residentOf(second.process.pid!));
    }, 50);
    t.teardown(() => clearInterval(watch));
    await world.caughtUp(second);
    clearInterval(watch);
    t.log(`at most ${residentMebibytes} MiB resident`);
    t.true(residentMebibytes < residentMebibytesMax, `${residentMebibytes} MiB`);
    const {server, name} = world.database;
    const executed = before.executed.replaceAll('\n', '');
    const counts = await logRecords(server, name, ['huge', 'small'], executed);
    for (const table of ['huge', 'small']) {
      const {log} = await world.equal(table);
      t.is(log, counts[table]!);
    }
    await world.stop(second);
  },
);

function residentOf(pid: number): number {
  try {
    const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
    return Math.round(Number(kibibytes) / 1024);
  } catch {
    return 0;
  }
}
