// The binlog stream against zongji, a reader that shares no code with ours: the same row changes in the same order.
import {createRequire} from 'node:module';
import test from 'ava';
import {eventType, createRowsHeader, parseRowsHeader} from '../../runtime/codec/binlogEvent.ts';
import {createCounters, logTranscoder} from '../../runtime/codec/logTranscoder.ts';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import {planTable} from '../../runtime/codec/planTable.ts';
import {readRecords} from '../../runtime/codec/recordStream.ts';
import {createRecordBuffer, sealRecords} from '../../runtime/codec/recordBuffer.ts';
import {parseTableMap} from '../../runtime/codec/tableMapParser.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import {SourceConnection} from '../../runtime/source/connection.ts';
import {readBinlogPlace, readStartPosition} from '../../runtime/source/server.ts';
import {logTableDefinition} from '../../runtime/sink/tables.ts';
import {createDatabase} from '../support/mysql.ts';

interface ZongjiEvent {
  getEventName(): string;
  rows: Record<string, unknown>[];
  nextPosition: number;
}

interface Reader {
  on(name: string, listener: (event: ZongjiEvent) => void): void;
  start(options: object): void;
  stop(): void;
}

const {default: ZongJi} = createRequire(import.meta.url)('zongji') as {
  default: new (options: object) => Reader;
};

test('the stream gives the same row changes as zongji', async t => {
  const database = await createDatabase(t);
  const {host, port, user, password} = database.server;
  const options = {
    host,
    port,
    user,
    password,
    tls: {mode: 'disabled' as const, ca: null, certificate: null, key: null},
  };
  const signal = new AbortController().signal;
  await using connection = await SourceConnection.open(options, signal);
  await database.query(
    'CREATE TABLE pets (id INT PRIMARY KEY, name VARCHAR(50) CHARACTER SET utf8mb4, weight DOUBLE)',
  );
  const start = await readStartPosition(connection);
  await database.query(
    "INSERT INTO pets VALUES (1, 'Mieze', 4.5), (2, 'Bello 🐕', NULL), (3, '', -0.25)",
  );
  await database.query('UPDATE pets SET weight = 5, id = id + 10 WHERE id < 3');
  await database.query('DELETE FROM pets WHERE id = 3');
  const end = await readBinlogPlace(connection);

  const theirs = await readWithZongji(
    {host, port, user, password},
    database.name,
    start,
    end.offset,
  );
  const [table] = await readCatalog(connection, [
    {database: database.name, tables: ['pets'], exclude: []},
  ]);
  const plan = planTable(table!, {
    types: 'v2',
    targetName: null,
    columns: {include: null, exclude: [], rename: {}, types: {}, policies: {}},
    naming: {additionalColumns: 'new', case: 'default'},
    log: {partitionBy: ['day'], timeZone: 'UTC', lifecycleDays: null},
  });
  const out = createRecordBuffer(1024);
  const header = createRowsHeader();
  let transcode: ReturnType<typeof logTranscoder> | null = null;
  await using stream = await BinlogStream.open(options, {
    position: start,
    serverId: 0,
    heartbeatSeconds: 5,
    signal,
    nonBlocking: true,
  });
  await stream.run(event => {
    const {input, view, at, end: bodyEnd} = event;
    if (event.type === eventType.tableMap) {
      const map = parseTableMap(input, at, bodyEnd);
      transcode = map.database === database.name ? logTranscoder(plan, map) : null;
    }
    const kind = kinds.get(event.type);
    if (kind === undefined || transcode === null) return;
    parseRowsHeader(event.type, input, at, bodyEnd, header);
    transcode(
      input,
      view,
      header.imagesAt,
      bodyEnd,
      kind,
      1,
      event.timestampSeconds,
      out,
      createCounters(plan),
    );
  });
  const {rows} = readRecords(
    sealRecords(out),
    logTableDefinition(plan, '').columns.map(({name, type}) => ({name, type: parseOdpsType(type)})),
  );
  const ours = rows.map(row => [row[1], row[4], ...row.slice(5).map(plain)]);
  t.deepEqual(ours, theirs);
  t.is(ours.length, 3 + 4 + 1);
});

const kinds = new Map([
  [eventType.writeRows as number, 'insert' as const],
  [eventType.updateRows as number, 'update' as const],
  [eventType.deleteRows as number, 'delete' as const],
]);

/** Operation, after flag and values of every row that zongji reads, up to `endOffset`. */
function readWithZongji(
  server: object,
  database: string,
  start: {file: string; offset: number},
  endOffset: number,
): Promise<unknown[][]> {
  const zongji = new ZongJi(server);
  const found: unknown[][] = [];
  return new Promise((resolve, reject) => {
    zongji.on('error', error => reject(error as unknown as Error));
    zongji.on('binlog', event => {
      const name = event.getEventName();
      for (const row of event.rows ?? []) {
        if (name === 'writerows') found.push(['I', 'Y', ...Object.values(row)]);
        else if (name === 'deleterows') found.push(['D', 'N', ...Object.values(row)]);
        else if (name === 'updaterows') {
          found.push(['U', 'N', ...Object.values(row['before'] as object)]);
          found.push(['U', 'Y', ...Object.values(row['after'] as object)]);
        }
      }
      if (name !== 'xid' || event.nextPosition < endOffset) return;
      zongji.stop();
      resolve(found);
    });
    zongji.start({
      includeEvents: ['tablemap', 'writerows', 'updaterows', 'deleterows', 'xid'],
      includeSchema: {[database]: true},
      filename: start.file,
      position: start.offset,
      serverId: 4_000_000_000 + (process.pid % 1000),
    });
  });
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return Buffer.isBuffer(value) ? value.toString() : value;
}
