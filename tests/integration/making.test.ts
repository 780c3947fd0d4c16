// Target tables made beside the loads of others, and what a kill in the middle of that leaves.
import test from 'ava';
import {FaultProxy} from '../support/faultProxy.ts';
import {World} from '../support/world.ts';

/** More than a start waits for. */
const tables = 20;

async function openWorld(t: Parameters<typeof World.open>[0]): Promise<[World, FaultProxy]> {
  const names = Array.from({length: tables}, (_, i) => `t${String(i).padStart(2, '0')}`);
  const world = await World.open(t, {
    setup: names.flatMap(name => [
      `CREATE TABLE ${name} (id INT PRIMARY KEY, note VARCHAR(20))`,
      `INSERT INTO ${name} VALUES (1, 'one'), (2, NULL), (3, '${name}')`,
    ]),
  });
  const proxy = await FaultProxy.start(world.target.endpoint);
  const {target} = world.task as {target: Record<string, string>};
  const tunnelEndpoint = proxy.url.replace(/\/api$/, '');
  world.saveTask({target: {...target, endpoint: proxy.url, tunnelEndpoint}});
  return [world, proxy];
}

const isJob = ({method, url}: {method: string; url: string}) =>
  method === 'POST' && url.includes('/instances?');

test('tables are made while others load, and a log written meanwhile waits for its own', async t => {
  const [world, proxy] = await openWorld(t);
  await using _proxy = proxy;
  await using _world = world;
  const {promise: until, resolve: goOn} = Promise.withResolvers<void>();
  // The first job asks for rights; the eleventh table waits until others are loaded.
  proxy.add({
    method: 'POST',
    url: /\/instances\?/,
    times: 21,
    fault: {kind: 'delay', until: Promise.resolve()},
  });
  proxy.add({method: 'POST', url: /\/instances\?/, times: 2, fault: {kind: 'delay', until}});
  const runtime = world.start();
  const loaded = await world.until(
    runtime,
    'eight tables are loaded',
    status => status.tables.filter(table => table.state === 'loaded').length >= 8,
  );
  t.is(loaded.state, 'loading');
  const waiting = loaded.tables.filter(
    table => table.state === 'loading' || table.state === 'waiting',
  );
  t.true(waiting.length > 0, 'some are not made yet');
  for (const {table} of waiting) await world.mysql.query(`INSERT INTO ${table} VALUES (4, 'late')`);
  goOn();
  await world.caughtUp(runtime);
  t.is(proxy.requests.filter(isJob).length, 1 + 2 * tables);
  for (let i = 0; i < tables; i += 5) await world.equal(`t${String(i).padStart(2, '0')}`);
  for (const {table} of waiting) await world.equal(table);
  await world.stop(runtime);
});

test('a kill while tables are made leaves those that were made; the others join again', async t => {
  const [world, proxy] = await openWorld(t);
  await using _proxy = proxy;
  await using _world = world;
  proxy.add({
    method: 'POST',
    url: /\/instances\?/,
    times: 25,
    fault: {kind: 'delay', until: Promise.resolve()},
  });
  proxy.add({
    method: 'POST',
    url: /\/instances\?/,
    times: 2,
    fault: {kind: 'late', until: Promise.resolve()},
  });
  const {promise: until, resolve: goOn} = Promise.withResolvers<void>();
  proxy.add({method: 'POST', url: /\/instances\?/, times: 99, fault: {kind: 'delay', until}});
  const first = world.start();
  await world.until(
    first,
    'some are loaded',
    status => status.tables.filter(table => table.state === 'loaded').length >= 4,
  );
  await world.kill(first);
  goOn();
  await world.mysql.query(`UPDATE t00 SET note = 'later'`);
  await world.mysql.query(`DELETE FROM t19 WHERE id = 1`);
  const second = world.start();
  const {tables: shown} = await world.caughtUp(second);
  t.is(shown.length, tables);
  for (const {table} of shown) await world.equal(table);
  await world.stop(second);
});
