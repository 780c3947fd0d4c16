// The test server itself: what every other integration test stands on.
import test from 'ava';
import {connectTo, createDatabase, mysqlBinlog, startPrivateServer} from '../support/mysql.ts';

test('a test gets a database of its own on a server that writes full row images', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY, b TEXT)');
  await database.query('INSERT INTO a VALUES (1, ?)', ['één']);
  t.deepEqual(await database.query('SELECT * FROM a'), [{id: 1, b: 'één'}]);
  const [settings] = await database.query(
    'SELECT @@binlog_format f, @@binlog_row_image i, @@gtid_mode g, @@log_bin b',
  );
  t.deepEqual(settings, {f: 'ROW', i: 'FULL', g: 'ON', b: '1'});
});

test('the sync user reads the binlog but writes nothing', async t => {
  const database = await createDatabase(t);
  const {syncUser: user, syncPassword: password} = database.server;
  const sync = await database.connect({user, password});
  await sync.query('SHOW BINARY LOG STATUS');
  const error = await t.throwsAsync(sync.query('CREATE TABLE a (id INT)'));
  t.is((error as {code?: string}).code, 'ER_TABLEACCESS_DENIED_ERROR');
});

test('a private server takes settings, comes back after a crash and is read by the real mysqlbinlog', async t => {
  const own = await startPrivateServer(t, {'gtid-mode': 'OFF', 'enforce-gtid-consistency': 'OFF'});
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE kept (id INT PRIMARY KEY)');
  await database.query('INSERT INTO kept VALUES (7)');
  await own.crash();
  const again = await connectTo(own.server);
  const [rows] = await again.query(`SELECT id, @@gtid_mode g FROM \`${database.name}\`.kept`);
  t.deepEqual(rows, [{id: 7, g: 'OFF'}] as never);
  again.destroy();
  const text = await mysqlBinlog(own.server, ['-v', 'binlog.000001']);
  t.regex(text.toString(), /@1=7/);
});
