// Committed rows that wait in their blocks until the table is used: every use sees them, nothing loses or doubles them.
import {once} from 'node:events';
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {pino} from 'pino';
import type {WaitingBounds} from '../../runtime/endpoint/mayWait.ts';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {startCommand} from '../support/endpointCommand.ts';
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

const columns = columnsOf({id: 'bigint', name: 'string'});
/** No row is taken in by the clock. */
const untilAsked: Partial<WaitingBounds> = {sessionBytesMin: 0, quietMs: 3_600_000};

async function folder(t: ExecutionContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'synctask-waiting-'));
  t.teardown(() => rm(made, {recursive: true, force: true}));
  return made;
}

async function open(t: ExecutionContext, waiting = untilAsked, dataDir?: string) {
  dataDir ??= await folder(t);
  let said = Promise.withResolvers<void>();
  const log = pino(
    {level: 'debug'},
    {
      write: line => {
        if (!line.includes('waiting rows were taken in')) return;
        said.resolve();
        said = Promise.withResolvers<void>();
      },
    },
  );
  const options = {dataDir, port: 0, project: 'local', ...key, log, forTests: {waiting}};
  const {endpoint, close} = await startEndpoint(options);
  t.teardown(close);
  return {endpoint, dataDir, close, takenIn: () => said.promise};
}

/** How many blocks of committed sessions stand on the disk; the tests leave no session open. */
async function waitingBlocks(dataDir: string): Promise<number> {
  const files = await readdir(path.join(dataDir, 'sessions'), {recursive: true});
  return files.filter(file => /\d\.\d+\.[01]\.parquet$/.test(file)).length;
}

/** Commits rows `from` to `past` in one session of two blocks. */
async function put(endpoint: string, table: string, from: number, past: number, partition = '') {
  const id = await openUpload(endpoint, table, partition && `${partition}&create_partition=true`);
  const rows = Array.from({length: past - from}, (_, i) => [BigInt(from + i), `row ${from + i}`]);
  const half = rows.length >> 1;
  await putBlock(endpoint, table, id, 0, stream(columns, rows.slice(0, half)));
  await putBlock(endpoint, table, id, 1, stream(columns, rows.slice(half)));
  const {status, text} = await commit(endpoint, table, id);
  if (status !== 200) throw new Error(text);
  return {id, rows};
}

const counted = (n: number, d = n) => `"n","d"\n${n},${d}\n`;
const count = (table: string) => `SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS d FROM ${table}`;

test('committed rows outlive a kill before they are taken in, and one after, each once', async t => {
  const home = await folder(t);
  const dataDir = path.join(home, 'data');
  let run = await startCommand(t, home);
  const kill = async () => {
    run.process.kill('SIGKILL');
    await once(run.process, 'exit');
    run = await startCommand(t, home);
  };
  await sql(run.endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  // Enough to wait by the usual bounds.
  const {id} = await put(run.endpoint, 't', 0, 60_000);
  run.process.kill('SIGKILL');
  await once(run.process, 'exit');
  t.is(await waitingBlocks(dataDir), 2);
  run = await startCommand(t, home);
  t.is((await commit(run.endpoint, 't', id)).status, 200);
  await put(run.endpoint, 't', 60_000, 120_000);
  t.is(await sql(run.endpoint, count('t')), counted(120_000));
  await kill();
  t.is(await sql(run.endpoint, count('t')), counted(120_000));
  t.is(await waitingBlocks(dataDir), 0);
});

test('a kill while rows are taken in leaves each session whole, once', async t => {
  const home = await folder(t);
  let run = await startCommand(t, home);
  await sql(run.endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  for (let s = 0; s < 6; s++) await put(run.endpoint, 't', s * 50_000, (s + 1) * 50_000);
  const asked = sql(run.endpoint, count('t')).catch(() => null);
  await call(run.endpoint, 'GET', '/projects/local/tables/t');
  run.process.kill('SIGKILL');
  await Promise.all([once(run.process, 'exit'), asked]);
  run = await startCommand(t, home);
  t.is(await sql(run.endpoint, count('t')), counted(300_000));
});

const sees = test.macro<[string, (endpoint: string) => Promise<unknown>, unknown]>({
  exec: async (t, _, ask, due) => {
    const {endpoint, dataDir} = await open(t);
    await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
    await sql(endpoint, 'CREATE VIEW v AS SELECT id FROM t');
    await put(endpoint, 't', 1, 3);
    await put(endpoint, 't', 3, 4);
    t.true((await waitingBlocks(dataDir)) > 0);
    t.deepEqual(await ask(endpoint), due);
    t.is(await sql(endpoint, 'SELECT id FROM t ORDER BY id LIMIT 9'), '"id"\n1\n2\n3\n');
  },
  title: (_, what) => `${what} sees rows that wait`,
});
const rows = [
  [1n, 'row 1'],
  [2n, 'row 2'],
  [3n, 'row 3'],
];
test(sees, 'a query', e => sql(e, count('t')), counted(3));
test(sees, 'a query of a quoted name', e => sql(e, count('`local`.`T`')), counted(3));
test(sees, 'a query of a view', e => sql(e, 'SELECT COUNT(*) AS n FROM v'), '"n"\n3\n');
test(sees, 'a download', e => download(e, 't', columns), rows);
test(
  sees,
  'a description',
  async e => /"recordNum":\d+/.exec((await call(e, 'GET', '/projects/local/tables/t')).text)?.[0],
  '"recordNum":3',
);
test(
  sees,
  'a preview',
  async e => (await call(e, 'GET', '/projects/local/tables/t?data&linenum=9')).text.split('\n')[3],
  '3,"row 3"',
);
test(
  sees,
  'CREATE TABLE AS',
  async e => {
    await sql(e, 'CREATE TABLE u AS SELECT * FROM t');
    return sql(e, count('u'));
  },
  counted(3),
);

/** What a statement leaves of rows 1 to 3 in partition 1 and 4 to 6 in partition 2, all waiting, and 7 committed after it. */
const changes = test.macro<[string, string, string]>({
  exec: async (t, statement, select, due) => {
    const {endpoint, dataDir, close} = await open(t);
    const properties = "TBLPROPERTIES ('transactional'='true')";
    await sql(endpoint, `CREATE TABLE t (id BIGINT, name STRING) PARTITIONED BY (p STRING) ${properties}`); // prettier-ignore
    await put(endpoint, 't', 1, 4, '&partition=p=1');
    await put(endpoint, 't', 4, 7, '&partition=p=2');
    t.is(await waitingBlocks(dataDir), 4);
    const late = await openUpload(endpoint, 't', '&partition=p=3&create_partition=true');
    await putBlock(endpoint, 't', late, 0, stream(columns, [[7n, 'late']]));
    await sql(endpoint, statement);
    await commit(endpoint, /RENAME TO u/.test(statement) ? 'u' : 't', late);
    await close();
    const again = await open(t, untilAsked, dataDir);
    t.is(await sql(again.endpoint, `SET odps.sql.allow.fullscan=true; ${select}`), due);
  },
  title: (_, statement) => `${statement} finds rows that wait, and those committed later are there`,
});
const ids = (table: string) => `SELECT id FROM ${table} ORDER BY id LIMIT 99`;
const idList = (...all: number[]) => ['"id"', ...all, ''].join('\n');
test(changes, 'ALTER TABLE t ADD COLUMNS (more INT)', ids('t'), idList(1, 2, 3, 4, 5, 6, 7));
test(
  changes,
  'ALTER TABLE t DROP COLUMNS name',
  'SELECT * FROM t WHERE id > 5 ORDER BY id LIMIT 9',
  '"id","p"\n6,"2"\n7,"3"\n',
);
test(
  changes,
  'ALTER TABLE t CHANGE COLUMN id number STRING',
  'SELECT number FROM t ORDER BY number LIMIT 2',
  '"number"\n"1"\n"2"\n',
);
test(changes, 'ALTER TABLE t RENAME TO u', ids('u'), idList(1, 2, 3, 4, 5, 6, 7));
test(changes, "ALTER TABLE t DROP PARTITION (p='1')", ids('t'), idList(4, 5, 6, 7));
test(
  changes,
  "ALTER TABLE t PARTITION (p='1') RENAME TO PARTITION (p='9')",
  "SELECT id FROM t WHERE p = '9' ORDER BY id LIMIT 9",
  idList(1, 2, 3),
);
test(changes, "TRUNCATE TABLE t PARTITION (p='2')", ids('t'), idList(1, 2, 3, 7));
test(
  changes,
  "INSERT OVERWRITE TABLE t PARTITION (p='1') SELECT 9, 'nine'",
  ids('t'),
  idList(4, 5, 6, 7, 9),
);
test(changes, 'DELETE FROM t WHERE id IN (1, 5)', ids('t'), idList(2, 3, 4, 6, 7));
test(changes, "UPDATE t SET id = id + 10 WHERE p = '1'", ids('t'), idList(4, 5, 6, 7, 11, 12, 13));
test(
  changes,
  "SET odps.sql.allow.fullscan=true; INSERT INTO t PARTITION (p='4') SELECT id + 10, name FROM t WHERE id = 3",
  ids('t'),
  idList(1, 2, 3, 4, 5, 6, 7, 13),
);

test('MAX_PT and a partition’s description count rows that wait', async t => {
  const {endpoint} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING) PARTITIONED BY (p STRING)');
  await put(endpoint, 't', 1, 4, '&partition=p=1');
  await put(endpoint, 't', 4, 9, '&partition=p=2');
  const partition = await call(endpoint, 'GET', '/projects/local/tables/t?partition=p%3D2');
  t.regex(partition.text, /"partitionRecordNum":5/);
  await put(endpoint, 't', 9, 10, '&partition=p=3');
  const last = "SELECT COUNT(*) AS n FROM t WHERE p = MAX_PT('t')";
  t.is(await sql(endpoint, last), '"n"\n1\n');
});

test('an overwriting session replaces rows that wait', async t => {
  const {endpoint, dataDir} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  await put(endpoint, 't', 1, 4);
  const id = await openUpload(endpoint, 't', '&overwrite=true');
  await putBlock(endpoint, 't', id, 0, stream(columns, [[8n, 'eight']]));
  t.is((await commit(endpoint, 't', id)).status, 200);
  t.is(await waitingBlocks(dataDir), 0);
  t.deepEqual(await download(endpoint, 't', columns), [[8n, 'eight']]);
});

test('a dropped table takes its waiting rows with it, also from one of its name', async t => {
  const {endpoint, dataDir, close} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  await put(endpoint, 't', 1, 4);
  await sql(endpoint, 'DROP TABLE t');
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  t.is(await sql(endpoint, count('t')), counted(0));
  await close();
  t.is(await waitingBlocks(dataDir), 0);
  const again = await open(t, untilAsked, dataDir);
  t.is(await sql(again.endpoint, count('t')), counted(0));
});

test('in quiet moments rows are taken in by themselves', async t => {
  const {endpoint, dataDir, takenIn} = await open(t, {sessionBytesMin: 0, quietMs: 1});
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  const quiet = takenIn();
  await put(endpoint, 't', 1, 4);
  await quiet;
  t.is(await sql(endpoint, count('t')), counted(3));
  t.is(await waitingBlocks(dataDir), 0);
});

test('rows that waited at the end are taken in after the next start, without being asked for', async t => {
  const first = await open(t);
  await sql(first.endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  await put(first.endpoint, 't', 1, 4);
  await first.close();
  t.is(await waitingBlocks(first.dataDir), 2);
  const second = await open(t, {quietMs: 1}, first.dataDir);
  await second.takenIn();
  await second.close();
  t.is(await waitingBlocks(first.dataDir), 0);
  const third = await open(t, untilAsked, first.dataDir);
  t.is(await sql(third.endpoint, count('t')), counted(3));
});

test('beyond the bound each commit takes in as much as it adds, the oldest first', async t => {
  const {endpoint, dataDir} = await open(t, {...untilAsked, bytesMax: 200_000});
  for (const table of ['t', 'u'])
    await sql(endpoint, `CREATE TABLE ${table} (id BIGINT, name STRING)`);
  const blocks: number[] = [];
  for (let i = 0; i < 8; i++) {
    await put(endpoint, i % 2 === 0 ? 't' : 'u', 10_000 + i * 2000, 12_000 + i * 2000);
    blocks.push(await waitingBlocks(dataDir));
  }
  t.deepEqual(blocks, [2, 4, 6, 8, 8, 8, 8, 8]);
  t.is(await sql(endpoint, count('(SELECT * FROM t UNION ALL SELECT * FROM u) x')), counted(16_000)); // prettier-ignore
});

test('a long session is taken in part by part, and an end between two of them loses and doubles nothing', async t => {
  const first = await open(t, {...untilAsked, partBytesMax: 1});
  await sql(first.endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  const id = await openUpload(first.endpoint, 't');
  for (let block = 0; block < 12; block++) {
    const rows = Array.from({length: 1000}, (_, i) => [BigInt(block * 1000 + i), 'x']);
    await putBlock(first.endpoint, 't', id, block, stream(columns, rows));
  }
  t.is((await commit(first.endpoint, 't', id)).status, 200);
  await first.close();
  const second = await open(t, {quietMs: 1}, first.dataDir);
  await second.takenIn();
  await second.close();
  // All of them, until the last part is taken in.
  t.true([0, 12].includes(await waitingBlocks(first.dataDir)));
  const third = await open(t, untilAsked, first.dataDir);
  t.is((await commit(third.endpoint, 't', id)).status, 200);
  t.is(await sql(third.endpoint, count('t')), counted(12_000));
  t.is(await waitingBlocks(first.dataDir), 0);
});

const refused = test.macro<[string, string, Record<string, string>, unknown[], RegExp | null]>({
  exec: async (t, _, table, types, row, refusal) => {
    const {endpoint, dataDir} = await open(t);
    await sql(endpoint, `CREATE TABLE t (${table})`);
    const id = await openUpload(endpoint, 't');
    const body = stream(columnsOf(types), [row as never]);
    t.is((await putBlock(endpoint, 't', id, 0, body)).status, 200);
    const {status, text} = await commit(endpoint, 't', id);
    if (refusal === null) t.deepEqual([status, await waitingBlocks(dataDir)], [200, 0]);
    else {
      t.is(status, 400);
      t.regex(text, refusal);
    }
    const due = refusal === null ? counted(1) : counted(0);
    t.is(await sql(endpoint, 'SELECT COUNT(*) AS n, COUNT(*) AS d FROM t'), due);
  },
  title: (_, what) => `${what} does not wait`,
});
test(
  refused,
  'NULL in a NOT NULL column',
  'id BIGINT NOT NULL',
  {id: 'bigint'},
  [null],
  /NOT NULL/,
);
test(refused, 'a row of a NOT NULL column', 'id BIGINT NOT NULL', {id: 'bigint'}, [1n], null);
test(refused, 'JSON', 'id JSON', {id: 'json'}, ['{"a":1}'], null);
test(refused, 'a list', 'id ARRAY<BIGINT>', {id: 'array<bigint>'}, [[1n]], null);

test('a session that another type was given to, or a deleted partition, is committed as before', async t => {
  const {endpoint, dataDir} = await open(t);
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING) PARTITIONED BY (p STRING)');
  const id = await openUpload(endpoint, 't', '&partition=p=1&create_partition=true');
  await putBlock(endpoint, 't', id, 0, stream(columns, [[1n, 'one']]));
  await sql(endpoint, 'ALTER TABLE t CHANGE COLUMN id id STRING');
  await sql(endpoint, "ALTER TABLE t DROP PARTITION (p='1')");
  t.is((await commit(endpoint, 't', id)).status, 200);
  t.is(await waitingBlocks(dataDir), 0);
  t.is(await sql(endpoint, "SELECT id FROM t WHERE p = '1'"), '"id"\n"1"\n');
});

test('sessions, whose rows are waiting, can be forgotten: their rows stay', async t => {
  const dataDir = await folder(t);
  const clock = {aheadMs: 0};
  const nowMs = () => Date.now() + clock.aheadMs;
  const forTests = {waiting: untilAsked, nowMs};
  const start = () => startEndpoint({dataDir, port: 0, project: 'local', ...key, forTests});
  const first = await start();
  await sql(first.endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  const {id} = await put(first.endpoint, 't', 1, 4);
  await first.close();
  clock.aheadMs = 3 * 24 * 3_600_000;
  const second = await start();
  t.teardown(() => second.close());
  const date = new Date(nowMs()).toUTCString();
  const path_ = `/projects/local/tables/t?uploadid=${id}`;
  t.is((await call(second.endpoint, 'POST', path_, '', {date})).status, 404);
  t.is(await waitingBlocks(dataDir), 2);
  await second.close();
  clock.aheadMs = 0;
  const third = await start();
  t.teardown(() => third.close());
  t.is((await commit(third.endpoint, 't', id)).status, 404);
  t.is(await sql(third.endpoint, count('t')), counted(3));
});
