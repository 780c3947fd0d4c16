// How long `synctask precheck` and the start of `synctask run` take with many small tables. By hand:
// node tests/bench/manyTables.bench.ts [TABLES], with a test server as for the tests.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {fetchStatus} from '../../runtime/task/control.ts';
import {connectTo, testServer} from '../support/mysql.ts';

const tables = Number(process.argv[2] ?? 5000);
const database = `bench_${process.pid}`;
const launcher = new URL('../../bin/synctask', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'synctask-many-'));
const server = await testServer();
const admin = await connectTo(server);
const say = (what: string, sinceMs: number) =>
  console.log(`${what}: ${((performance.now() - sinceMs) / 1000).toFixed(1)} s`);

let sinceMs = performance.now();
await admin.query(`CREATE DATABASE ${database}`);
for (let i = 0; i < tables; i++) {
  await admin.query(`CREATE TABLE ${database}.t${i} (id INT PRIMARY KEY, at DATETIME, note TEXT)`);
  if (i % 10 === 0) await admin.query(`INSERT INTO ${database}.t${i} VALUES (1, NOW(), 'a')`);
}
say(`${tables} tables made`, sinceMs);
const key = {project: 'bench_project', accessKeyId: 'id', accessKeySecret: 'secret'};
const endpoint = await startEndpoint({dataDir: join(dir, 'endpoint'), port: 0, ...key});
const taskFile = join(dir, 'task.json');
writeFileSync(
  taskFile,
  JSON.stringify({
    name: `bench-${process.pid}`,
    source: {host: server.host, port: server.port, user: server.user},
    sourcePassword: server.password,
    target: {endpoint: endpoint.endpoint, project: key.project, accessKeyId: key.accessKeyId},
    targetAccessKeySecret: key.accessKeySecret,
    objects: [{database, tables: ['/^t\\d+$/']}],
    phases: ['schema', 'incremental'],
  }),
);
const stateDir = join(dir, 'state');

async function command(name: string): Promise<void> {
  sinceMs = performance.now();
  const args = [name, taskFile, '--state', stateDir];
  const child = spawn(launcher, args, {stdio: ['ignore', 'ignore', 'inherit']});
  const exit = new Promise(resolve => child.on('exit', resolve));
  let last = '';
  while (name === 'run') {
    const status = await fetchStatus(stateDir);
    if (status !== null && status.state !== last) say(`  ${(last = status.state)}`, sinceMs);
    if (status?.state === 'following' || child.exitCode !== null) break;
    await sleep(100);
  }
  if (name === 'run') say('run follows', sinceMs);
  else console.log('exit', await exit);
  const {rss} = await import('node:fs').then(({readFileSync}) => ({
    rss: /VmRSS:\s+(\d+)/.exec(safe(() => readFileSync(`/proc/${child.pid}/status`, 'utf8')))?.[1],
  }));
  say(`${name}${rss === undefined ? '' : `, ${Math.round(Number(rss) / 1024)} MiB`}`, sinceMs);
  if (name === 'run') {
    child.kill('SIGTERM');
    await exit;
  }
}

function safe(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

try {
  await command('precheck');
  await command('run');
  await command('run');
} finally {
  await admin.query(`DROP DATABASE ${database}`);
  admin.destroy();
  await endpoint.close();
  rmSync(dir, {recursive: true, force: true});
}
process.exit();
