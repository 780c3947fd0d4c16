// Trouble at a start of a task that ran before, and when it prepares again: tried again as `retry` says, not the end of it.
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {FaultProxy} from '../support/faultProxy.ts';
import {startPrivateServer, type TestServer} from '../support/mysql.ts';
import {World} from '../support/world.ts';

const setup = [
  'CREATE TABLE notes (id INT PRIMARY KEY, note VARCHAR(20))',
  "INSERT INTO notes VALUES (1, 'one')",
];

/** A proxy that ends the connections on which a client says `words` the second and the third time. */
async function cutAt(
  t: ExecutionContext,
  server: TestServer,
  words: string,
): Promise<{port: number; said: () => number}> {
  let said = 0;
  const proxy = net.createServer(client => {
    const upstream = net.connect(server.port, server.host);
    const end = () => [client, upstream].forEach(socket => socket.destroy());
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    upstream.pipe(client);
    client.on('data', (chunk: Buffer) => {
      if (chunk.includes(words)) said++;
      if (chunk.includes(words) && (said === 2 || said === 3)) end();
      else upstream.write(chunk);
    });
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', () => resolve()));
  t.teardown(() => proxy.close());
  return {port: (proxy.address() as net.AddressInfo).port, said: () => said};
}

test('a connection that is lost after the prechecks, before the binlog is read, is opened again', async t => {
  await using world = await World.open(t, {setup});
  // The prechecks ask it first: there a first start tells at once what it met.
  const {port, said} = await cutAt(t, world.database.server, 'SHOW REPLICAS');
  const {source} = world.task as {source: object};
  world.saveTask({source: {...source, port, tls: {mode: 'disabled'}}});
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query("INSERT INTO notes VALUES (2, 'two')");
  await world.caughtUp(runtime);
  await world.equal('notes');
  t.true(said() > 3);
  await world.stop(runtime);
});

test('a first start that waits for a decision loses its source, and goes on waiting', async t => {
  const own = await startPrivateServer(t);
  await using world = await World.open(t, {setup, server: own.server});
  const session = await world.database.connect();
  for (const sql of ["XA START 'x'", 'DELETE FROM notes', "XA END 'x'", "XA PREPARE 'x'"])
    await session.query(sql);
  const {port, said} = await cutAt(t, own.server, 'XA RECOVER');
  const {source} = world.task as {source: object};
  world.saveTask({source: {...source, port, tls: {mode: 'disabled'}}});
  const runtime = world.start();
  await world.until(runtime, 'a wait after two lost connections', () => said() > 3);
  await world.mysql.query("XA COMMIT 'x'");
  await world.caughtUp(runtime);
  await world.equal('notes');
  await world.stop(runtime);
});

test('a statement that fails in the target while a task starts again is repeated; a first start tells it at once', async t => {
  await using world = await World.open(t, {setup});
  await using proxy = await FaultProxy.start(world.target.endpoint);
  const {target} = world.task as {target: object};
  const tunnelEndpoint = proxy.url.replace(/\/api$/, '');
  world.saveTask({target: {...target, endpoint: proxy.url, tunnelEndpoint}});
  const failOnce = () =>
    proxy.add({
      method: 'POST',
      url: /\/instances\?/,
      times: 1,
      fault: {
        kind: 'answer',
        status: 400,
        body: '<Error><Code>ODPS-0110061</Code><Message>Failed to run ddltask</Message></Error>',
      },
    });
  failOnce();
  const first = world.start();
  t.is(await first.exit, 1);
  t.regex(first.output(), /^error\[SYNC4021\]/m);
  const second = world.start();
  await world.caughtUp(second);
  await world.kill(second);
  await world.mysql.query("INSERT INTO notes VALUES (2, 'two')");
  failOnce();
  const third = world.start();
  await world.caughtUp(third);
  await world.equal('notes');
  t.true(proxy.requests.filter(({fault}) => fault === 'answer').length === 2);
  await world.stop(third);
});
