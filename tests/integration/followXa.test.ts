// XA transactions while following: rows appear with the decision, in the order of the decisions, across restarts.
import test from 'ava';
import {startPrivateServer} from '../support/mysql.ts';
import {World} from '../support/world.ts';

test.serial(
  'C6: rows of XA transactions arrive when they are committed, a restart in between included',
  async t => {
    // What is prepared keeps every load on its server from starting.
    const own = await startPrivateServer(t);
    await using world = await World.open(t, {
      server: own.server,
      setup: [
        'CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(300))',
        'CREATE TABLE b (id INT PRIMARY KEY, v INT)',
        "INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, 'three')",
      ],
    });
    const xa = async (xid: string, statements: string[], end: string[]) => {
      const session = await world.database.connect();
      for (const sql of [`XA START '${xid}'`, ...statements, `XA END '${xid}'`, ...end])
        await session.query(sql);
      await session.end();
    };
    // A load waits for what is prepared: its rows are in no snapshot and before its position.
    await xa('early', ['INSERT INTO b VALUES (9, 9)'], ["XA PREPARE 'early'"]);
    const first = world.start();
    await world.until(first, 'waiting for a decision', ({holds}) =>
      holds.some(({code}) => code === 'SYNC2114'),
    );
    await world.mysql.query("XA COMMIT 'early'");
    await world.caughtUp(first);
    await xa('one', ["INSERT INTO a VALUES (10, 'one phase')"], ["XA COMMIT 'one' ONE PHASE"]);
    await xa('kept', ["UPDATE a SET v = 'kept' WHERE id = 1", 'INSERT INTO b VALUES (1, 1)'], ["XA PREPARE 'kept'"]); // prettier-ignore
    await xa('gone', ['DELETE FROM a WHERE id = 2'], ["XA PREPARE 'gone'"]);
    await xa('late', ["UPDATE a SET v = 'late' WHERE id = 3"], ["XA PREPARE 'late'"]);
    await world.mysql.query("INSERT INTO a VALUES (11, 'between')");
    await world.mysql.query("XA COMMIT 'late'");
    await world.until(first, 'the row between and the late one', ({tables}) =>
      tables.some(({rowsFollowed}) => rowsFollowed >= 3),
    );
    await world.kill(first);
    const second = world.start();
    await world.until(second, 'following again', ({state}) => state === 'following');
    await world.mysql.query('INSERT INTO b VALUES (2, 2)');
    await world.mysql.query("XA COMMIT 'kept'");
    await world.mysql.query("XA ROLLBACK 'gone'");
    await world.mysql.query("UPDATE a SET v = 'after' WHERE id = 2");
    await world.caughtUp(second);
    for (const table of ['a', 'b']) await world.equal(table);
    await world.stop(second);
    // Nothing is undecided any more: the position holds every GTID.
    const third = world.start();
    await world.caughtUp(third);
    await world.stop(third);
  },
);
