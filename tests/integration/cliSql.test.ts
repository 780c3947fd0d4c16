// synctask sql and merge-sql as users call them: a process, its output and its exit code.
import {execFile} from 'node:child_process';
import {mkdtempSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {mergeSql} from '../../runtime/task/mergeSql.ts';
import {mergeCases} from '../support/mergeCases.ts';
import {createDatabase} from '../support/mysql.ts';
import {startTarget, testKey, testProject} from '../support/target.ts';

const launcher = new URL('../../bin/synctask', import.meta.url).pathname;

interface Ended {
  code: number;
  out: string;
  err: string;
}

function synctask(args: string[], environment: Record<string, string> = {}): Promise<Ended> {
  const {promise, resolve} = Promise.withResolvers<Ended>();
  const {ALIBABA_CLOUD_ACCESS_KEY_ID: _, ...inherited} = process.env;
  execFile(launcher, args, {env: {...inherited, ...environment}}, (error, out, err) =>
    resolve({code: error === null ? 0 : Number(error.code), out, err}),
  );
  return promise;
}

function folder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-cli-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  return dir;
}

const key = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: testKey.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: testKey.accessKeySecret,
};

test('sql runs a statement on the endpoint named, with the key of the environment', async t => {
  const target = ['--endpoint', await startTarget(t), '--project', testProject];
  const statement = "SELECT 1 AS id, CAST(NULL AS STRING) AS note UNION ALL SELECT 2, 'a,b'";
  const csv = await synctask(['sql', statement, ...target, '--format', 'csv'], key);
  t.deepEqual(csv.out.trimEnd().split('\n').toSorted(), ['1,\\N', '2,"a,b"', 'id,note'], csv.err);
  t.is(csv.code, 0);
  const json = await synctask(['sql', 'SELECT 7 AS n', ...target, '--format', 'json'], key);
  t.deepEqual(JSON.parse(json.out), [{n: '7'}]);
  const failed = await synctask(['sql', 'SELECT * FROM nowhere LIMIT 1', ...target], key);
  t.is(failed.code, 1);
  t.true(failed.err.startsWith('error[SYNC4008]'), failed.err);
});

test('sql without --endpoint goes to the endpoint started last', async t => {
  const stateHome = folder(t);
  const secretFile = join(stateHome, 'secret');
  writeFileSync(secretFile, `${testKey.accessKeySecret}\n`);
  mkdirSync(join(stateHome, 'synctask'));
  const {accessKeyId} = testKey;
  const last = {endpoint: await startTarget(t), project: testProject, accessKeyId, secretFile};
  writeFileSync(join(stateHome, 'synctask', 'endpoint.json'), JSON.stringify(last));
  const answer = await synctask(['sql', 'SELECT 7 AS n'], {XDG_STATE_HOME: stateHome});
  t.is(answer.out, 'n\n-\n7\n(1 row)\n', answer.err);
});

test('sql says what is missing, with exit code 2', async t => {
  const environment = {XDG_STATE_HOME: folder(t)};
  for (const args of [
    ['sql'],
    ['sql', 'SELECT', '1'],
    ['sql', 'SELECT 1'],
    ['sql', 'SELECT 1', '--format', 'xml'],
    ['sql', 'SELECT 1', '--endpoint', 'http://localhost/api'],
  ]) {
    const {code, err} = await synctask(args, environment);
    t.is(code, 2, err);
    t.true(err.startsWith('error[SYNC1006]'), err);
  }
});

test('merge-sql prints the statement of a table by the state folder of its task', async t => {
  const stateDir = folder(t);
  const [{plan}] = mergeCases as [(typeof mergeCases)[number]];
  writeFileSync(join(stateDir, 'plans.json'), JSON.stringify({tables: [plan]}));
  const args = ['merge-sql', 'shop.merge_new', '--state', stateDir];
  t.is((await synctask(args)).out, `${mergeSql(plan, {asOf: null})};\n`);
  const asOf = await synctask([...args, '--as-of', '2026-11-22T00:00:00Z']);
  t.is(asOf.out, `${mergeSql(plan, {asOf: Date.UTC(2026, 10, 22) / 1000})};\n`);
  t.is((await synctask(['merge-sql', 'shop.other', '--state', stateDir])).code, 2);
  t.is((await synctask(['merge-sql', 'shop.merge_new'])).code, 2);
  t.is((await synctask(['merge-sql', 'a.b', '--state', join(stateDir, 'no')])).code, 1);
});

test('merge-sql plans by a task file as a runtime would', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE pairs (b INT, a INT, note TEXT, PRIMARY KEY (a, b))');
  const {host, port, user, password} = database.server;
  const taskFile = join(folder(t), 'task.json');
  const task = {
    name: 'pairs',
    source: {host, port, user},
    sourcePassword: password,
    target: {endpoint: 'http://127.0.0.1:9/api', project: 'shop', accessKeyId: 'id'},
    targetAccessKeySecret: 'secret',
    objects: [{database: database.name, tables: ['pairs']}],
    naming: {additionalColumns: 'previous'},
  };
  writeFileSync(taskFile, JSON.stringify(task));
  const {out, err} = await synctask(['merge-sql', `${database.name}.pairs`, '--task', taskFile]);
  t.true(out.includes('PARTITION BY `a`, `b` ORDER BY `record_id` DESC, `after_flag` DESC'), err);
  t.true(out.includes('SELECT `b`, `a`, `note`\nFROM ('), out);
  writeFileSync(taskFile, JSON.stringify({...task, name: 'NOT A NAME'}));
  t.is((await synctask(['merge-sql', 'a.b', '--task', taskFile])).code, 2);
});
