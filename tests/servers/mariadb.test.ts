// MariaDB as a source, live: prechecks, a load, and what follows it.
import test, {type ExecutionContext} from 'ava';
import {otherShopSetup, otherShopTables, writeOtherShop} from '../support/otherShop.ts';
import {startPrivateServer} from '../support/mysql.ts';
import {World, type Runtime} from '../support/world.ts';

const seed = Number(process.env['SEED'] ?? 20261122);

async function finish(t: ExecutionContext<any>, world: World, runtime: Runtime): Promise<void> {
  await world.caughtUp(runtime);
  for (const table of otherShopTables) t.log(table, await world.equal(table));
  await world.stop(runtime);
}

const servers = [
  {product: 'mariadb-10.11', settings: {}},
  {product: 'mariadb-11.8', settings: {'log-bin-compress': 'ON', 'log-bin-compress-min-len': '10'}},
] as const;

for (const {product, settings} of servers)
  test(`${product}: a load and what follows it, killed in between and over a crash of the server, equal the source`, async t => {
    const own = await startPrivateServer(t, settings, product);
    await using world = await World.open(t, {
      setup: otherShopSetup(3000),
      tables: otherShopTables,
      server: own.server,
      byPlace: true,
    });
    let over = false;
    const writer = writeOtherShop(await world.database.connect(), seed, () => over);
    const killed = world.start();
    await world.until(killed, 'following', status => status.state === 'following');
    await world.kill(killed);
    const runtime = world.start();
    await world.until(runtime, 'following', status => status.state === 'following');
    over = true;
    t.log(`${await writer} transactions`);
    await own.crash();
    world.mysql = await world.database.connect();
    await world.mysql.query('DELETE FROM orders ORDER BY id LIMIT 5');
    await finish(t, world, runtime);
  });

test('mariadb-11.8: vectors have the same bytes by snapshot and by binlog, and new collations are text like others', async t => {
  const own = await startPrivateServer(t, {}, 'mariadb-11.8');
  const fill = (from: number) => [
    `INSERT INTO v VALUES (${from}, Vec_FromText('[1,2,3]'), REPEAT('ü', 40)), (${from + 1}, Vec_FromText('[0,-0.5,0]'), NULL)`,
    `INSERT INTO wide VALUES (${from}, Vec_FromText('[${Array.from({length: 100}, (_, i) => i / 3).join(',')}]'))`,
  ];
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE v (id INT PRIMARY KEY, v VECTOR(3), t VARCHAR(50) COLLATE utf8mb4_uca1400_german2_as_ci)',
      'CREATE TABLE wide (id INT PRIMARY KEY, v VECTOR(100) NOT NULL, VECTOR INDEX (v))',
      ...fill(1),
    ],
    tables: ['v', 'wide'].map(name => ({name, columns: {types: {v: 'BINARY'}}})),
    server: own.server,
    byPlace: true,
  });
  const runtime = world.start();
  await world.until(runtime, 'following', status => status.state === 'following');
  for (const sql of [
    ...fill(11),
    'UPDATE v SET v = NULL WHERE id = 1',
    'DELETE FROM wide WHERE id = 1',
  ])
    await world.mysql.query(sql);
  await world.caughtUp(runtime);
  t.is((await world.equal('v')).rows, 4);
  t.is((await world.equal('wide')).rows, 1);
  await world.stop(runtime);
});

test('mariadb-10.11: what cannot be followed stops the task with its code, and it goes on once that is past', async t => {
  const own = await startPrivateServer(t, {}, 'mariadb-10.11');
  for (const [code, statements] of [
    [
      'SYNC5031',
      [
        "XA START 'x'",
        'INSERT INTO a VALUES (50)',
        "XA END 'x'",
        "XA PREPARE 'x'",
        "XA COMMIT 'x'",
      ],
    ],
    ['SYNC5031', ["SET SESSION binlog_format = 'STATEMENT'", 'INSERT INTO a VALUES (51)']],
    ['SYNC5084', ['SET SESSION gtid_seq_no = 1', 'INSERT INTO a VALUES (52)']],
  ] as const) {
    await using world = await World.open(t, {
      setup: ['CREATE TABLE a (id INT PRIMARY KEY)', 'INSERT INTO a VALUES (1)'],
      server: own.server,
      byPlace: true,
    });
    const runtime = world.start();
    await world.until(runtime, 'following', status => status.state === 'following');
    await world.mysql.query('INSERT INTO a VALUES (2)');
    for (const sql of statements) await world.mysql.query(sql);
    t.not(await runtime.exit, 0);
    t.true(runtime.output().includes(code), `${code}: ${runtime.output().slice(-2000)}`);
  }
});
