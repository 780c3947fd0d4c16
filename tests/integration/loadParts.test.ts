// Loads that are interrupted or outlive their upload session: what is read again, and that nothing stands twice.
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import {SyncError} from '../../runtime/base/errors.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {sessionAgeMsMax, UploadSession} from '../../runtime/sink/uploadSession.ts';
import {PrivateServer} from '../support/mysql.ts';
import {openClient} from '../support/target.ts';
import {World, type Runtime} from '../support/world.ts';

const rows = 20_000;
const setup = [
  'SET SESSION cte_max_recursion_depth = 1000000',
  'CREATE TABLE a (id INT PRIMARY KEY, note VARCHAR(3000))',
  `INSERT INTO a WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, REPEAT('x', 3000) FROM n`,
  'ANALYZE TABLE a',
];
const settings = {
  full: {workers: 2, throttle: {mebibytesPerSecond: 8}},
  incremental: {commitSeconds: 0.5},
};

function openLedger(world: World): DatabaseSync {
  return new DatabaseSync(join(world.stateDir, 'ledger.db'));
}

/** Waits until `count` chunks or more are in the state of the ledger's column, then kills. */
async function killAfter(
  world: World,
  runtime: Runtime,
  uploaded: 1 | 2,
  count: number,
): Promise<void> {
  await world.until(runtime, `${count} chunks`, ({state}) => {
    if (state !== 'loading') return false;
    using ledger = openLedger(world);
    const sql = `SELECT COUNT(*) AS found FROM chunks WHERE uploaded = ${uploaded}`;
    return Number(ledger.prepare(sql).get()!['found']) >= count;
  });
  await world.kill(runtime);
}

/** Makes the session of the load as old as one may be. */
function ageSession(world: World): void {
  using ledger = openLedger(world);
  ledger.exec(`UPDATE loads SET created_ms = created_ms - ${sessionAgeMsMax}`);
}

/** Commits what a session has. A block that its killed writer had under way may still come in between: then all again. */
async function commitAll(session: UploadSession, signal: AbortSignal): Promise<number[]> {
  while (true) {
    const {blocks} = await session.status(signal);
    try {
      await session.commit(blocks, signal);
      return blocks;
    } catch (error) {
      if (!(error instanceof SyncError && error.code === 'SYNC4014')) throw error;
    }
  }
}

test('C4: a load that outlives its session is committed in parts, and a kill between a commit and its note doubles nothing', async t => {
  await using world = await World.open(t, {setup, settings});
  await killAfter(world, world.start(), 1, 1);
  ageSession(world);
  const second = world.start();
  await world.until(second, 'a part', () => /a part of a load is committed/.test(world.log()));
  await killAfter(world, second, 1, 1);
  {
    // What a runtime does near the end of a session, up to the commit; then it is gone.
    using ledger = openLedger(world);
    const {session_id: id, created_ms: createdMs} = ledger.prepare('SELECT * FROM loads').get()!;
    const client = openClient(t, world.target.endpoint);
    const open = {id: String(id), createdMs: Number(createdMs)};
    const session = UploadSession.known(client, 'a_base', open);
    const {signal} = new AbortController();
    const blocks = await commitAll(session, signal);
    ledger.exec(`UPDATE chunks SET uploaded = 1 WHERE chunk_id IN (${blocks.join()})`);
  }
  world.saveTask({full: {workers: 2}});
  const third = world.start();
  await world.mysql.query("UPDATE a SET note = 'changed' WHERE id % 3 = 0");
  await world.caughtUp(third);
  await world.equal('a');
  const client = openClient(t, world.target.endpoint);
  const sql = 'SELECT COUNT(*) AS rows_all, COUNT(DISTINCT id) AS ids FROM a_base';
  const counted = await runSql(client, sql, {signal: new AbortController().signal});
  t.deepEqual(counted.rows[0]!.map(Number), [rows, rows]);
  t.notRegex(world.log(), /starts over/);
  await world.stop(third);
});

test('C2: a load whose committed part a failover has taken back starts over', async t => {
  await using world = await World.open(t, {setup, settings});
  await killAfter(world, world.start(), 1, 1);
  ageSession(world);
  await killAfter(world, world.start(), 2, 1);
  {
    // As if the server that had this transaction is gone, and the one there now never got it.
    using ledger = openLedger(world);
    ledger.exec(
      "UPDATE chunks SET gtid_after = gtid_after || ',ffffffff-0000-0000-0000-000000000001:1-5' WHERE uploaded = 2",
    );
  }
  world.saveTask({full: {workers: 2}});
  const last = world.start();
  await world.mysql.query('DELETE FROM a WHERE id % 5 = 0');
  await world.caughtUp(last);
  t.regex(world.log(), /the source lost what is committed: the load starts over/);
  await world.equal('a');
  await world.stop(last);
});

test('C4: after a kill no more than a chunk for each worker is read again', async t => {
  // The server counts what is read of each table.
  await using mysql = await PrivateServer.start({'performance-schema': 'ON'});
  await using world = await World.open(t, {setup, settings, server: mysql.server});
  const fetched = async () => {
    const [[row]] = (await world.mysql.query(
      "SELECT COUNT_FETCH AS found FROM performance_schema.table_io_waits_summary_by_table WHERE object_schema = DATABASE() AND object_name = 'a'",
    )) as unknown as [[{found: string}]];
    return Number(row.found);
  };
  await killAfter(world, world.start(), 1, 2);
  const before = await fetched();
  let sent = 0;
  {
    using ledger = openLedger(world);
    const sql = 'SELECT SUM(rows) AS sent, MAX(rows) AS most FROM chunks WHERE uploaded = 1';
    const found = ledger.prepare(sql).get()!;
    sent = Number(found['sent']);
    t.true(sent < rows && Number(found['most']) <= rows / 3, JSON.stringify(found));
  }
  world.saveTask({full: {workers: 2}});
  const second = world.start();
  await world.caughtUp(second);
  // Each worker had one chunk in hand: what was sent is not read again, and bounds are not looked for again. Prechecks
  // look at the first thousand rows.
  const read = (await fetched()) - before;
  t.true(read >= rows - sent - rows / 3, `${read} rows were read after ${sent} were sent`);
  t.true(read <= rows - sent + rows / 10, `${read} rows were read after ${sent} were sent`);
  await world.equal('a');
  await world.stop(second);
});
