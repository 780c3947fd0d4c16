// Mutated binlog streams through the client and the codec: each ends with a code or gives the rows that it should, none
// hangs, and memory stays bounded. A slice runs always; STREAMS=3000 npm run test:fault runs all. Seeded: SEED=… replays.
import test from 'ava';
import {crc32} from 'node:zlib';
import {isSyncError} from '../../runtime/base/errors.ts';
import {MiB} from '../../runtime/base/sizes.ts';
import {createRowsHeader, eventType, parseRowsHeader} from '../../runtime/codec/binlogEvent.ts';
import {
  createCounters,
  logTranscoder,
  type LogTranscoder,
} from '../../runtime/codec/logTranscoder.ts';
import type {TablePlan} from '../../runtime/codec/plan.ts';
import {planTable} from '../../runtime/codec/planTable.ts';
import {createRecordBuffer, sealRecords} from '../../runtime/codec/recordBuffer.ts';
import {parseTableMap} from '../../runtime/codec/tableMapParser.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import type {SourceOptions} from '../../runtime/source/connection.ts';
import type {Position} from '../../runtime/source/position.ts';
import {readStartPosition} from '../../runtime/source/server.ts';
import {createDatabase, startPrivateServer} from '../support/mysql.ts';
import {startPacketProxy} from '../support/packetProxy.ts';
import {connect, optionsOf} from '../support/source.ts';

const seed = Number(process.env['SEED'] ?? 20_261_122);
const streams = Number(process.env['STREAMS'] ?? 120);
const kinds = new Map([
  [eventType.writeRows as number, 'insert' as const],
  [eventType.updateRows as number, 'update' as const],
  [eventType.deleteRows as number, 'delete' as const],
]);

/** mulberry32: a small generator with the same numbers for the same seed everywhere. */
function createRandom(state: number): (below: number) => number {
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

/** One damage to the packets of a stream; `mended`: the event's checksum is made right again. */
function damage(random: (below: number) => number, payload: Buffer, mended: boolean): Buffer[] {
  const bytes = Buffer.from(payload);
  const at = 1 + random(bytes.length - 1);
  switch (random(mended ? 2 : 6)) {
    case 0:
      bytes[at]! ^= 1 << random(8);
      break;
    case 1:
      bytes.fill(random(256), at, Math.min(bytes.length, at + 1 + random(8)));
      break;
    case 2:
      return [bytes.subarray(0, at)];
    case 3:
      return [];
    case 4:
      return [bytes, Buffer.from(bytes)];
    default:
      return [Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + random(40), random(256)), bytes.subarray(at)])]; // prettier-ignore
  }
  if (mended) bytes.writeUInt32LE(crc32(bytes.subarray(1, bytes.length - 4)), bytes.length - 4);
  return [bytes];
}

/** Reads everything after `position`; the bytes of its records, or the code it ended with. */
async function readStream(
  source: SourceOptions,
  position: Position,
  plans: ReadonlyMap<string, TablePlan>,
): Promise<string> {
  // A stream that hangs fails the test by its time.
  const {signal} = new AbortController();
  const out = createRecordBuffer(64 * 1024);
  const header = createRowsHeader();
  const routes = new Map<number, {transcode: LogTranscoder; plan: TablePlan}>();
  let id = 1;
  try {
    await using stream = await BinlogStream.open(source, {
      position,
      serverId: 0,
      heartbeatSeconds: 5,
      signal,
      nonBlocking: true,
      verifyChecksums: true,
    });
    await stream.run(({type, input, view, at, end, timestampSeconds}) => {
      if (type === eventType.tableMap) {
        const map = parseTableMap(input, at, end);
        const plan = plans.get(map.table);
        if (plan !== undefined)
          routes.set(map.tableId, {transcode: logTranscoder(plan, map), plan});
      }
      const kind = kinds.get(type);
      if (kind === undefined) return;
      parseRowsHeader(type, input, at, end, header);
      const route = routes.get(header.tableId);
      if (route === undefined || !header.allColumnsPresent) return;
      const {transcode, plan} = route;
      const counters = createCounters(plan);
      id += transcode(input, view, header.imagesAt, end, kind, id, timestampSeconds, out, counters);
    });
  } catch (error) {
    if (isSyncError(error) && !error.code.startsWith('SYNC9')) return error.code;
    throw error;
  }
  return sealRecords(out).toString('latin1');
}

test('each mutated stream ends with a code or gives the rows that it should', async t => {
  t.timeout(900_000);
  t.log(`seed ${seed}, ${streams} streams`);
  const own = await startPrivateServer(t);
  const database = await createDatabase(t, own.server);
  await database.query(`CREATE TABLE a (id INT PRIMARY KEY, v TEXT, d DECIMAL(20,5), j JSON, t DATETIME(6),
    e ENUM('x','y'), b VARBINARY(300), f DOUBLE)`);
  const connection = await connect(t, optionsOf(own.server));
  const position = await readStartPosition(connection);
  for (let round = 0; round < 6; round++) {
    await database.query(`SET SESSION binlog_transaction_compression = ${round % 3 === 2}`);
    await database.query(
      `INSERT INTO a VALUES (?, REPEAT('é', 200), 12.5, '{"a": [1, 2.5, "x"]}', NOW(6), 'y', REPEAT('b', 280), 1e9), (?, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
      [2 * round, 2 * round + 1],
    );
    await database.query('UPDATE a SET d = d + 1, v = ? WHERE id = ?', [`v${round}`, 2 * round]);
    if (round % 2 === 1) await database.query('DELETE FROM a WHERE id = ?', [2 * round + 1]);
  }
  const [table] = await readCatalog(connection, [
    {database: database.name, tables: ['a'], exclude: []},
  ]);
  const plan = planTable(table!, {
    types: 'v2',
    targetName: null,
    columns: {include: null, exclude: [], rename: {}, types: {}, policies: {}},
    naming: {additionalColumns: 'new', case: 'default'},
    log: {partitionBy: ['day'], timeZone: 'UTC', lifecycleDays: null},
  });
  const plans = new Map([['a', plan]]);

  const random = createRandom(seed);
  let mended = false;
  let target = -1;
  let events = 0;
  const proxied = await startPacketProxy(t, own.server, payload => {
    // Only packets that hold an event, and only in mutated runs.
    if (payload[0] !== 0 || payload.length < 24) return [payload];
    return events++ === target ? damage(random, payload, mended) : [payload];
  });
  const right = await readStream(proxied, position, plans);
  t.true(right.length > 2000);
  const eventsTotal = events;
  const codes = new Map<string, number>();
  const memoryBefore = process.memoryUsage().rss;
  for (let stream = 0; stream < streams; stream++) {
    mended = stream % 2 === 1;
    target = random(eventsTotal);
    events = 0;
    const found = await readStream(proxied, position, plans);
    const isCode = /^SYNC\d{4}$/.test(found);
    const outcome = isCode ? found : found === right ? 'same rows' : 'other rows';
    codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
    // With its checksum made right again, a changed value is a value.
    if (outcome === 'other rows') t.true(mended, `stream ${stream} of seed ${seed}`);
  }
  t.log(Object.fromEntries(codes));
  t.true([...codes.keys()].length > 2);
  const growth = process.memoryUsage().rss - memoryBefore;
  t.true(growth < 512 * MiB, `${Math.round(growth / MiB)} MiB more than before`);
});
