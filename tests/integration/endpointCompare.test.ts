// Texts compared with numbers in SQL: as DOUBLE, with a DECIMAL as DECIMAL; a text that is no number compares to NULL.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {key, sql} from '../support/tunnel.ts';

async function open(t: ExecutionContext): Promise<(statement: string) => Promise<string>> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-compare-'));
  const {endpoint, close} = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(async () => {
    await close();
    await rm(dataDir, {recursive: true, force: true});
  });
  return async statement => {
    const [, ...lines] = (await sql(endpoint, statement)).trimEnd().split('\n');
    return lines.join(' ');
  };
}

test('a text and a number are compared as numbers, not rounded', async t => {
  const run = await open(t);
  const asked: Record<string, string> = {
    "'1.4' = 1": 'false',
    "1 = '1.4'": 'false',
    "'1.0' = 1": 'true',
    "' 1 ' = 1": 'true',
    "'1.6' > 1": 'true',
    "'1.6' < 2": 'true',
    "'1.4' <> 1": 'true',
    "'x' = 1": '\\N',
    "NOT ('x' = 1)": '\\N',
    "'1.4' <=> 1": 'false',
    "1 IN ('1.4', '0.6')": 'false',
    "1 IN ('1.4', '1.0')": 'true',
    "1 NOT IN ('1.4', '0.6')": 'true',
    "1 NOT IN ('1.4', 'x')": '\\N',
    "'1.4' IN (1, 2)": 'false',
    "'1.4' BETWEEN 2 AND 3": 'false',
    "2 BETWEEN '1.6' AND '2.4'": 'true',
    "2 NOT BETWEEN '2.4' AND '3'": 'true',
    "CASE '1.4' WHEN 1 THEN 'one' WHEN 1.4 THEN 'more' ELSE 'none' END": '"more"',
    "1.5BD = '1.5'": 'true',
    "1BD = '1.4'": 'false',
    "'9007199254740993' = 9007199254740993BD": 'true',
    "'9007199254740992' = 9007199254740993BD": 'false',
    "'a' = 'a'": 'true',
    "'1.0' = '1'": 'false',
    "DATE '2020-01-02' > '2020-01-01'": 'true',
  };
  for (const [expression, due] of Object.entries(asked))
    t.is(await run(`SELECT ${expression} AS v`), due, expression);
});

test('columns of texts meet columns of numbers in conditions, joins, IN, updates and merges', async t => {
  const run = await open(t);
  await run('CREATE TABLE n (id BIGINT, d DECIMAL(10,2))');
  await run('CREATE TABLE s (id STRING, note STRING)');
  await run('INSERT INTO n VALUES (1, 1.4BD), (2, 2BD), (3, 3BD)');
  await run("INSERT INTO s VALUES ('1.4', 'a'), ('2.0', 'b'), ('x', 'c'), (NULL, 'd')");
  const asked: Record<string, string> = {
    'SELECT note FROM s WHERE id = 1': '',
    'SELECT note FROM s WHERE id = 2 OR id > 5': '"b"',
    'SELECT n.id, note FROM n JOIN s ON n.id = s.id': '2,"b"',
    'SELECT n.id, note FROM n LEFT JOIN s ON n.id = s.id ORDER BY n.id LIMIT 9':
      '1,\\N 2,"b" 3,\\N',
    'SELECT n.id, note FROM n JOIN s ON n.d = s.id ORDER BY n.id LIMIT 9': '1,"a" 2,"b"',
    'SELECT id FROM n WHERE id IN (SELECT id FROM s)': '2',
    'SELECT id FROM n WHERE id NOT IN (SELECT id FROM s WHERE id < 9)': '1 3',
    'SELECT id FROM n WHERE id NOT IN (SELECT id FROM s)': '',
    "SELECT id FROM n WHERE id NOT IN (SELECT id FROM s WHERE note = 'z') ORDER BY id LIMIT 9":
      '1 2 3',
    'SELECT id FROM n WHERE EXISTS (SELECT 1 FROM s WHERE s.id = n.id)': '2',
    'SELECT note FROM s WHERE id BETWEEN 1 AND 2 ORDER BY note LIMIT 9': '"a" "b"',
    "SELECT CASE id WHEN 2 THEN 'two' ELSE 'other' END AS v FROM s ORDER BY note LIMIT 2":
      '"other" "two"',
    "SELECT COUNT(*) AS c FROM n GROUP BY id > '1.5' HAVING COUNT(*) > '1.5'": '2',
    "SELECT id FROM n WHERE id = '2'": '2',
  };
  for (const [query, due] of Object.entries(asked)) t.is(await run(query), due, query);

  await run("CREATE TABLE m (id BIGINT, v STRING) TBLPROPERTIES ('transactional'='true')");
  await run("INSERT INTO m VALUES (1, 'one'), (2, 'two')");
  await run("UPDATE m SET v = 'new' WHERE id = '1.4'");
  await run(
    'MERGE INTO m AS m USING s AS s ON m.id = s.id WHEN MATCHED THEN UPDATE SET m.v = s.note',
  );
  await run("DELETE FROM m WHERE id = '0.9'");
  t.is(await run('SELECT id, v FROM m ORDER BY id LIMIT 9'), '1,"one" 2,"b"');
  await run('CREATE TABLE made AS SELECT note FROM s WHERE id = 2');
  await run('INSERT INTO made SELECT note FROM s WHERE id = 1');
  t.is(await run('SELECT note FROM made'), '"b"');
});
