// How the endpoint behaves where tests ask it to be less kind: limits on rates, unkind answers, asynchronous and failing DDL, an audit
// apart from the tables. The other points are in endpointFaults, endpointLife and endpointSql.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {strictConduct, type AuditEntry, type Conduct} from '../../runtime/endpoint/conduct.ts';
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

test('the audit names every block and commit with its session, apart from the tables', async t => {
  const entries: AuditEntry[] = [];
  const {endpoint} = await open(t, {audit: entry => entries.push(entry)});
  const id = await openUpload(endpoint, 't');
  await putBlock(endpoint, 't', id, 3, stream(columns, [[1n]]));
  await commit(endpoint, 't', id);
  await commit(endpoint, 't', id);
  t.deepEqual(
    entries.map(({what, session, block}) => [what, session === id, block]),
    [
      ['block', true, '3'],
      ['commit', true, null],
    ],
  );
});

test('a job in another time zone is refused where it has to do with times', async t => {
  const {endpoint} = await open(t, {});
  const zone = 'SET odps.sql.timezone=Asia/Shanghai; ';
  await t.throwsAsync(sql(endpoint, `${zone}SELECT GETDATE()`), {message: /odps.sql.timezone/});
  await t.notThrowsAsync(sql(endpoint, `${zone}SELECT a FROM t`));
  await t.notThrowsAsync(sql(endpoint, 'SET odps.sql.timezone=Etc/GMT; SELECT GETDATE()'));
});
