// Functions whose meaning in MaxCompute is not DuckDB's: results are those of the service's documentation.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {key, sql} from '../support/tunnel.ts';

const at = "CAST('2020-05-06 01:02:03' AS DATETIME)";
const two = '(SELECT 1 AS x UNION ALL SELECT 2 AS x) t';
const asked: Record<string, string> = {
  [`SELECT TO_CHAR(${at}, 'yyyymmdd hh:mi:ss'), TO_CHAR(7)`]: '"20200506 01:02:03","7"',
  "SELECT TO_DATE('2020/05/06', 'yyyy/mm/dd'), TO_DATE('2020-05-06')":
    '2020-05-06 00:00:00,2020-05-06',
  [`SELECT DATEADD(${at}, -1, 'mm'), DATEADD(${at}, 2, 'dd')`]:
    '2020-04-06 01:02:03,2020-05-08 01:02:03',
  [`SELECT DATEDIFF(${at}, CAST('2020-05-01 00:00:00' AS DATETIME), 'dd')`]: '5',
  [`SELECT DATETRUNC(${at}, 'month'), DATEPART(${at}, 'yyyy'), WEEKDAY(${at})`]:
    '2020-05-01 00:00:00,2020,2',
  "SELECT FROM_UNIXTIME(1), UNIX_TIMESTAMP(CAST('1970-01-01 00:00:01' AS DATETIME))":
    '1970-01-01 00:00:01,1',
  [`SELECT STDDEV(x), VARIANCE(x), PERCENTILE(x, 0.5), WM_CONCAT(',', CAST(x AS STRING)) FROM ${two}`]:
    '0.5,0.25,1.5,"1,2"',
  "SELECT ARRAY(5, 6)[0], MAP('k', 7)['k'], INITCAP('ab cD')": '5,7,"Ab Cd"',
  'SELECT 1 / 0': '\\N',
  'SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL AS x) t ORDER BY x DESC LIMIT 5': '1\n\\N',
  'SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL AS x) t ORDER BY x LIMIT 5': '\\N\n1',
  [`SELECT t.x FROM ${two} LEFT SEMI JOIN (SELECT 2 AS y) s ON t.x = s.y`]: '2',
  [`SELECT t.x FROM ${two} LEFT ANTI JOIN (SELECT 2 AS y) s ON t.x = s.y`]: '1',
};

test('functions and orders mean what they mean in MaxCompute', async t => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-functions-'));
  await using endpoint = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(() => rm(dataDir, {recursive: true, force: true}));
  for (const [query, due] of Object.entries(asked)) {
    const found = await sql(endpoint.endpoint, query).catch(
      (error: Error) => `h\n${error.message}`,
    );
    t.is(found.trimEnd().split('\n').slice(1).join('\n'), due, query);
  }
  for (const query of [
    "SELECT CRC32('a')",
    `SELECT TO_CHAR(${at}, CONCAT('yyyy', 'mm'))`,
    `SELECT TO_CHAR(${at}, 'yyyy Q')`,
    `SELECT DATEADD(${at}, 1, 'fortnight')`,
    "SELECT CONCAT(ARRAY('a'), ARRAY('b'))",
  ])
    await t.throwsAsync(sql(endpoint.endpoint, query), {message: /^FAILED: ODPS-/}, query);
});
