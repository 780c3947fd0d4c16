// Tables and what is noted of them, at a kill -9 of the endpoint between any two changes: whatever was answered is there.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import test from 'ava';
import {
  columnsOf,
  commit,
  download,
  key,
  openUpload,
  putBlock,
  sql,
  stream,
} from '../support/tunnel.ts';

const columns = columnsOf({id: 'bigint'});
const main = new URL('../../runtime/main.ts', import.meta.url).pathname;

async function start(folder: string): Promise<{child: ChildProcess; endpoint: string}> {
  const args = [main, 'endpoint', '--port', '0', '--data', path.join(folder, 'data')];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      XDG_STATE_HOME: path.join(folder, 'state'),
      ALIBABA_CLOUD_ACCESS_KEY_ID: key.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.accessKeySecret,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {child, endpoint: (JSON.parse(line) as {endpoint: string}).endpoint};
}

async function write(endpoint: string, table: string, id: bigint): Promise<void> {
  const session = await openUpload(endpoint, table);
  await putBlock(endpoint, table, session, 0, stream(columns, [[id]]));
  if ((await commit(endpoint, table, session)).status !== 200) throw new Error('not committed');
}

test('tables with rows and without, their changes and their ends outlive kills', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'synctask-tables-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  let {child, endpoint} = await start(folder);
  t.teardown(() => void child.kill('SIGKILL'));
  const run = (statement: string) => sql(endpoint, statement);
  const killed = async () => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    ({child, endpoint} = await start(folder));
  };

  // Many at once: their lines are written together.
  const names = Array.from({length: 40}, (_, i) => `t${i}`);
  await Promise.all(
    names.map(name => run(`CREATE TABLE ${name} (id BIGINT) TBLPROPERTIES ('synctask.owner'='1')`)),
  );
  await write(endpoint, 't0', 1n);
  await run("ALTER TABLE t0 SET TBLPROPERTIES ('synctask.owner'='2')");
  await run("ALTER TABLE t1 SET TBLPROPERTIES ('synctask.owner'='2')");
  await run('ALTER TABLE t2 ADD COLUMNS (name STRING)');
  await run('ALTER TABLE t3 RENAME TO renamed');
  await run('DROP TABLE t4');
  await write(endpoint, 't5', 5n);
  await run('DROP TABLE t5');
  await t.throwsAsync(run('CREATE TABLE t1 (id BIGINT)'), {message: /already exists/});
  await killed();

  const left = [...names.filter(name => !['t3', 't4', 't5'].includes(name)), 'renamed'];
  t.deepEqual((await run('SHOW TABLES')).split('\n'), left.toSorted());
  for (const name of ['t0', 't1']) t.regex(await run(`SHOW CREATE TABLE ${name}`), /owner'='2'/);
  t.regex(await run('SHOW CREATE TABLE t2'), /`name` STRING/);
  t.regex(await run('SHOW CREATE TABLE t6'), /owner'='1'/);
  t.deepEqual(await download(endpoint, 't0', columns), [[1n]]);

  // What was made before the kill takes rows after it; what changed then is newer than what changed before.
  await write(endpoint, 'renamed', 3n);
  await run("ALTER TABLE t0 SET TBLPROPERTIES ('synctask.owner'='3')");
  await run('ALTER TABLE t0 ADD COLUMNS (more STRING)');
  await run("ALTER TABLE t0 SET COMMENT 'last'");
  await run('CREATE TABLE t5 (other STRING)');
  await killed();
  const ddl = await run('SHOW CREATE TABLE t0');
  for (const part of [/owner'='3'/, /`more` STRING/, /COMMENT 'last'/]) t.regex(ddl, part);
  t.regex(await run('SHOW CREATE TABLE t5'), /`other` STRING/);
  t.is(await run('SELECT other FROM t5'), '"other"\n');
  t.deepEqual(await download(endpoint, 'renamed', columns), [[3n]]);
});

test('a statement that fails leaves tables without rows as they were, and a join finds all it names', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'synctask-tables-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const {child, endpoint} = await start(folder);
  t.teardown(() => void child.kill('SIGKILL'));
  const run = (statement: string) => sql(endpoint, statement);
  await run('CREATE TABLE a (id BIGINT)');
  await run('CREATE TABLE b (id BIGINT)');
  await t.throwsAsync(run('INSERT INTO a SELECT nothing FROM b'));
  t.is(await run('SELECT COUNT(*) AS n FROM a JOIN `B` AS x ON a.id = x.id'), '"n"\n0\n');
  await run('CREATE TABLE c (id BIGINT) PARTITIONED BY (dt STRING)');
  await run("ALTER TABLE c ADD PARTITION (dt='1')");
  t.is(await run('SHOW PARTITIONS c'), 'dt=1');
  await run('TRUNCATE TABLE b');
  await run('CREATE TABLE d LIKE c');
  t.is(await run("SELECT COUNT(*) AS n FROM d WHERE dt='1'"), '"n"\n0\n');
  t.deepEqual(await download(endpoint, 'b', columns), []);
});
