import test, {type ExecutionContext} from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {openClient} from '../support/target.ts';
import {World} from '../support/world.ts';

const setup = [
  `CREATE TABLE orders (
     id INT PRIMARY KEY AUTO_INCREMENT, customer INT NOT NULL, status ENUM('new','paid','sent') COLLATE utf8mb4_0900_ai_ci,
     amount DECIMAL(10,2), note VARCHAR(40) COLLATE utf8mb4_bin, changed DATETIME(3), secret BLOB)`,
  'CREATE TABLE plain (id INT PRIMARY KEY, a INT)',
];

const where =
  "(status IN ('new', 'paid') AND amount > 10.5) OR note LIKE 'keep%' AND NOT customer % 3 = 0";

/** Statements of every kind of change: rows in, out, staying, and with another key. */
async function change(world: World, seed: number, count: number): Promise<void> {
  let state = seed;
  const below = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 4294967296) * limit);
  };
  const one = (...values: string[]) => values[below(values.length)]!;
  const status = () => one("'new'", "'paid'", "'sent'", 'NULL');
  const amount = () => one('10.5', '10.51', '99', '-3', 'NULL', '0');
  const note = () => one("'keep'", "'keep it'", "'Keep'", "''", 'NULL');
  const row = () =>
    `(${below(9)}, ${status()}, ${amount()}, ${note()}, NOW(3), REPEAT('s', ${below(500)}))`;
  const {mysql} = world;
  for (let i = 0; i < count; i++) {
    const id = below(400);
    switch (below(7)) {
      case 0:
        await mysql.query(
          `INSERT INTO orders (customer, status, amount, note, changed, secret) VALUES ${row()}, ${row()}, ${row()}`,
        );
        break;
      case 1:
        await mysql.query(`UPDATE orders SET status = ${status()} WHERE id % 7 = ${below(7)}`);
        break;
      case 2:
        await mysql.query(
          `UPDATE orders SET amount = ${amount()}, note = ${note()} WHERE id = ${id}`,
        );
        break;
      case 3:
        await mysql.query(
          `UPDATE IGNORE orders SET id = id + 100000, status = ${status()} WHERE id = ${id}`,
        );
        break;
      case 4:
        await mysql.query(`DELETE FROM orders WHERE id % 41 = ${below(41)}`);
        break;
      case 5:
        await mysql.query('BEGIN');
        await mysql.query(`UPDATE orders SET note = ${note()} WHERE customer = ${below(9)}`);
        await mysql.query(`INSERT INTO plain VALUES (${seed * 1000 + i}, 1)`);
        await mysql.query('COMMIT');
        break;
      default:
        await mysql.query(
          `REPLACE INTO orders VALUES (${id + 1}, ${below(9)}, ${status()}, ${amount()}, ${note()}, NOW(3), 'x')`,
        );
    }
  }
}

/** The log's rows as text: record id, operation, before, after, then `columns`; in the order of the ids. */
async function logOf(t: ExecutionContext, world: World, table: string, columns: string[]) {
  const names = ['record_id', 'operation_flag', 'before_flag', 'after_flag'];
  const cells = [...names.map(name => `new_dts_sync_${name}`), ...columns];
  const {rows} = await runSql(
    openClient(t, world.target.endpoint),
    `SELECT ${cells.map(cell => `CAST(${cell} AS STRING)`).join(', ')} FROM ${table}_log`,
    {hints: {'odps.sql.allow.fullscan': 'true'}, signal: new AbortController().signal},
  );
  return rows.toSorted((a, b) => Number(a[0]) - Number(b[0]) || (a[3]! < b[3]! ? -1 : 1));
}

async function openWorld(t: ExecutionContext, table: Record<string, unknown>): Promise<World> {
  const world = await World.open(t, {setup, tables: [{name: 'orders', ...table}, 'plain']});
  await change(world, 1, 150);
  return world;
}

test('C18: base and log of a filtered table merge to what MySQL finds, over restarts', async t => {
  await using world = await openWorld(t, {where});
  const first = world.start();
  await change(world, 2, 120);
  await world.caughtUp(first);
  await change(world, 3, 120);
  await world.caughtUp(first);
  await world.equal('orders', 'orders', where);
  await world.equal('plain');
  await world.kill(first);
  await change(world, 4, 80);
  const second = world.start();
  const status = await world.caughtUp(second);
  await world.equal('orders', 'orders', where);
  t.true(status.tables.find(table => table.table === 'orders')!.rowsFiltered > 0);
  await world.stop(second);
});

test('C11: record ids count the changes that the filter leaves out', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE f (id INT PRIMARY KEY, a INT)', 'INSERT INTO f VALUES (1, 1), (2, 20)'],
    tables: [{name: 'f', where: 'a > 10'}],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query('INSERT INTO f VALUES (3, 3), (4, 40), (5, NULL)');
  await world.mysql.query('UPDATE f SET a = a + 9 WHERE id IN (1, 3, 4)');
  await world.mysql.query('UPDATE f SET a = 0 WHERE id = 2');
  await world.caughtUp(runtime);
  await world.stop(runtime);
  await world.mysql.query('UPDATE f SET a = 1 WHERE id = 5');
  const second = world.start();
  await world.caughtUp(second);
  await world.mysql.query('UPDATE f SET id = 50, a = 50 WHERE id = 5');
  const status = await world.caughtUp(second);
  await world.equal('f', 'f', 'a > 10');
  const rows = await logOf(t, world, 'f', ['id', 'a']);
  t.deepEqual(rows, [
    ['2', 'I', 'N', 'Y', '4', '40'],
    ['5', 'I', 'N', 'Y', '3', '12'],
    ['6', 'U', 'Y', 'N', '4', '40'],
    ['6', 'U', 'N', 'Y', '4', '49'],
    ['7', 'D', 'Y', 'N', '2', '20'],
    ['9', 'I', 'N', 'Y', '50', '50'],
  ]);
  t.like(status.tables[0], {rowsLoaded: 1, rowsFollowed: 5, rowsFiltered: 4});
  await world.stop(second);
});

test('a filtered table goes on with a column that is added before those the filter names', async t => {
  const named = "kind IN ('vip', 'old') OR size >= 12.5";
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE c (id INT PRIMARY KEY, kind VARCHAR(20) NOT NULL, size DECIMAL(6,2))',
      "INSERT INTO c VALUES (1, 'VIP', 1), (2, 'new', 12.5), (3, 'ólD', NULL), (4, 'new', 12.49)",
    ],
    tables: [{name: 'c', where: named}],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.equal('c', 'c', named);
  await world.mysql.query("UPDATE c SET kind = 'Víp' WHERE id = 4");
  await world.mysql.query('ALTER TABLE c ADD COLUMN extra TEXT AFTER id');
  await world.mysql.query(
    "INSERT INTO c VALUES (5, REPEAT('x', 900), 'vip', 1), (6, 'y', 'none', 13)",
  );
  await world.mysql.query("UPDATE c SET extra = 'z', size = 12 WHERE id IN (2, 6)");
  await world.caughtUp(runtime);
  await world.equal('c', 'c', named);
  await world.stop(runtime);
});

test('a filtered table without a key merges to what MySQL finds', async t => {
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE n (a INT, b VARCHAR(9))',
      "INSERT INTO n VALUES (1, 'x'), (1, 'x'), (20, 'x'), (20, 'x'), (NULL, 'x')",
    ],
    tables: [{name: 'n', where: 'a BETWEEN 10 AND 30'}],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query("INSERT INTO n VALUES (20, 'x'), (9, 'y'), (30, 'y')");
  await world.mysql.query('UPDATE n SET a = a + 9 ORDER BY a LIMIT 4');
  await world.mysql.query("DELETE FROM n WHERE b = 'x' ORDER BY a DESC LIMIT 1");
  await world.caughtUp(runtime);
  await world.equal('n', 'n', 'a BETWEEN 10 AND 30');
  await world.stop(runtime);
});

test('a list of operations writes only these, with a warning that the target is no present state', async t => {
  await using world = await openWorld(t, {operations: ['insert', 'update']});
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query('INSERT INTO orders (id, customer) VALUES (900000, 1), (900001, 2)');
  await world.mysql.query('UPDATE orders SET customer = 5 WHERE id = 900000');
  await world.mysql.query('DELETE FROM orders');
  const status = await world.caughtUp(runtime);
  const rows = await logOf(t, world, 'orders', ['id', 'customer']);
  t.deepEqual(
    rows.filter(row => row[4]!.startsWith('9')).map(row => row.slice(1)),
    [
      ['I', 'N', 'Y', '900000', '1'],
      ['I', 'N', 'Y', '900001', '2'],
      ['U', 'Y', 'N', '900000', '1'],
      ['U', 'N', 'Y', '900000', '5'],
    ],
  );
  t.true(status.findings.some(found => found.code === 'SYNC1105' && found.severity === 'warning'));
  await world.stop(runtime);
});

test('a filter that cannot be judged stops the task before it begins, with its place', async t => {
  await using world = await World.open(t, {setup, tables: [{name: 'orders', where: 'amont > 3'}]});
  const runtime = world.start();
  t.is(await runtime.exit, 2);
  t.regex(runtime.output(), /SYNC1102/);
  t.regex(runtime.output(), /objects\[0\]\.tables\[0\]\.where/);
});
