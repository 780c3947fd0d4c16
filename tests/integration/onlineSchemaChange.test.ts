// Tables swapped into place by gh-ost and pt-online-schema-change, by the statements that these tools send, with writes in
// between; tables that appear while the task runs; defaults of added columns in the merge statement (rules C13, C15, C16).
import test from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {mergeSql} from '../../runtime/task/mergeSql.ts';
import {readPlans} from '../../runtime/task/knownPlans.ts';
import {openClient} from '../support/target.ts';
import {World} from '../support/world.ts';

const setup = [
  'CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20), n INT)',
  "INSERT INTO t (v, n) VALUES ('a', 1), ('b', 2), ('c', 3)",
  'CREATE TABLE beside (id INT PRIMARY KEY, v INT)',
  'INSERT INTO beside VALUES (1, 1)',
];

type Run = (sql: string) => Promise<unknown>;

/** What gh-ost does: a ghost table filled by its own inserts, changes applied to it, one atomic swap under a lock. */
async function ghost(run: Run, alter: string, write: () => Promise<unknown>): Promise<void> {
  await run('DROP TABLE IF EXISTS `_t_gho`, `_t_ghc`, `_t_del`');
  await run(
    'CREATE TABLE `_t_ghc` (id BIGINT UNSIGNED AUTO_INCREMENT, last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, hint VARCHAR(64) CHARSET ascii NOT NULL, value VARCHAR(4096) CHARSET ascii NOT NULL, PRIMARY KEY (id), UNIQUE KEY hint_uidx (hint)) COMMENT="gh-ost"',
  );
  await run('CREATE TABLE `_t_gho` LIKE t');
  await run(`ALTER TABLE \`_t_gho\` ${alter}`);
  await run("INSERT INTO `_t_ghc` (hint, value) VALUES ('state', 'GhostTableMigrated')");
  await run('INSERT IGNORE INTO `_t_gho` (id, v, n) SELECT id, v, n FROM t LOCK IN SHARE MODE');
  await write();
  await run('REPLACE INTO `_t_gho` (id, v, n) SELECT id, v, n FROM t');
  await run(
    'CREATE TABLE `_t_del` (id INT AUTO_INCREMENT PRIMARY KEY) COMMENT="ghost-cut-over-sentry"',
  );
  await run('DROP TABLE `_t_del`');
  await run('RENAME TABLE t TO `_t_del`, `_t_gho` TO t');
  await run('DROP TABLE IF EXISTS `_t_ghc`');
  await run('DROP TABLE IF EXISTS `_t_del`');
}

/** What pt-online-schema-change does: a new table kept equal by triggers on the old one, filled in chunks, then swapped. */
async function percona(run: Run, alter: string, write: () => Promise<unknown>): Promise<void> {
  await run('CREATE TABLE `_t_new` LIKE t');
  await run(`ALTER TABLE \`_t_new\` ${alter}`);
  await run(
    'CREATE TRIGGER pt_osc_del AFTER DELETE ON t FOR EACH ROW DELETE IGNORE FROM `_t_new` WHERE id <=> OLD.id',
  );
  await run(
    'CREATE TRIGGER pt_osc_upd AFTER UPDATE ON t FOR EACH ROW REPLACE INTO `_t_new` (id, v, n) VALUES (NEW.id, NEW.v, NEW.n)',
  );
  await run(
    'CREATE TRIGGER pt_osc_ins AFTER INSERT ON t FOR EACH ROW REPLACE INTO `_t_new` (id, v, n) VALUES (NEW.id, NEW.v, NEW.n)',
  );
  await run(
    'INSERT LOW_PRIORITY IGNORE INTO `_t_new` (id, v, n) SELECT id, v, n FROM t LOCK IN SHARE MODE',
  );
  await write();
  await run('ANALYZE TABLE `_t_new`');
  await run('RENAME TABLE t TO `_t_old`, `_t_new` TO t');
  await run('DROP TABLE IF EXISTS `_t_old`');
}

test('gh-ost twice, aborted, and pt-online-schema-change lose and double no row', async t => {
  await using world = await World.open(t, {setup});
  const runtime = world.start();
  await world.caughtUp(runtime);
  const run: Run = sql => world.mysql.query(sql);
  let number = 0;
  const write = async (): Promise<void> => {
    number++;
    await run(`INSERT INTO t (v, n) VALUES ('new', ${number}), ('newer', ${number})`);
    await run(`UPDATE t SET n = n + 10 WHERE id = ${number}`);
    await run('DELETE FROM t WHERE v = "newer"');
    await run('UPDATE beside SET v = v + 1');
  };
  await ghost(run, 'ADD COLUMN extra INT NOT NULL DEFAULT 5, MODIFY v VARCHAR(100)', write);
  await write();
  await ghost(run, 'ADD COLUMN second JSON, ADD INDEX (n)', write);
  await write();
  // Given up: the ghost goes, and nothing has happened.
  await run('CREATE TABLE `_t_gho` LIKE t');
  await run('ALTER TABLE `_t_gho` DROP COLUMN v');
  await run('INSERT INTO `_t_gho` (id, n) SELECT id, n FROM t');
  await write();
  await run('DROP TABLE `_t_gho`');
  await world.caughtUp(runtime);
  t.log(await world.equal('t'));
  await percona(run, 'MODIFY n BIGINT, ENGINE=InnoDB', write);
  await write();
  await world.caughtUp(runtime);
  t.log(await world.equal('t'));
  t.is((await world.equal('beside')).base, 1, 'the other table streamed on');
  await world.stop(runtime);
});

test('tables that match join while the task runs, those that go leave it, and renamed ones do both', async t => {
  await using world = await World.open(t, {setup});
  const runtime = world.start();
  await world.caughtUp(runtime);
  const run: Run = sql => world.mysql.query(sql);
  await run('CREATE TABLE twin LIKE t');
  await run("INSERT INTO twin VALUES (1, 'x', 1), (2, 'y', 2)");
  await run('CREATE TABLE filled (PRIMARY KEY (id)) AS SELECT * FROM t');
  await run('UPDATE filled SET n = 7');
  await world.caughtUp(runtime);
  await run('ALTER TABLE twin ADD COLUMN z INT');
  await run('UPDATE twin SET z = id');
  await run('RENAME TABLE beside TO elsewhere');
  await run('INSERT INTO elsewhere VALUES (2, 2)');
  await run('DROP TABLE t');
  await world.caughtUp(runtime);
  for (const table of ['twin', 'filled', 'elsewhere']) await world.equal(table);
  const status = await world.until(runtime, 'a picture', () => true);
  t.deepEqual(status.tables.map(({table}) => table).toSorted(), ['elsewhere', 'filled', 'twin']);
  await run('CREATE TABLE t (id INT PRIMARY KEY, another VARCHAR(9))');
  await run("INSERT INTO t VALUES (1, 'one')");
  await world.caughtUp(runtime);
  await world.equal('t');
  await world.stop(runtime);
});

test('the merge statement gives rows from before an ADD COLUMN its default, with and without a key', async t => {
  const defaults =
    "ADD COLUMN i INT NOT NULL DEFAULT 7, ADD COLUMN s VARCHAR(9) DEFAULT 'it''s' FIRST, ADD COLUMN m DECIMAL(8,3) NOT NULL DEFAULT 1.5, ADD COLUMN w DATETIME NOT NULL DEFAULT '2020-01-02 03:04:05', ADD COLUMN e ENUM('p','q') NOT NULL, ADD COLUMN x INT";
  await using world = await World.open(t, {
    setup: [...setup, 'CREATE TABLE loose (v VARCHAR(9))', "INSERT INTO loose VALUES ('a'), ('a')"],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  const run: Run = sql => world.mysql.query(sql);
  await run("UPDATE t SET v = 'before' WHERE id = 1");
  await run("INSERT INTO loose VALUES ('log'), ('gone')");
  for (const table of ['t', 'loose']) await run(`ALTER TABLE ${table} ${defaults}`);
  await run('UPDATE t SET i = 8, s = NULL WHERE id = 2');
  await run("DELETE FROM loose WHERE v = 'gone'");
  await run("DELETE FROM loose WHERE v = 'a' LIMIT 1");
  await run('ALTER TABLE t DROP COLUMN n');
  await run("INSERT INTO t (v) VALUES ('after')");
  await world.caughtUp(runtime);
  t.notRegex(world.log(), /loads anew/);
  const client = openClient(t, world.target.endpoint, {project: world.target.project});
  const {signal} = new AbortController();
  for (const [table, columns] of [
    ['t', 'id, v, s, i, m, w, e, x'],
    ['loose', 'v, s, i, m, w, e, x'],
  ] as const) {
    const plan = readPlans(world.stateDir)!.find(({source}) => source.name === table)!;
    const merged = mergeSql(plan, {asOf: null}).split(';\n');
    const {rows} = await runSql(
      client,
      `${merged.slice(0, -1).join(';\n')};\nSELECT CONCAT_WS('|', ${columns
        .split(', ')
        .map(column => `COALESCE(CAST(${column} AS STRING), 'NULL')`)
        .join(', ')}) AS line FROM (${merged.at(-1)}) rows_now`,
      {signal},
    );
    const [source] = await world.mysql.query({
      sql: `SELECT CONCAT_WS('|', ${columns
        .split(', ')
        .map(column => `COALESCE(CAST(${column} AS CHAR), 'NULL')`)
        .join(', ')}) FROM ${table}`,
      rowsAsArray: true,
    });
    t.deepEqual(
      rows.map(([line]) => line).toSorted(),
      (source as string[][]).map(([line]) => line!).toSorted(),
      table,
    );
  }
  await world.stop(runtime);
});
