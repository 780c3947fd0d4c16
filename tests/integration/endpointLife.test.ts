// What of the endpoint outlives its process: data, sessions, jobs; and what the command says and does.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {text} from 'node:stream/consumers';
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

const columns = columnsOf({id: 'bigint', name: 'string'});
const launcher = new URL('../../bin/synctask', import.meta.url).pathname;

async function folder(t: ExecutionContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'synctask-life-'));
  t.teardown(() => rm(made, {recursive: true, force: true}));
  return made;
}

/** Starts the command; its line of JSON and the process. */
async function start(home: string, environment: Record<string, string>, project = 'local') {
  const process_ = spawn(
    launcher,
    ['endpoint', '--port', '0', '--data', path.join(home, 'data'), '--project', project],
    {
      env: {...process.env, XDG_STATE_HOME: path.join(home, 'state'), ...environment},
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(createInterface(process_.stdout), 'line')) as [string];
  return {process: process_, said: JSON.parse(line) as Record<string, string>};
}

const ownKey = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: key.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.accessKeySecret,
};

test('tables, rows, partitions, sessions and jobs are there after a restart', async t => {
  const dataDir = await folder(t);
  const open = () => startEndpoint({dataDir, port: 0, project: 'local', ...key});
  let id = '';
  {
    await using first = await open();
    const {endpoint} = first;
    await sql(
      endpoint,
      "CREATE TABLE t (id BIGINT, name STRING) PARTITIONED BY (dt STRING) TBLPROPERTIES ('owner'='me')",
    );
    id = await openUpload(endpoint, 't', '&partition=dt=1&create_partition=true');
    await putBlock(endpoint, 't', id, 0, stream(columns, [[1n, 'x']]));
  }
  await using second = await open();
  const {endpoint} = second;
  const session = await call(endpoint, 'GET', `/projects/local/tables/t?uploadid=${id}`);
  const {Status, UploadedBlockList} = JSON.parse(session.text) as {
    Status: string;
    UploadedBlockList: {BlockID: number; RecordCount: number}[];
  };
  t.is(Status, 'NORMAL');
  t.deepEqual(
    UploadedBlockList.map(b => [b.BlockID, b.RecordCount]),
    [[0, 1]],
  );
  t.is((await commit(endpoint, 't', id)).status, 200);
  t.deepEqual(await download(endpoint, 't', columns, '&partition=dt=1'), [[1n, 'x']]);
  t.is(await sql(endpoint, 'SHOW PARTITIONS t'), 'dt=1');
  t.regex(await sql(endpoint, 'SHOW CREATE TABLE t'), /'owner'='me'/);
});

test('a kill between block and commit, and after the commit, loses and doubles nothing', async t => {
  const home = await folder(t);
  const rows = Array.from({length: 500}, (_, i) => [BigInt(i), `row ${i}`]);
  let run = await start(home, ownKey);
  const kill = async () => {
    run.process.kill('SIGKILL');
    await once(run.process, 'exit');
    run = await start(home, ownKey);
    return run.said['endpoint']!;
  };
  t.teardown(() => void run.process.kill('SIGKILL'));
  let endpoint = run.said['endpoint']!;
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  const id = await openUpload(endpoint, 't');
  await putBlock(endpoint, 't', id, 0, stream(columns, rows.slice(0, 200)));
  endpoint = await kill();
  t.deepEqual(await download(endpoint, 't', columns), []);
  await putBlock(endpoint, 't', id, 1, stream(columns, rows.slice(200)));
  endpoint = await kill();
  t.is((await commit(endpoint, 't', id)).status, 200);
  endpoint = await kill();
  t.is((await commit(endpoint, 't', id)).status, 200);
  t.deepEqual(await download(endpoint, 't', columns), rows);
});

test('a kill while ten commits are under way leaves each whole or undone, and repeating them completes', async t => {
  const home = await folder(t);
  let run = await start(home, ownKey);
  t.teardown(() => void run.process.kill('SIGKILL'));
  let endpoint = run.said['endpoint']!;
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, name STRING)');
  const ids: string[] = [];
  for (let s = 0; s < 10; s++) {
    const id = await openUpload(endpoint, 't');
    const rows = Array.from({length: 2000}, (_, i) => [BigInt(s * 2000 + i), `session ${s}`]);
    await putBlock(endpoint, 't', id, 0, stream(columns, rows));
    ids.push(id);
  }
  const answers = ids.map(id => commit(endpoint, 't', id).catch(() => null));
  await answers[2];
  run.process.kill('SIGKILL');
  await once(run.process, 'exit');
  run = await start(home, ownKey);
  endpoint = run.said['endpoint']!;
  const whole = 'SELECT name, COUNT(*) AS n FROM t GROUP BY name HAVING COUNT(*) <> 2000';
  t.is(await sql(endpoint, whole), '"name","n"\n');
  for (const id of ids) t.is((await commit(endpoint, 't', id)).status, 200);
  const counted = 'SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS d FROM t';
  t.is(await sql(endpoint, counted), '"n","d"\n20000,20000\n');
});

test('the command makes a key once, tells it once, keeps it for itself, and stops with 0', async t => {
  const home = await folder(t);
  const unset = {ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: ''};
  let secret: string | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const {process, said} = await start(home, unset);
    t.is(said['project'], 'local');
    t.is(said['generatedSecret'] === undefined, signal === 'SIGINT');
    secret ??= said['generatedSecret'];
    const state = JSON.parse(
      await readFile(path.join(home, 'state/synctask/endpoint.json'), 'utf8'),
    );
    t.is(state.endpoint, said['endpoint']);
    t.is(said['secretFile'], state.secretFile);
    t.is((await readFile(state.secretFile, 'utf8')).trim(), secret ?? '');
    t.is((await stat(state.secretFile)).mode & 0o777, 0o600);
    process.kill(signal);
    t.deepEqual(await once(process, 'exit'), [0, null]);
  }
});

const refusal = test.macro<[string, (t: ExecutionContext, dataDir: string) => Promise<unknown>]>({
  exec: async (t, code, run) => {
    const dataDir = await folder(t);
    await t.throwsAsync(run(t, dataDir), {code});
  },
  title: (_, code, run) => `${run.name} is refused by ${code}`,
});

test(refusal, 'SYNC6001', async function aTakenPort(t, dataDir) {
  const first = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(() => first.close());
  await startEndpoint({dataDir: `${dataDir}/b`, port: first.port, project: 'local', ...key});
});

test(refusal, 'SYNC6002', async function aFolderInUse(t, dataDir) {
  const {process} = await start(dataDir, ownKey);
  t.teardown(() => void process.kill('SIGKILL'));
  await startEndpoint({dataDir: path.join(dataDir, 'data'), port: 0, project: 'local', ...key});
});

test(refusal, 'SYNC6005', async function aReservedProject(_, dataDir) {
  await startEndpoint({dataDir, port: 0, project: 'temp', ...key});
});

test('a wrong signature, an unknown project and a wrong clock are refused', async t => {
  const dataDir = await folder(t);
  await using first = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  const {endpoint} = first;
  t.is((await call(endpoint, 'GET', '/projects/local', '', {}, 'wrong')).status, 401);
  t.is((await call(endpoint, 'GET', '/projects/other')).status, 404);
  const date = new Date(Date.now() - 16 * 60_000).toUTCString();
  const late = await call(endpoint, 'GET', '/projects/local', '', {date});
  t.is(late.status, 400);
  t.regex(late.text, /<Code>RequestTimeTooSkewed<\/Code>.*<HostId>/s);
  t.is((await call(endpoint.replace('/api', ''), 'GET', '/projects/local')).status, 200);
});

test('a machine without DuckDB for it is told so by name', async t => {
  const home = await folder(t);
  // The package is optional: here a hook makes the loader not find it.
  const hook = `import {registerHooks} from 'node:module';
registerHooks({resolve: (name, context, next) => next(name.startsWith('@duckdb/') ? 'none-of-it' : name, context)});`;
  const started = spawn(launcher, ['endpoint', '--port', '0', '--data', path.join(home, 'data')], {
    env: {
      ...process.env,
      XDG_STATE_HOME: path.join(home, 'state'),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(started.stderr), once(started, 'exit')]);
  t.regex(said, /^error\[SYNC6003\]/m);
  t.not(code, 0);
});
