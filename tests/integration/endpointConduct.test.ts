// How the endpoint behaves where tests ask it to be less kind: limits on rates, unkind answers, asynchronous and failing DDL, an audit
// apart from the tables. The other points are in endpointFaults, endpointLife and endpointSql.
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import test, {type ExecutionContext} from 'ava';
import {auditTo, strictConduct, type Conduct} from '../../runtime/endpoint/conduct.ts';
import type {Limits} from '../../runtime/endpoint/limits.ts';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {call, columnsOf, commit, download, key, openUpload, putBlock, sql, stream} from '../support/tunnel.ts'; // prettier-ignore

const columns = columnsOf({a: 'bigint'});

async function open(t: ExecutionContext, conduct: Partial<Conduct>, limits: Partial<Limits> = {}) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-conduct-'));
  const clock = {aheadMs: 0};
  const forTests = {conduct, nowMs: () => Date.now() + clock.aheadMs};
  const {endpoint, close} = await startEndpoint({
    dataDir,
    port: 0,
    project: 'local',
    ...key,
    limits,
    forTests,
  });
  t.teardown(async () => {
    await close();
    await rm(dataDir, {recursive: true, force: true});
  });
  await sql(endpoint, 'CREATE TABLE t (a BIGINT)');
  return {endpoint, clock};
}

test('more sessions or commits than the service allows are refused with 429 and the time to wait', async t => {
  const {endpoint, clock} = await open(t, {}, {uploadsMax: 2, commitsMax: 1, downloadsMax: 1});
  const ids = [await openUpload(endpoint, 't'), await openUpload(endpoint, 't')];
  const third = await call(endpoint, 'POST', '/projects/local/tables/t?uploads');
  t.is(third.status, 429);
  t.is(JSON.parse(third.text).Code, 'FlowExceeded');
  t.true(Number(third.headers.get('retry-after')) >= 1);
  t.is((await commit(endpoint, 't', ids[0]!)).status, 200);
  t.is((await commit(endpoint, 't', ids[0]!)).status, 200);
  t.is((await commit(endpoint, 't', ids[1]!)).status, 429);
  clock.aheadMs += 16_000;
  t.is((await commit(endpoint, 't', ids[1]!)).status, 200);
});

for (const [secondCommit, status] of [
  ['closed', 200],
  ['conflict', 409],
  ['missing', 404],
] as const) {
  test(`a second commit is answered ${status} where the conduct says ${secondCommit}, and changes nothing`, async t => {
    const {endpoint} = await open(t, {secondCommit});
    const id = await openUpload(endpoint, 't');
    await putBlock(endpoint, 't', id, 0, stream(columns, [[1n]]));
    t.is((await commit(endpoint, 't', id)).status, 200);
    t.is((await commit(endpoint, 't', id)).status, status);
    t.deepEqual(await download(endpoint, 't', columns), [[1n]]);
  });
}

test('a strict endpoint wants a LIMIT after ORDER BY, a kind one does not', async t => {
  const strict = await open(t, strictConduct);
  await t.throwsAsync(sql(strict.endpoint, 'SELECT a FROM t ORDER BY a'), {message: /LIMIT/});
  await t.notThrowsAsync(sql(strict.endpoint, 'SELECT a FROM t ORDER BY a LIMIT 1'));
  await t.notThrowsAsync(sql((await open(t, {})).endpoint, 'SELECT a FROM t ORDER BY a'));
});

test('DDL runs after its answer, and may fail before or after its effect', async t => {
  const {promise, resolve} = Promise.withResolvers<void>();
  const jobFault: Conduct['jobFault'] = statement => {
    if (statement.includes('late')) return {until: promise};
    if (statement.includes('never')) return {fails: 'before'};
    return statement.includes('done') ? {fails: 'after'} : null;
  };
  const {endpoint} = await open(t, {jobFault});
  const late = sql(endpoint, 'CREATE TABLE late (a BIGINT)');
  t.is((await call(endpoint, 'GET', '/projects/local/tables/late')).status, 404);
  resolve();
  await late;
  await t.throwsAsync(sql(endpoint, 'CREATE TABLE never (a BIGINT)'), {message: /ODPS-0010000/});
  await t.throwsAsync(sql(endpoint, 'CREATE TABLE done (a BIGINT)'), {message: /ODPS-0010000/});
  for (const [name, status] of Object.entries({late: 200, never: 404, done: 200})) {
    t.is((await call(endpoint, 'GET', `/projects/local/tables/${name}`)).status, status, name);
  }
});

test('the audit keeps every block, stream write and commit with its rows, apart from the tables', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'synctask-audit-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const {endpoint} = await open(t, {audit: auditTo(folder)});
  const id = await openUpload(endpoint, 't');
  await putBlock(endpoint, 't', id, 3, stream(columns, [[1n], [2n]]));
  await putBlock(endpoint, 't', id, 3, stream(columns, [[7n]]));
  await commit(endpoint, 't', id);
  await commit(endpoint, 't', id);
  const streamed = '/projects/local/tables/t/streams?uploadid=s1&slotid=0';
  t.is((await call(endpoint, 'PUT', streamed, stream(columns, [[5n]]))).status, 200);
  await sql(endpoint, 'TRUNCATE TABLE t');
  const lines = (await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
  t.deepEqual(
    lines.map(line => {
      const {what, session, block, rows, rowsFile} = JSON.parse(line) as Record<string, unknown>;
      return [what, session, block, rows, rowsFile];
    }),
    [
      ['block', id, '3', 2, '1.parquet'],
      ['block', id, '3', 1, '2.parquet'],
      ['commit', id, null, 0, null],
      ['stream', 's1', null, 1, '3.parquet'],
    ],
  );
  const duck = await DuckDBInstance.create(':memory:');
  const connection = await duck.connect();
  const read = `SELECT c0 FROM read_parquet('${folder}/*.parquet', filename = true) ORDER BY filename, c0`;
  const found = await connection.runAndReadAll(read);
  t.deepEqual(found.getRows(), [[1n], [2n], [7n], [5n]]);
  connection.closeSync();
});

test('a session past its life is EXPIRED, takes nothing, and is forgotten at last', async t => {
  const {endpoint, clock} = await open(t, {expiredShownMs: 60_000}, {sessionMsMax: 60_000});
  const [id, done] = [await openUpload(endpoint, 't'), await openUpload(endpoint, 't')];
  await putBlock(endpoint, 't', id, 0, stream(columns, [[1n]]));
  await commit(endpoint, 't', done);
  const status = async (session: string) => {
    const reply = await call(endpoint, 'GET', `/projects/local/tables/t?uploadid=${session}`);
    const {Status, Code} = JSON.parse(reply.text) as {Status?: string; Code?: string};
    return Status ?? Code;
  };
  t.is(await status(id), 'NORMAL');
  clock.aheadMs += 60_000;
  t.is(await status(id), 'EXPIRED');
  t.is(await status(done), 'CLOSED');
  t.is((await commit(endpoint, 't', id)).status, 400);
  t.is((await putBlock(endpoint, 't', id, 1, stream(columns, [[2n]]))).status, 400);
  clock.aheadMs += 60_000;
  t.deepEqual([await status(id), await status(done)], ['NoSuchUpload', 'NoSuchUpload']);
  t.deepEqual(await download(endpoint, 't', columns), []);
});

test('a session whose commit is under way is COMMITTING, and then CLOSED', async t => {
  const {endpoint} = await open(t, {});
  await sql(endpoint, 'SELECT 1');
  const many = 'SELECT EXPLODE(SEQUENCE(1, 30000)) AS';
  const slow = `INSERT INTO t SELECT SUM(x.a * y.b) FROM (${many} a) x CROSS JOIN (${many} b) y`;
  const seen = new Set<string>();
  // The commit waits for a statement that writes; where it was before it, another try.
  for (let attempt = 0; attempt < 5 && !seen.has('COMMITTING'); attempt++) {
    const id = await openUpload(endpoint, 't');
    const writes = sql(endpoint, slow);
    await call(endpoint, 'GET', '/projects/local/tables/t');
    const committed = commit(endpoint, 't', id);
    for (let status = ''; status !== 'CLOSED';) {
      const reply = await call(endpoint, 'GET', `/projects/local/tables/t?uploadid=${id}`);
      status = (JSON.parse(reply.text) as {Status: string}).Status;
      seen.add(status);
    }
    t.is((await committed).status, 200);
    await writes;
  }
  t.true(seen.has('COMMITTING'), [...seen].join());
});

test('a second session of a table that may have one at work waits for the first', async t => {
  const {endpoint} = await open(t, {}, {sessionsMax: 1});
  const [first, second] = [await openUpload(endpoint, 't'), await openUpload(endpoint, 't')];
  const body = stream(columns, [[1n]]);
  const url = `/projects/local/tables/t?uploadid=${first}&blockid=0`;
  let finish = (): void => undefined;
  const finished = new Promise<void>(resolve => (finish = resolve));
  const halves = async function* () {
    yield body.subarray(0, 3);
    await finished;
    yield body.subarray(3);
  };
  const open_ = call(endpoint, 'PUT', url, halves());
  const put = () => putBlock(endpoint, 't', second, 0, stream(columns, [[2n]]));
  let refused = await put();
  // The first may not have arrived yet.
  while (refused.status === 200) refused = await put();
  t.is(refused.status, 429);
  t.is(JSON.parse(refused.text).Code, 'FlowExceeded');
  finish();
  t.is((await open_).status, 200);
  t.is((await put()).status, 200);
});

test('listings know a table later than those who ask for it by name', async t => {
  const {endpoint, clock} = await open(t, {listingLagMs: 600_000});
  const listed = async () => (await call(endpoint, 'GET', '/projects/local/tables')).text;
  t.notRegex(await listed(), /<Name>t</);
  t.is((await call(endpoint, 'GET', '/projects/local/tables/t')).status, 200);
  clock.aheadMs += 600_000;
  t.regex(await listed(), /<Name>t</);
});

test('a job in another time zone is refused where it has to do with times', async t => {
  const {endpoint} = await open(t, {});
  const zone = 'SET odps.sql.timezone=Asia/Shanghai; ';
  await t.throwsAsync(sql(endpoint, `${zone}SELECT GETDATE()`), {message: /odps.sql.timezone/});
  await t.notThrowsAsync(sql(endpoint, `${zone}SELECT a FROM t`));
  await t.notThrowsAsync(sql(endpoint, 'SET odps.sql.timezone=Etc/GMT; SELECT GETDATE()'));
});
