// Statements that are rare and legal: cascades, shadowed and doubled names, statements that change nothing, tables that come
// and go by other databases. After all of them base and log of each table equal the source, and the logs of tables that were
// never loaded anew hold what the server's own mysqlbinlog counts.
import test from 'ava';
import {logRecords} from '../support/binlogCounts.ts';
import {PrivateServer} from '../support/mysql.ts';
import {ReplicaGroup} from '../support/replicaGroup.ts';
import {World} from '../support/world.ts';

const setup = [
  'CREATE TABLE parents (id INT PRIMARY KEY, name VARCHAR(20))',
  `CREATE TABLE children (id INT PRIMARY KEY AUTO_INCREMENT, pid INT,
    FOREIGN KEY (pid) REFERENCES parents (id) ON DELETE CASCADE ON UPDATE CASCADE)`,
  `CREATE TABLE orphans (id INT PRIMARY KEY AUTO_INCREMENT, pid INT,
    FOREIGN KEY (pid) REFERENCES parents (id) ON DELETE SET NULL ON UPDATE SET NULL)`,
  "INSERT INTO parents VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')",
  'INSERT INTO children (pid) VALUES (1), (1), (2), (3), (4), (5)',
  'INSERT INTO orphans (pid) VALUES (1), (1), (2), (3), (4), (5)',
  'CREATE TABLE loose (a INT, b VARCHAR(10), UNIQUE KEY (a, b))',
  "INSERT INTO loose VALUES (NULL, NULL), (NULL, 'x'), (1, NULL), (1, NULL)",
  'CREATE TABLE folded (k VARCHAR(10) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)',
  "INSERT INTO folded VALUES ('a', 1), ('B ', 2), ('é', 3)",
  'CREATE TABLE plain (id INT PRIMARY KEY, v INT)',
  'INSERT INTO plain VALUES (1, 1), (2, 2)',
  'CREATE TABLE ranged (id INT PRIMARY KEY, v VARCHAR(10)) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)',
  'CREATE TABLE exchanged (id INT PRIMARY KEY, v VARCHAR(10))',
  "INSERT INTO ranged VALUES (1, 'a'), (20, 'b')",
  "INSERT INTO exchanged VALUES (2, 'x')",
  'CREATE TABLE again (id INT PRIMARY KEY, v INT)',
  'INSERT INTO again VALUES (1, 1)',
];

/** In one session, one after the other. */
const statements = (other: string, database: string): string[] => [
  'DELETE FROM parents WHERE id = 1',
  'UPDATE parents SET id = 20 WHERE id = 2',
  "INSERT INTO parents VALUES (7, 'x') ON DUPLICATE KEY UPDATE name = 'y'",
  "REPLACE INTO parents VALUES (7, 'z'), (8, 'q')",
  "UPDATE parents, children SET parents.name = 'm', children.pid = NULL WHERE parents.id = 3 AND children.pid = 4",
  'DELETE parents, children FROM parents JOIN children ON children.pid = parents.id WHERE parents.id = 5',
  'INSERT INTO loose VALUES (NULL, NULL), (1, NULL)',
  'DELETE FROM loose WHERE a = 1 LIMIT 1',
  "UPDATE loose SET b = 'z' WHERE a IS NULL LIMIT 1",
  "UPDATE folded SET k = 'A' WHERE k = 'a'",
  "UPDATE folded SET k = 'b' WHERE k = 'B '",
  "REPLACE INTO folded VALUES ('É', 9), ('E', 10)",
  "INSERT INTO folded VALUES ('a', 5) ON DUPLICATE KEY UPDATE v = 77",
  // These change nothing, and stand in the binlog.
  'CREATE TABLE IF NOT EXISTS plain (other INT)',
  'CREATE TABLE IF NOT EXISTS plain LIKE folded',
  'DROP TABLE IF EXISTS nowhere',
  // A temporary table hides one of its name.
  'CREATE TEMPORARY TABLE plain (a INT)',
  'INSERT INTO plain VALUES (1)',
  'ALTER TABLE plain ADD COLUMN b INT',
  'DROP TABLE plain',
  'BEGIN',
  'INSERT INTO plain VALUES (10, 1)',
  'SAVEPOINT s',
  'INSERT INTO plain VALUES (11, 1)',
  'ROLLBACK TO s',
  'CREATE TEMPORARY TABLE passing (a INT)',
  'DROP TEMPORARY TABLE passing',
  'INSERT INTO plain VALUES (12, 1)',
  'COMMIT',
  "XA START 'q'",
  'INSERT INTO plain VALUES (13, 3)',
  "XA END 'q'",
  "XA COMMIT 'q' ONE PHASE",
  'CREATE PROCEDURE fill() BEGIN INSERT INTO plain VALUES (14, 3); UPDATE plain SET v = v + 1; END',
  'CALL fill()',
  'CREATE TRIGGER copies AFTER INSERT ON plain FOR EACH ROW REPLACE INTO folded VALUES (NEW.id, NEW.v)',
  'INSERT INTO plain VALUES (15, 3), (16, 4)',
  // A table of another database has the same name.
  `USE \`${other}\``,
  'CREATE TABLE plain (id INT PRIMARY KEY)',
  'ALTER TABLE plain ADD COLUMN v INT',
  'DROP TABLE plain',
  `ALTER TABLE \`${database}\`.plain ADD COLUMN w INT`,
  `RENAME TABLE \`${database}\`.again TO again`,
  'INSERT INTO again VALUES (2, 2)',
  `RENAME TABLE again TO \`${database}\`.again`,
  `USE \`${database}\``,
  'INSERT INTO again VALUES (3, 3)',
  'INSERT INTO plain VALUES (17, 1, 2)',
  '/* one */ ALTER /* two */ TABLE plain # three\n ADD COLUMN x INT -- end',
  'INSERT INTO plain VALUES (18, 1, 2, 3)',
  'ALTER TABLE ranged EXCHANGE PARTITION p0 WITH TABLE exchanged',
  "INSERT INTO ranged VALUES (6, 'after')",
  "INSERT INTO exchanged VALUES (7, 'after')",
  "SET sql_mode = 'ANSI_QUOTES'",
  'ALTER TABLE "plain" ADD COLUMN "y" INT',
  'UPDATE plain SET y = id',
];

test('after rare statements base and log equal the source, and logs hold what mysqlbinlog counts', async t => {
  await using own = await PrivateServer.start();
  await using world = await World.open(t, {setup, server: own.server});
  const runtime = world.start();
  await world.caughtUp(runtime);
  const [before] = await ReplicaGroup.run(own.server, 'SELECT @@global.gtid_executed AS executed');
  await world.mysql.query('CREATE DATABASE other');
  for (const sql of statements('other', world.database.name)) await world.mysql.query(sql);
  await world.mysql.query("SET sql_mode = ''");
  await world.caughtUp(runtime);
  const tables = ['parents', 'children', 'orphans', 'loose', 'folded', 'plain'];
  const loaded = before!['executed']!.replaceAll('\n', '');
  const counts = await logRecords(own.server, world.database.name, tables, loaded);
  for (const table of tables) t.is((await world.equal(table)).log, counts[table]!, table);
  for (const table of ['ranged', 'exchanged', 'again']) await world.equal(table);
  await world.stop(runtime);
});
