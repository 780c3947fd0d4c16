// UPDATE, DELETE, MERGE INTO, Delta tables under SQL, and the refusal of full scans, in the endpoint.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {columnsOf, commit, key, openUpload, putBlock, sql, stream} from '../support/tunnel.ts';

const delta = "TBLPROPERTIES ('transactional'='true')";

async function open(t: ExecutionContext) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-change-'));
  const endpoint = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(async () => {
    await endpoint.close();
    await rm(dataDir, {recursive: true, force: true});
  });
  return endpoint.endpoint;
}

async function lines(endpoint: string, query: string): Promise<string[]> {
  return (await sql(endpoint, query)).trimEnd().split('\n').slice(1);
}

test('a merge updates, deletes and inserts by its conditions', async t => {
  const endpoint = await open(t);
  await sql(endpoint, `CREATE TABLE t (id BIGINT, v STRING) ${delta}`);
  await sql(endpoint, 'CREATE TABLE s (id BIGINT, v STRING, op STRING)');
  await sql(endpoint, "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  await sql(
    endpoint,
    "INSERT INTO s VALUES (1, 'A', 'U'), (2, '', 'D'), (4, 'D', 'I'), (5, '', 'D')",
  );
  await sql(
    endpoint,
    `MERGE INTO t AS tt USING (SELECT * FROM s) AS ss ON tt.id = ss.id
     WHEN MATCHED AND ss.op = 'D' THEN DELETE
     WHEN MATCHED AND CASE WHEN ss.op = 'U' THEN true ELSE false END THEN UPDATE SET tt.v = CONCAT(ss.v, ','), tt.id = ss.id
     WHEN NOT MATCHED AND ss.op <> 'D' THEN INSERT (tt.id, tt.v) VALUES (ss.id, ss.v)`,
  );
  t.deepEqual(await lines(endpoint, 'SELECT id, v FROM t ORDER BY id LIMIT 9'), [
    '1,"A,"',
    '3,"c"',
    '4,"D"',
  ]);
});

test('a merge that would change a row twice changes nothing', async t => {
  const endpoint = await open(t);
  await sql(endpoint, `CREATE TABLE t (id BIGINT, v STRING) ${delta}`);
  await sql(endpoint, 'CREATE TABLE s (id BIGINT, v STRING)');
  await sql(endpoint, "INSERT INTO t VALUES (1, 'a')");
  await sql(endpoint, "INSERT INTO s VALUES (1, 'x'), (1, 'y')");
  const merge = 'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED';
  await t.throwsAsync(sql(endpoint, `${merge} THEN UPDATE SET v = s.v`), {message: /ODPS-0121095/});
  t.deepEqual(await lines(endpoint, 'SELECT v FROM t'), ['"a"']);
  await sql(endpoint, `${merge} AND s.v = 'y' THEN UPDATE SET v = s.v`);
  t.deepEqual(await lines(endpoint, 'SELECT v FROM t'), ['"y"']);
});

test('only transactional tables are updated, deleted from and merged into', async t => {
  const endpoint = await open(t);
  await sql(endpoint, 'CREATE TABLE plain (id BIGINT)');
  await sql(endpoint, `CREATE TABLE t (id BIGINT) ${delta}`);
  await sql(endpoint, 'INSERT INTO t VALUES (1), (2), (3)');
  await sql(endpoint, 'UPDATE t SET id = 7 WHERE id = 1');
  await sql(endpoint, 'DELETE FROM t WHERE id = 2');
  t.deepEqual(await lines(endpoint, 'SELECT id FROM t ORDER BY id LIMIT 9'), ['3', '7']);
  for (const statement of [
    'UPDATE plain SET id = 1',
    'DELETE FROM plain WHERE id = 1',
    'MERGE INTO plain USING t ON plain.id = t.id WHEN MATCHED THEN DELETE',
  ])
    await t.throwsAsync(
      sql(endpoint, statement),
      {message: /ODPS-0130071.*transactional/},
      statement,
    );
  await t.throwsAsync(sql(endpoint, 'UPDATE nope SET id = 1'), {message: /ODPS-0130131/});
  await t.throwsAsync(sql(endpoint, 'MERGE INTO t USING plain'), {message: /ODPS-0130161/});
});

test('a merge into a partitioned table makes the partitions it needs', async t => {
  const endpoint = await open(t);
  await sql(endpoint, `CREATE TABLE t (id BIGINT) PARTITIONED BY (dt STRING) ${delta}`);
  await sql(endpoint, 'CREATE TABLE s (id BIGINT)');
  await sql(endpoint, 'INSERT INTO s VALUES (1)');
  await sql(
    endpoint,
    "MERGE INTO t USING s ON t.id = s.id AND t.dt = '1' WHEN NOT MATCHED THEN INSERT VALUES (s.id, '1')",
  );
  t.is(await sql(endpoint, 'SHOW PARTITIONS t'), 'dt=1');
});

test('the rows of a Delta table stay one a key, by SQL and by upload', async t => {
  const endpoint = await open(t);
  const columns = columnsOf({id: 'bigint', v: 'string'});
  await sql(endpoint, `CREATE TABLE t (id BIGINT NOT NULL, v STRING, PRIMARY KEY (id)) ${delta}`);
  await sql(endpoint, "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  await sql(endpoint, "INSERT INTO t VALUES (2, 'B'), (3, 'c')");
  await t.throwsAsync(sql(endpoint, "INSERT INTO t VALUES (4, 'x'), (4, 'y')"), {
    message: /ODPS-0121095/,
  });
  await t.throwsAsync(sql(endpoint, 'UPDATE t SET id = 1 WHERE id = 2'), {message: /ODPS-0121095/});
  const id = await openUpload(endpoint, 't');
  await putBlock(endpoint, 't', id, 0, stream(columns, [[1n, 'u'], [5n, 'first']])); // prettier-ignore
  await putBlock(endpoint, 't', id, 1, stream(columns, [[5n, 'last']]));
  t.is((await commit(endpoint, 't', id)).status, 200);
  t.deepEqual(await lines(endpoint, 'SELECT id, v FROM t ORDER BY id LIMIT 9'), [
    '1,"u"',
    '2,"B"',
    '3,"c"',
    '5,"last"',
  ]);
});

test('a full scan of a partitioned table needs the setting or a condition on a partition', async t => {
  const endpoint = await open(t);
  await sql(endpoint, 'CREATE TABLE p (a BIGINT) PARTITIONED BY (dt STRING)');
  await sql(endpoint, 'CREATE TABLE q (a BIGINT)');
  await sql(endpoint, "INSERT INTO p PARTITION (dt='1') VALUES (1)");
  for (const query of [
    'SELECT * FROM p',
    'SELECT dt, COUNT(*) FROM p GROUP BY dt',
    'SELECT q.a FROM q, local.p x WHERE q.a = x.a',
    'SELECT q.a FROM q JOIN `p` ON q.a = p.a',
    'INSERT INTO q SELECT a FROM p',
    'WITH w AS (SELECT a FROM p) SELECT * FROM w',
  ])
    await t.throwsAsync(sql(endpoint, query), {message: /ODPS-0130071.*full scan/}, query);
  for (const query of [
    'SET odps.sql.allow.fullscan=true; SELECT a FROM p',
    "SELECT a FROM p WHERE dt = '1'",
    "SELECT a FROM (SELECT a FROM p WHERE dt >= '0') x",
  ])
    t.deepEqual(await lines(endpoint, query), ['1'], query);
});
