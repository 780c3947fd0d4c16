// The binlog stream of a real server, held against the real mysqlbinlog.
import test, {type ExecutionContext} from 'ava';
import {
  createGtidEvent,
  createRowsHeader,
  eventType,
  parseGtidEvent,
  parseQueryEvent,
  parseRowsHeader,
} from '../../runtime/codec/binlogEvent.ts';
import {parseTableMap} from '../../runtime/codec/tableMapParser.ts';
import {
  BinlogStream,
  type OnEvent,
  type StreamSettings,
} from '../../runtime/source/binlogClient.ts';
import {formatGtidSet, parseGtidSet, subtractGtidSets} from '../../runtime/source/gtidSet.ts';
import type {Position} from '../../runtime/source/position.ts';
import {readStartPosition} from '../../runtime/source/server.ts';
import {
  createDatabase,
  mysqlBinlog,
  startPrivateServer,
  testServer,
  type TestServer,
} from '../support/mysql.ts';
import {codeOf, connect, optionsOf, signalOf, syncOptionsOf} from '../support/source.ts';

/** Tests run side by side; each reader needs a number of its own. */
let serverIdNext = 4_000_001_000;
const gtid = createGtidEvent();

async function startOf(t: ExecutionContext, server: TestServer): Promise<Position> {
  return readStartPosition(await connect(t, optionsOf(server)));
}

/** Runs a stream from `position` to the end of the binlog. */
async function readAll(
  t: ExecutionContext,
  server: TestServer,
  position: Position,
  onEvent: OnEvent,
  settings: Partial<StreamSettings> = {},
): Promise<BinlogStream> {
  const stream = await BinlogStream.open(syncOptionsOf(server), {
    position,
    serverId: serverIdNext++,
    heartbeatSeconds: 5,
    signal: signalOf(t),
    nonBlocking: true,
    verifyChecksums: true,
    ...settings,
  });
  t.teardown(() => stream.close());
  await stream.run(onEvent);
  return stream;
}

test('every transaction, row event and end is what mysqlbinlog shows, tags, files and compression included', async t => {
  const own = await startPrivateServer(t);
  const database = await createDatabase(t, own.server);
  const position = await startOf(t, own.server);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY, v TEXT) ENGINE=InnoDB');
  await database.query('CREATE TABLE m (id INT) ENGINE=MyISAM');
  for (let round = 0; round < 40; round++) {
    await database.query(`SET SESSION binlog_transaction_compression = ${round % 3 === 1}`);
    if (round % 5 === 0) await database.query("SET gtid_next = 'automatic:tag'");
    await database.query('INSERT INTO a VALUES (?, REPEAT("x", ?)), (?, NULL)', [
      2 * round,
      round * 500,
      2 * round + 1,
    ]);
    await database.query('UPDATE a SET v = CONCAT(v, "y") WHERE id >= ?', [round]);
    if (round % 7 === 0) await database.query('INSERT INTO m VALUES (1)');
    if (round % 9 === 0) await database.query('DELETE FROM a WHERE id = ?', [round]);
    await database.query("SET gtid_next = 'automatic'");
    if (round % 15 === 0) await database.query('FLUSH BINARY LOGS');
  }
  const end = await startOf(t, own.server);

  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const gtids: string[] = [];
  const files = new Set<string>();
  const rows = createRowsHeader();
  await readAll(t, own.server, position, event => {
    files.add(event.file);
    const {type, input, at} = event;
    if (type === eventType.gtid || type === eventType.gtidTagged) {
      parseGtidEvent(type, input, at, event.end, gtid);
      gtids.push(`${gtid.source}:${gtid.number}`);
      t.true(gtid.transactionLength > 0 && gtid.originalCommitMicros > 1.7e15);
    }
    if (type === eventType.tableMap) {
      count('Table_map');
      const map = parseTableMap(input, at, event.end);
      t.deepEqual([map.database, map.names?.[0]], [database.name, 'id']);
    }
    if (type >= eventType.writeRows && type <= eventType.deleteRows) {
      parseRowsHeader(type, input, at, event.end, rows);
      t.true(rows.allColumnsPresent);
      count(['Write_rows', 'Update_rows', 'Delete_rows'][type - eventType.writeRows]!);
    }
    if (type === eventType.xid) count('Xid');
  });

  const executed = subtractGtidSets(parseGtidSet(end.gtidSet), parseGtidSet(position.gtidSet));
  t.is(formatGtidSet(parseGtidSet(gtids.join(','))), formatGtidSet(executed));
  t.is(new Set(gtids).size, gtids.length);
  t.true(files.size >= 4);
  const text = (
    await mysqlBinlog(own.server, [
      '--base64-output=decode-rows',
      `--exclude-gtids=${position.gtidSet}`,
      '--to-last-log',
      'binlog.000001',
    ])
  ).toString();
  for (const [name, found] of counts) {
    // A schema change shows the number of its own transaction inside its Query line.
    const line = new RegExp(`^(?!.*\\tQuery\\t).*\\t${name}(:| = )`, 'gm');
    const shown = text.match(line)?.length ?? 0;
    t.is(found, shown, name);
  }
  const shownGtids = text.match(/GTID_NEXT= '[^A][^']+'/g)!.map(line => line.slice(12, -1));
  t.deepEqual(gtids, shownGtids);
});

test('without GTIDs the stream starts at a file and offset and tells the same offsets', async t => {
  const own = await startPrivateServer(t, {
    'gtid-mode': 'OFF',
    'enforce-gtid-consistency': 'OFF',
    'binlog-checksum': 'NONE',
  });
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const position = await startOf(t, own.server);
  t.is(position.gtidSet, '');
  await database.query('INSERT INTO a VALUES (1)');
  await database.query('INSERT INTO a VALUES (2)');
  const end = await startOf(t, own.server);
  const ends: number[] = [];
  const types: number[] = [];
  const stream = await readAll(t, own.server, position, event => {
    types.push(event.type);
    if (event.type === eventType.xid) ends.push(event.endOffset);
    if (event.type === eventType.anonymousGtid) {
      parseGtidEvent(event.type, event.input, event.at, event.end, gtid);
      t.deepEqual([gtid.source, gtid.number], ['', 0]);
    }
  });
  t.is(ends.length, 2);
  t.is(ends[1], end.offset);
  t.like(stream.fingerprint(), {gtid: '', length: ends[1]! - ends[0]!});
  t.true(types.includes(eventType.anonymousGtid));
});

test('an event beyond 16 MiB and a compressed transaction beyond memory for one arrive whole', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE big (id INT PRIMARY KEY, v LONGTEXT)');
  const position = await startOf(t, database.server);
  await database.query('INSERT INTO big VALUES (1, REPEAT(REPEAT("abcdefghij", 1024), 1800))');
  await database.query(
    'SET SESSION binlog_transaction_compression = ON, SESSION cte_max_recursion_depth = 100000',
  );
  await database.query(
    'INSERT INTO big WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) SELECT i, REPEAT(i, 300) FROM n',
  );
  let longest = 0;
  let rowEvents = 0;
  let mine = false;
  const ends = new Set<number>();
  await readAll(t, database.server, position, async event => {
    if (event.type === eventType.tableMap)
      mine = parseTableMap(event.input, event.at, event.end).database === database.name;
    if (!mine || event.type !== eventType.writeRows) return;
    rowEvents++;
    longest = Math.max(longest, event.end - event.at);
    ends.add(event.endOffset);
    const before = event.input[event.end - 1];
    // Held back, the event stays what it is.
    if (rowEvents % 50 === 0) await new Promise(resolve => setImmediate(resolve));
    t.is(event.input[event.end - 1], before);
  });
  t.true(longest > 18_000_000);
  t.true(rowEvents > 500);
  // Events inside a compressed transaction all carry its end (correctness fact i).
  t.is(ends.size, 2);
});

test('a promise holds the stream back; nothing comes until it settles', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const position = await startOf(t, database.server);
  for (let id = 0; id < 300; id++) await database.query('INSERT INTO a VALUES (?)', [id]);
  let held = false;
  let events = 0;
  await readAll(t, database.server, position, async () => {
    t.false(held);
    held = true;
    await new Promise(resolve => setImmediate(resolve));
    held = false;
    events++;
  });
  t.true(events > 1500);
});

test('an error of whoever takes the events ends the stream with that error', async t => {
  const server = await testServer();
  const broken = new Error('cannot encode');
  for (const onEvent of [
    () => {
      throw broken;
    },
    () => Promise.reject(broken),
  ]) {
    const run = startOf(t, server).then(position => readAll(t, server, position, onEvent));
    t.is(await t.throwsAsync(run), broken);
  }
});

test('a waiting stream delivers what is written, hears heartbeats, and stops when told', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const position = await startOf(t, database.server);
  const stream = await BinlogStream.open(syncOptionsOf(database.server), {
    position,
    serverId: 4_000_000_002,
    replicaName: 'stream-test',
    heartbeatSeconds: 0.2,
    signal: signalOf(t),
  });
  const heard = new Set<number>();
  let names: string[] = [];
  const running = stream.run(async event => {
    heard.add(event.type);
    if (event.type === eventType.heartbeat && names.length === 0) {
      const replicas = await database.query('SHOW REPLICAS');
      names = replicas
        .filter(row => Number(row['Server_Id']) === 4_000_000_002)
        .map(row => String(row['Host']));
      await database.query('INSERT INTO a VALUES (1)');
    }
    if (event.type === eventType.writeRows && heard.has(eventType.heartbeat)) stream.stop();
  });
  await running;
  t.deepEqual(names, ['stream-test']);
  t.true(heard.has(eventType.writeRows));
});

test('nothing is given after stop, not even the rest of a compressed transaction', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const position = await startOf(t, database.server);
  await database.query('SET SESSION binlog_transaction_compression = ON');
  await database.query('INSERT INTO a VALUES (1)');
  const stream = await BinlogStream.open(syncOptionsOf(database.server), {
    position,
    serverId: serverIdNext++,
    heartbeatSeconds: 5,
    signal: signalOf(t),
  });
  const types: number[] = [];
  await stream.run(event => {
    types.push(event.type);
    if (event.type === eventType.tableMap) stream.stop();
  });
  t.is(types.at(-1), eventType.tableMap);
});

test('an abort ends a waiting stream with its own reason', async t => {
  const server = await testServer();
  const controller = new AbortController();
  const stream = await BinlogStream.open(syncOptionsOf(server), {
    position: await startOf(t, server),
    serverId: 4_000_000_003,
    heartbeatSeconds: 0.2,
    signal: controller.signal,
  });
  const reason = new Error('enough');
  const running = stream.run(event => {
    if (event.type === eventType.heartbeat) controller.abort(reason);
  });
  t.is(await t.throwsAsync(running), reason);
});

test('a stream that the server ends is trouble', async t => {
  const own = await startPrivateServer(t);
  const stream = await BinlogStream.open(optionsOf(own.server), {
    position: await startOf(t, own.server),
    serverId: 4_000_000_004,
    heartbeatSeconds: 0.2,
    signal: signalOf(t),
  });
  let crashed: Promise<void> | null = null;
  const running = stream.run(event => {
    if (event.type === eventType.heartbeat) crashed ??= own.crash();
  });
  const error = await t.throwsAsync(running);
  t.regex((error as {code?: string}).code!, /^SYNC(2108|2004)$/);
  t.is((error as {kind?: string}).kind, 'trouble');
  await crashed;
});

test('a second reader under our name and id ends the first, as a restart must', async t => {
  const server = await testServer();
  const position = await startOf(t, server);
  const open = () =>
    BinlogStream.open(syncOptionsOf(server), {
      position,
      serverId: 4_000_000_005,
      heartbeatSeconds: 1,
      signal: signalOf(t),
    });
  const first = await open();
  const second = await open();
  let running: Promise<void> | null = null;
  const ended = first.run(event => {
    if (event.type === eventType.heartbeat) running ??= second.run(() => undefined);
  });
  t.is(await codeOf(t, ended), 'SYNC2106');
  second.stop();
  await running;
});

test('a purged binlog is told from other refusals, by the set and by the file', async t => {
  const own = await startPrivateServer(t);
  const database = await createDatabase(t, own.server);
  const position = await startOf(t, own.server);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  await database.query('FLUSH BINARY LOGS');
  await database.query('FLUSH BINARY LOGS');
  const {file} = await startOf(t, own.server);
  await database.query(`PURGE BINARY LOGS TO '${file}'`);
  t.is(
    await codeOf(
      t,
      readAll(t, own.server, position, () => undefined),
    ),
    'SYNC2101',
  );
  const byFile = {...position, gtidSet: ''};
  t.is(
    await codeOf(
      t,
      readAll(t, own.server, byFile, () => undefined),
    ),
    'SYNC2105',
  );
});

test('query events tell statement, database and sql_mode', async t => {
  const database = await createDatabase(t);
  const position = await startOf(t, database.server);
  await database.query("SET SESSION sql_mode = 'ANSI_QUOTES'");
  await database.query('CREATE TABLE "été" (id INT)');
  const queries: Array<ReturnType<typeof parseQueryEvent>> = [];
  await readAll(t, database.server, position, event => {
    if (event.type === eventType.query)
      queries.push(parseQueryEvent(event.input, event.at, event.end));
  });
  const mine = queries.filter(query => query.database === database.name);
  t.is(mine.length, 1);
  t.like(mine[0], {sql: 'CREATE TABLE "été" (id INT)', sqlMode: 4, errorCode: 0});
});
