import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {
  call,
  columnsOf,
  commit,
  download,
  key,
  openUpload,
  putBlock,
  sql,
  stream,
} from '../support/tunnel.ts';

async function open(t: ExecutionContext): Promise<string> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-sql-'));
  const {endpoint, close} = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(async () => {
    await close();
    await rm(dataDir, {recursive: true, force: true});
  });
  return endpoint;
}

test('queries answer as MaxCompute does', async t => {
  const endpoint = await open(t);
  await sql(
    endpoint,
    `CREATE TABLE t (id BIGINT, at DATETIME, ts TIMESTAMP, nt TIMESTAMP_NTZ, day DATE, price DECIMAL(38,18), \`order\` STRING, b BINARY, ok BOOLEAN, d DOUBLE)`,
  );
  await sql(
    endpoint,
    `INSERT INTO t SELECT 1, CAST('2020-01-01 01:02:03' AS DATETIME), CAST('2020-01-01 01:02:03.5' AS TIMESTAMP), CAST('1000-01-01 00:00:00.000001' AS TIMESTAMP_NTZ), DATE '2020-01-01', CAST('1.5' AS DECIMAL(38,18)), 'a"b', UNHEX('00FF'), TRUE, 0.5`,
  );
  await sql(endpoint, "INSERT INTO TABLE t (id, `order`) VALUES (2, 'it\\'s\\\\'), (3, \"\")");
  const asked: Record<string, string> = {
    'SELECT id, at, ts, nt, day, price, ok, d FROM t WHERE id = 1':
      '1,2020-01-01 01:02:03,2020-01-01 01:02:03.5,1000-01-01 00:00:00.000001,2020-01-01,1.5,true,0.5',
    'SELECT CAST(at AS STRING), CAST(ts AS STRING), CAST(nt AS STRING) FROM t WHERE id = 1':
      '"2020-01-01 01:02:03","2020-01-01 01:02:03.5","1000-01-01 00:00:00.000001"',
    'SELECT HEX(b), `order` FROM `local`.`t` WHERE id = 1': '"00FF","a""b"',
    'SELECT `order`, at FROM t WHERE id > 1 ORDER BY id LIMIT 5': '"it\'s\\",\\N\n"",\\N',
    'SELECT SUM(id), COUNT(*), AVG(id), MAX(day) FROM t': '6,3,2.0,2020-01-01',
    "SELECT CASE WHEN id = 1 THEN 'x' ELSE NULL END FROM t ORDER BY id LIMIT 2": '"x"\n\\N',
    'SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY ok ORDER BY id DESC) AS rn FROM t) x WHERE rn = 1 ORDER BY id LIMIT 9':
      '1\n3',
    'SELECT id FROM t WHERE id = 1 UNION ALL SELECT id + 10 FROM t WHERE id = 1': '1\n11',
    "SELECT CAST(9223372036854775807 AS BIGINT), 1 / 2, CAST('x' AS BIGINT)":
      '9223372036854775807,0.5,\\N',
    'SELECT GET_JSON_OBJECT(\'{"a":{"b":1}}\', \'$.a.b\')': '"1"',
    "SELECT CAST(CAST('-0.10151' AS DECIMAL(5,5)) AS STRING), CAST(CAST('.5' AS DECIMAL(1,1)) AS STRING), CAST(1.5BD AS STRING)":
      '"-0.10151","0.5","1.5"',
    "SELECT ARRAY(1, 2), MAP('k', 1)": '"[1, 2]","{k:1}"',
  };
  for (const [query, due] of Object.entries(asked)) {
    const [, ...lines] = (await sql(endpoint, query)).trimEnd().split('\n');
    t.is(lines.join('\n'), due, query);
  }
});

test('what fails says so by its ODPS number', async t => {
  const endpoint = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT NOT NULL)');
  const failures: Record<string, RegExp> = {
    'SELECT * FROM nope': /^FAILED: ODPS-0130131:/,
    'SELECT nope FROM t': /^FAILED: ODPS-0130071:/,
    'SELEC 1': /^FAILED: ODPS-0130161:/,
    'CREATE TABLE t (id BIGINT)': /AlreadyExists/,
    'CREATE TABLE u (a MONEY)': /^FAILED: ODPS-0130161:\[1,19\]/,
    'CREATE TABLE u (a BIGINT, A STRING)': /^FAILED: ODPS-0130071:/,
    'ALTER TABLE nope ADD COLUMNS (a BIGINT)': /^FAILED: ODPS-0130131:/,
    'DROP TABLE elsewhere.t': /^FAILED: ODPS-0130131:/,
    'INSERT INTO t SELECT NULL': /^FAILED: ODPS-0121011:/,
  };
  for (const [statement, due] of Object.entries(failures)) {
    await t.throwsAsync(sql(endpoint, statement), {message: due}, statement);
  }
});

test('an open session keeps its columns while the table changes', async t => {
  const endpoint = await open(t);
  const columns = columnsOf({a: 'bigint', b: 'string'});
  await sql(endpoint, 'CREATE TABLE t (a BIGINT, b STRING, gone STRING)');
  await sql(endpoint, 'ALTER TABLE t DROP COLUMNS gone');
  const id = await openUpload(endpoint, 't');
  await sql(endpoint, 'ALTER TABLE t ADD COLUMNS (c DECIMAL(10,2))');
  await sql(endpoint, 'ALTER TABLE t CHANGE COLUMN b RENAME TO renamed');
  await putBlock(endpoint, 't', id, 0, stream(columns, [[1n, 'x']]));
  await sql(endpoint, 'ALTER TABLE t RENAME TO u');
  t.is((await commit(endpoint, 'u', id)).status, 200);
  t.is(await sql(endpoint, 'SELECT a, renamed, c FROM u'), '"a","renamed","c"\n1,"x",\\N\n');
  const late = await openUpload(endpoint, 'u');
  await sql(endpoint, 'DROP TABLE u');
  t.is((await commit(endpoint, 'u', late)).status, 404);
});

test('partitions are made, listed, overwritten and dropped by SQL', async t => {
  const endpoint = await open(t);
  await sql(endpoint, 'CREATE TABLE t (a BIGINT) PARTITIONED BY (dt STRING, hh INT)');
  await sql(endpoint, "ALTER TABLE t ADD PARTITION (dt='1', hh=1) PARTITION (dt='2', hh=2)");
  await sql(endpoint, "INSERT INTO t PARTITION (dt='1', hh=1) VALUES (1), (2)");
  await sql(
    endpoint,
    "INSERT OVERWRITE TABLE t PARTITION (dt='1', hh=1) SELECT a + 10 FROM t WHERE a = 1 AND hh > 0",
  );
  await sql(endpoint, "INSERT INTO t PARTITION (dt, hh) SELECT 5, '9', 9");
  t.is(await sql(endpoint, 'SHOW PARTITIONS t'), 'dt=1/hh=1\ndt=2/hh=2\ndt=9/hh=9');
  t.is(
    await sql(
      endpoint,
      'SET odps.sql.allow.fullscan=true; SELECT a, dt, hh FROM t ORDER BY a LIMIT 9',
    ),
    '"a","dt","hh"\n5,"9",9\n11,"1",1\n',
  );
  await sql(endpoint, "ALTER TABLE t DROP PARTITION (dt='9', hh=9)");
  const listed = await call(endpoint, 'GET', '/projects/local/tables/t?partitions');
  t.is([...listed.text.matchAll(/<Partition>/g)].length, 2);
  await sql(endpoint, 'TRUNCATE TABLE t');
  t.is(await sql(endpoint, "SELECT COUNT(*) AS n FROM t WHERE dt <> ''"), '"n"\n0\n');
});

test('MAX_PT is the greatest first partition that holds rows', async t => {
  const endpoint = await open(t);
  await sql(endpoint, 'CREATE TABLE p (a BIGINT) PARTITIONED BY (dt STRING, hh STRING)');
  t.is(await sql(endpoint, "SELECT MAX_PT('p') AS pt"), '"pt"\n\\N\n');
  await sql(endpoint, "INSERT INTO p PARTITION (dt='20260101', hh='9') VALUES (1)");
  await sql(endpoint, "INSERT INTO p PARTITION (dt='20260102', hh='1') VALUES (2), (3)");
  await sql(endpoint, "ALTER TABLE p ADD PARTITION (dt='20260103', hh='1')");
  const query = "SELECT SUM(a) AS s FROM p WHERE dt = max_pt('local.p') AND 'max_pt' <> ''";
  t.is(await sql(endpoint, query), '"s"\n5\n');
  await sql(endpoint, 'CREATE TABLE plain (a BIGINT)');
  await t.throwsAsync(sql(endpoint, "SELECT MAX_PT('plain')"), {message: /not partitioned/});
  await t.throwsAsync(sql(endpoint, "SELECT MAX_PT('none')"), {message: /ODPS-0130131/});
});

test('a new table is described with all it was made with', async t => {
  const endpoint = await open(t);
  await sql(
    endpoint,
    "CREATE TABLE t (a BIGINT NOT NULL COMMENT 'k', PRIMARY KEY (a)) COMMENT 'c' TBLPROPERTIES ('transactional'='true') LIFECYCLE 3",
  );
  const {text} = await call(endpoint, 'GET', '/projects/local/tables/T?extended');
  const json = JSON.parse(/<!\[CDATA\[(.*?)\]\]>/s.exec(text)![1]!);
  t.like(json, {comment: 'c', lifecycle: 3, recordNum: 0});
  t.like(json.columns[0], {name: 'a', type: 'bigint', comment: 'k', isNullable: false});
  t.like(JSON.parse(json.Reserved), {Transactional: 'true', PrimaryKey: ['a']});
});

test('schemas keep tables of one name apart', async t => {
  const endpoint = await open(t);
  const columns = columnsOf({a: 'bigint'});
  await sql(endpoint, 'CREATE SCHEMA s');
  await sql(endpoint, 'CREATE TABLE t (a BIGINT)');
  await sql(
    endpoint,
    'SET odps.default.schema=s; CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (7);',
  );
  t.deepEqual(await download(endpoint, 't', columns), []);
  t.is(await sql(endpoint, 'SELECT a FROM local.s.t'), '"a"\n7\n');
  const made = await call(endpoint, 'POST', '/projects/local/schemas/s/tables/t?downloads');
  t.is((JSON.parse(made.text) as {RecordCount: number}).RecordCount, 1);
});

test('a large body that turns out wrong is answered, not cut off', async t => {
  const endpoint = await open(t);
  const columns = columnsOf({a: 'string'});
  await sql(endpoint, 'CREATE TABLE t (a STRING)');
  const id = await openUpload(endpoint, 't');
  const body = stream(
    columns,
    Array.from({length: 40_000}, () => ['x'.repeat(400)]),
  );
  body[1000]! ^= 1;
  t.is((await putBlock(endpoint, 't', id, 0, body)).status, 400);
});

test('rows of a stream upload show with their PUT', async t => {
  const endpoint = await open(t);
  const columns = columnsOf({a: 'bigint'});
  await sql(endpoint, 'CREATE TABLE t (a BIGINT)');
  const made = await call(endpoint, 'POST', '/projects/local/tables/t/streams');
  const {session_name: name, slots} = JSON.parse(made.text) as {
    session_name: string;
    slots: string[][];
  };
  t.is(slots.length, 1);
  const path_ = `/projects/local/tables/t/streams?slotid=0&uploadid=${name}`;
  for (const a of [1n, 2n]) {
    const put = await call(endpoint, 'PUT', path_, stream(columns, [[a]]), {
      'odps-tunnel-slot-num': '1',
    });
    t.is(put.status, 200);
    t.is(put.headers.get('odps-tunnel-slot-num'), '1');
  }
  t.deepEqual(await download(endpoint, 't', columns), [[1n], [2n]]);
});
