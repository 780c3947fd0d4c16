// Raw result sets over a taken-over socket, held against what SELECT says. Fails when mysql2 changes how it leaves a
// connection: one data listener on its stream, EOF packets kept, no query attributes.
import test from 'ava';
import {
  readChunk,
  readGtidAfter,
  readServerUuid,
  readUnderLock,
  waitForStart,
} from '../../runtime/source/chunkReader.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import type {SourceOptions} from '../../runtime/source/connection.ts';
import {RawConnection, type TakeRows} from '../../runtime/source/rawConnection.ts';
import {formatGtidSet, parseGtidSet} from '../../runtime/source/gtidSet.ts';
import {createDatabase, testServer, type TestDatabase} from '../support/mysql.ts';
import {codeOf, connect, optionsOf, signalOf, syncOptionsOf} from '../support/source.ts';

/** Reads (BIGINT, VARCHAR) rows of the binary protocol: 0x00, one byte of NULL bits, values. */
function readRow(input: Buffer, at: number, end: number): [string, string | null] {
  const isNull = (input[at + 1]! & 8) !== 0;
  const id = input.readBigInt64LE(at + 2).toString();
  if (isNull) return [id, null];
  const first = input[at + 10]!;
  const skip = first < 251 ? 1 : first === 252 ? 3 : first === 253 ? 4 : 9;
  return [id, input.toString('utf8', at + 10 + skip, end)];
}

async function fill(database: TestDatabase, rows: number): Promise<void> {
  await database.query('CREATE TABLE r (id BIGINT PRIMARY KEY, v VARCHAR(2000))');
  await database.query('SET SESSION cte_max_recursion_depth = 1000000');
  await database.query(
    'INSERT INTO r WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) ' +
      "SELECT i, IF(i % 7 = 0, NULL, REPEAT(CONCAT('é', i), i % 150)) FROM n",
    [rows],
  );
}

const select = (database: TestDatabase) => `SELECT id, v FROM \`${database.name}\`.r ORDER BY id`;

/** Bytes arrive in another way through TLS than without it: steadySocket.ts. */
const modes = ['disabled', 'required'] as const;

function readerOptions(database: TestDatabase, mode: (typeof modes)[number]): SourceOptions {
  const options = syncOptionsOf(database.server);
  return {...options, tls: {...options.tls, mode}};
}

for (const mode of modes)
  test(`raw rows equal the rows of SELECT, however the socket splits them (TLS ${mode})`, async t => {
    const database = await createDatabase(t);
    await fill(database, 30_000);
    const expected = await database.query('SELECT id, v FROM r ORDER BY id');
    await using reader = await RawConnection.open(readerOptions(database, mode), signalOf(t));
    const rows: Array<[string, string | null]> = [];
    const take = (input: Buffer, at: number, end: number) =>
      void rows.push(readRow(input, at, end));
    const read = await readChunk(reader, {sql: select(database)}, take, null, signalOf(t));
    t.is(read.rows, 30_000);
    t.true(read.bytes > 30_000 * 100);
    t.deepEqual(
      rows,
      expected.map(row => [String(row['id']), row['v'] as string | null]),
    );
  });

for (const mode of modes)
  test(`rows taken by the chunk and those left come in their order, each once (TLS ${mode})`, async t => {
    const database = await createDatabase(t);
    await fill(database, 30_000);
    await using reader = await RawConnection.open(readerOptions(database, mode), signalOf(t));
    const ids: number[] = [];
    let alone = 0;
    const takeRows: TakeRows = {
      take: (input, at, end) => {
        // Each seventh row, and what is not whole, is left.
        while (at + 5 < end && input[at + 4] === 0 && at + 4 + input.readUIntLE(at, 3) <= end) {
          const id = Number(readRow(input, at + 4, at + 4 + input.readUIntLE(at, 3))[0]);
          if (id % 7 === 0) return at;
          ids.push(id);
          takeRows.rows++;
          at += 4 + input.readUIntLE(at, 3);
        }
        return at;
      },
      rows: 0,
    };
    const take = (input: Buffer, at: number, end: number) => {
      ids.push(Number(readRow(input, at, end)[0]));
      alone++;
    };
    for (let round = 0; round < 2; round++) {
      const sql = {sql: select(database)};
      const read = await readChunk(reader, sql, take, null, signalOf(t), takeRows);
      t.is(read.rows, 30_000);
    }
    t.is(takeRows.rows + alone, 60_000);
    t.true(alone >= 2 * Math.floor(30_000 / 7) && alone < 20_000);
    t.true(ids.every((id, i) => id === (i % 30_000) + 1));
  });

test('one connection reads many chunks, answers queries between them, and survives a refused statement', async t => {
  const database = await createDatabase(t);
  await fill(database, 50);
  await using reader = await RawConnection.open(syncOptionsOf(database.server), signalOf(t));
  for (let round = 0; round < 20; round++) {
    const sql = `SELECT id, v FROM \`${database.name}\`.r WHERE id > ${round}`;
    const read = await readChunk(reader, {sql}, () => undefined, null, signalOf(t));
    t.is(read.rows, 50 - round);
    t.deepEqual(await reader.query("SELECT 1, NULL, 'é', REPEAT('x', 70000)"), [
      ['1', null, 'é', 'x'.repeat(70_000)],
    ]);
  }
  const missing = readChunk(
    reader,
    {sql: 'SELECT * FROM nowhere.x'},
    () => undefined,
    null,
    signalOf(t),
  );
  t.is(await codeOf(t, missing), 'SYNC2010');
  t.true(reader.usable);
  t.deepEqual(await reader.query('SELECT 2'), [['2']]);
});

test('prepared statements are freed at the server', async t => {
  const server = await testServer();
  await using reader = await RawConnection.open(optionsOf(server), signalOf(t));
  for (let round = 0; round < 50; round++)
    await readChunk(reader, {sql: 'SELECT 1'}, () => undefined, null, signalOf(t));
  const rows = await reader.query("SHOW SESSION STATUS LIKE 'Com_stmt_close'");
  t.is(rows[0]![1], '50');
});

test('a value beyond 16 MiB arrives whole', async t => {
  const server = await testServer();
  const tls = {...optionsOf(server).tls, mode: 'disabled'} as const;
  await using reader = await RawConnection.open(optionsOf(server, {tls}), signalOf(t));
  const bytes = 20 * 1024 * 1024;
  const admin = await connect(t, optionsOf(server));
  const {allowed} = await admin.queryOne<{allowed: number}>(
    'SELECT @@max_allowed_packet AS allowed',
  );
  t.true(allowed > bytes, 'the test server lets such a value through');
  const sql = `SELECT CAST(1 AS SIGNED), REPEAT(REPEAT('abcdefghij', 1024), 2048)`;
  let length = 0;
  const take = (input: Buffer, at: number, end: number) => {
    const value = readRow(input, at, end)[1]!;
    length = value.length;
    if (!/^(abcdefghij)+$/.test(value.slice(-100_000))) throw new Error('other bytes');
  };
  const read = await readChunk(reader, {sql}, take, null, signalOf(t));
  t.is(read.rows, 1);
  t.is(length, bytes);
});

for (const mode of modes)
  test(`a promise after a batch holds the source back until it settles (TLS ${mode})`, async t => {
    const database = await createDatabase(t);
    await fill(database, 20_000);
    await using reader = await RawConnection.open(readerOptions(database, mode), signalOf(t));
    let held = false;
    let batches = 0;
    let rows = 0;
    let sum = 0n;
    const onRow = (input: Buffer, at: number) => {
      rows++;
      sum += input.readBigInt64LE(at + 2);
      if (held) throw new Error('a row while held');
    };
    const afterBatch = async () => {
      held = true;
      batches++;
      await new Promise(resolve => setImmediate(resolve));
      held = false;
    };
    await readChunk(reader, {sql: select(database)}, onRow, afterBatch, signalOf(t));
    t.is(rows, 20_000);
    t.is(sum, 200_010_000n);
    t.true(batches > 5);
  });

test('an error of whoever takes the rows, or a promise that rejects, ends the read with that error', async t => {
  const database = await createDatabase(t);
  await fill(database, 20_000);
  const broken = new Error('cannot encode');
  for (const [onRow, afterBatch] of [
    [
      () => {
        throw broken;
      },
      null,
    ],
    [() => undefined, () => Promise.reject(broken)],
  ] as const) {
    await using reader = await RawConnection.open(syncOptionsOf(database.server), signalOf(t));
    const read = readChunk(reader, {sql: select(database)}, onRow, afterBatch, signalOf(t));
    t.is(await t.throwsAsync(read), broken);
    t.false(reader.usable);
    t.is(await t.throwsAsync(reader.query('SELECT 1')), broken);
  }
});

test('an abort ends a read in the middle', async t => {
  const controller = new AbortController();
  await using reader = await RawConnection.open(optionsOf(await testServer()), signalOf(t));
  const reading = readChunk(
    reader,
    {sql: 'SELECT SLEEP(60)'},
    () => undefined,
    null,
    controller.signal,
  );
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(reading), reason);
  t.false(reader.usable);
});

test('a server that goes away in the middle is trouble', async t => {
  const server = await testServer();
  await using reader = await RawConnection.open(optionsOf(server), signalOf(t));
  const [[id] = []] = await reader.query('SELECT CONNECTION_ID()');
  const admin = await connect(t, optionsOf(server));
  const reading = t.throwsAsync(
    readChunk(reader, {sql: 'SELECT SLEEP(60)'}, () => undefined, null, signalOf(t)),
  );
  await admin.query(`KILL ${Number(id)}`);
  t.like(await reading, {code: 'SYNC2004', kind: 'trouble'});
});

test('C3: a table without a key is read at one position, which writers do not wait long for', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE nokey (a INT)');
  await database.query('INSERT INTO nokey VALUES (1), (1), (2)');
  const options = syncOptionsOf(database.server);
  const lock = await connect(t, options);
  await using reader = await RawConnection.open(options, signalOf(t));
  const [table] = await readCatalog(lock, [
    {database: database.name, tables: ['nokey'], exclude: []},
  ]);
  t.is(table!.key, null);
  const sql = `SELECT a FROM \`${database.name}\`.nokey`;
  let first = true;
  const inserted = await new Promise<number>((resolve, reject) => {
    let rows = 0;
    const afterBatch = async () => {
      // The lock is gone while the rows are read, and what is written now is not read.
      if (first) await database.query('INSERT INTO nokey VALUES (3)');
      first = false;
    };
    readUnderLock(lock, reader, table!, {sql}, () => void rows++, afterBatch, signalOf(t)).then(
      read => {
        t.is(read.rows, rows);
        t.is(read.position.gtidSet, formatGtidSet(parseGtidSet(read.position.gtidSet)));
        t.regex(read.position.file, /^binlog\.\d+$/);
        resolve(rows);
      },
      reject,
    );
  });
  t.is(inserted, 3);
  const after = parseGtidSet(await readGtidAfter(reader));
  t.true(after.size > 0);
});

test('a table that a writer holds is not waited for long', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE nokey (a INT)');
  const writer = await database.connect();
  await writer.query('BEGIN');
  await writer.query('INSERT INTO nokey VALUES (1)');
  const options = syncOptionsOf(database.server);
  const lock = await connect(t, options);
  await lock.query('SET SESSION lock_wait_timeout = 1');
  await using reader = await RawConnection.open(options, signalOf(t));
  const [table] = await readCatalog(lock, [{database: database.name, tables: ['*'], exclude: []}]);
  const reading = readUnderLock(
    lock,
    reader,
    table!,
    {sql: 'SELECT 1'},
    () => undefined,
    null,
    signalOf(t),
  );
  t.is(await codeOf(t, reading), 'SYNC2009');
  writer.destroy();
});

test('a server that a load did not begin at is read once it holds what the load began with', async t => {
  const database = await createDatabase(t);
  const signal = signalOf(t);
  await using reader = await RawConnection.open(syncOptionsOf(database.server), signal);
  t.regex(await readServerUuid(reader), /^[0-9a-f-]{36}$/);
  const gtidSet = await readGtidAfter(reader);
  await t.notThrowsAsync(waitForStart(reader, {serverUuid: 'another', gtidSet}));
  // Without GTIDs nothing can be compared.
  t.is(await codeOf(t, waitForStart(reader, {serverUuid: 'another', gtidSet: ''})), 'SYNC2117');
});
