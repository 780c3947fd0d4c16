// Prechecks of both ends together: a deadline loses nothing that was found before it.
import {createServer} from 'node:net';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {parseTask} from '../../runtime/spec/parse.ts';
import {resolveSecrets} from '../../runtime/spec/secrets.ts';
import {precheckTask} from '../../runtime/task/precheckTask.ts';
import {createDatabase} from '../support/mysql.ts';
import {startTarget, testKey, testProject} from '../support/target.ts';

/** A server that takes connections and says nothing. */
async function silentServer(t: ExecutionContext): Promise<number> {
  const sockets = new Set<{destroy: () => void}>();
  const server = createServer(socket => void sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const codesOf = async (input: object, msMax: number) => {
  const {task, findings} = parseTask(input);
  if (task === null) throw new Error(JSON.stringify(findings));
  const {signal} = new AbortController();
  const checked = await precheckTask(task, resolveSecrets(task), signal, {msMax});
  return checked.findings.map(f => `${f.severity} ${f.id} ${f.code}`);
};

test('a silent source does not keep back what the target says', async t => {
  const found = await codesOf(
    {
      name: 'late',
      source: {host: '127.0.0.1', port: await silentServer(t), user: 'x'},
      target: {
        endpoint: await startTarget(t),
        project: 'nosuch_project',
        accessKeyId: testKey.accessKeyId,
      },
      targetAccessKeySecret: testKey.accessKeySecret,
      objects: [{database: 'd'}],
    },
    1500,
  );
  t.deepEqual(found, ['error P01 SYNC5052', 'error P34 SYNC4007']);
});

test('a silent target does not keep back what the source says', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE nokey (a INT)');
  const {host, port, syncUser, syncPassword} = database.server;
  const found = await codesOf(
    {
      name: 'late',
      source: {host, port, user: syncUser},
      sourcePassword: syncPassword,
      target: {
        endpoint: `http://127.0.0.1:${await silentServer(t)}/api`,
        project: testProject,
        accessKeyId: testKey.accessKeyId,
      },
      targetAccessKeySecret: testKey.accessKeySecret,
      objects: [{database: database.name}],
    },
    2500,
  );
  t.true(found.includes('error P34 SYNC5052'), String(found));
  t.true(found.includes('warning P20 SYNC2318'), String(found));
});
