// Rows of a real table by both paths: SELECT in the binary protocol and the binlog, as record values.
// Reads columns from information_schema by itself, so that the codec is tested without the catalog.
import type {ExecutionContext} from 'ava';
import {createCounters, type Counters} from '../../runtime/codec/counters.ts';
import {createRowsHeader, eventType, parseRowsHeader} from '../../runtime/codec/binlogEvent.ts';
import {parseColumnType} from '../../runtime/codec/columnType.ts';
import {logTranscoder, type RowChange} from '../../runtime/codec/logTranscoder.ts';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import type {TablePlan} from '../../runtime/codec/plan.ts';
import {wholeImages} from '../../runtime/codec/partialUpdate.ts';
import {planTable, type PlanOptions} from '../../runtime/codec/planTable.ts';
import {
  createRecordBuffer,
  sealRecords,
  type RecordBuffer,
} from '../../runtime/codec/recordBuffer.ts';
import {readRecords, type RecordValue} from '../../runtime/codec/recordStream.ts';
import {selectList, snapshotTranscoder} from '../../runtime/codec/snapshotTranscoder.ts';
import type {SourceColumn, SourceTable} from '../../runtime/codec/sourceTable.ts';
import type {TableMap} from '../../runtime/codec/tableMap.ts';
import {textSelectList, textTranscoder} from '../../runtime/codec/textRow.ts';
import {parseTableMap} from '../../runtime/codec/tableMapParser.ts';
import {hashSnapshot} from '../../runtime/rules/hashSnapshot.ts';
import type {HashKeys} from '../../runtime/rules/rewriteImage.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import type {SourceOptions} from '../../runtime/source/connection.ts';
import {RawConnection} from '../../runtime/source/rawConnection.ts';
import type {TestDatabase} from './mysql.ts';
import {plainOptions} from './sourceTable.ts';

/** Where the binlog stands. */
export interface BinlogPlace {
  file: string;
  offset: number;
}

export interface Transcoded {
  rows: RecordValue[][];
  counters: Counters;
}

/** How the raw connections of the product reach the test's server. */
export function sourceOptions(database: TestDatabase): SourceOptions {
  const {host, port, user, password} = database.server;
  return {
    host,
    port,
    user,
    password,
    tls: {mode: 'preferred', ca: null, certificate: null, key: null},
  };
}

/** The table as information_schema describes it. */
export async function describeTable(database: TestDatabase, name: string): Promise<SourceTable> {
  const columns = await database.query(
    `SELECT column_name AS name, column_type AS type, character_set_name AS charset,
       collation_name AS collation, is_nullable AS nullable, srs_id AS srid
     FROM information_schema.columns WHERE table_schema = ? AND table_name = ?
     ORDER BY ordinal_position`,
    [database.name, name],
  );
  const keys = await database.query(
    `SELECT column_name AS name FROM information_schema.statistics
     WHERE table_schema = ? AND table_name = ? AND index_name = 'PRIMARY' ORDER BY seq_in_index`,
    [database.name, name],
  );
  const key = keys.map(row => String(row['name']));
  return {
    database: database.name,
    name,
    engine: 'InnoDB',
    comment: '',
    columns: columns.map(sourceColumn),
    key: key.length === 0 ? null : {name: 'PRIMARY', columns: key},
    rowsEstimated: 0,
    bytesEstimated: 0,
  };
}

/** A column of information_schema. */
export function sourceColumn(row: Record<string, unknown>): SourceColumn {
  const columnType = String(row['type']);
  const text = (value: unknown) => (value === null || value === undefined ? null : String(value));
  return {
    ...parseColumnType(columnType),
    name: String(row['name']),
    columnType,
    nullable: row['nullable'] === 'YES',
    charset: text(row['charset']),
    collation: text(row['collation']),
    generated: 'none',
    invisible: false,
    autoIncrement: false,
    defaultText: null,
    defaultExpression: null,
    comment: '',
    srid: row['srid'] === null || row['srid'] === undefined ? null : Number(row['srid']),
  };
}

/** The end of the server's binlog. */
export async function binlogPlace(database: TestDatabase): Promise<BinlogPlace> {
  const [row] = await database.query('SHOW BINARY LOG STATUS');
  return {file: String(row!['File']), offset: Number(row!['Position'])};
}

/** All rows of the plan's table as SELECT gives them, transcoded. */
export async function snapshotRows(
  t: ExecutionContext<any>,
  database: TestDatabase,
  plan: TablePlan,
  tail = '',
  keys: HashKeys = new Map(),
): Promise<Transcoded> {
  const aborter = new AbortController();
  await using raw = await RawConnection.open(sourceOptions(database), aborter.signal);
  const {source} = plan;
  const statement = await raw.prepare(
    `SELECT ${selectList(plan)} FROM \`${source.database}\`.\`${source.name}\` ${tail}`,
  );
  const transcode = hashSnapshot(plan, keys, snapshotTranscoder(plan, 'wasm'));
  const generated = hashSnapshot(plan, keys, snapshotTranscoder(plan, 'js'));
  const out = createRecordBuffer(256);
  const generatedOut = createRecordBuffer(256);
  const counters = createCounters(plan);
  const generatedCounters = createCounters(plan);
  await raw.execute(statement, (input, at, end) => {
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    inStep(
      () => transcode(input, view, at, end, out, counters),
      () => generated(input, view, at, end, generatedOut, generatedCounters),
    );
  });
  const stream = sealRecords(out);
  t.true(stream.equals(sealRecords(generatedOut)), 'both engines give the same bytes');
  t.deepEqual(counters, generatedCounters);
  await assertSameText(t, raw, plan, tail, keys, {stream, counters});
  return {rows: readBase(plan, stream), counters};
}

/** The rows by the text protocol give the same bytes. */
async function assertSameText(
  t: ExecutionContext<any>,
  raw: RawConnection,
  plan: TablePlan,
  tail: string,
  keys: HashKeys,
  expected: {stream: Buffer; counters: Counters},
): Promise<void> {
  const {source} = plan;
  const hashed = hashSnapshot(plan, keys, snapshotTranscoder(plan));
  const transcode = textTranscoder(plan, undefined, hashed);
  const out = createRecordBuffer(256);
  const counters = createCounters(plan);
  await raw.executeText(
    `SELECT ${textSelectList(plan)} FROM \`${source.database}\`.\`${source.name}\` ${tail}`,
    (input, at, end) => {
      const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
      transcode(input, view, at, end, out, counters);
    },
  );
  const stream = sealRecords(out);
  if (!stream.equals(expected.stream))
    t.deepEqual(readBase(plan, stream), readBase(plan, expected.stream));
  t.true(stream.equals(expected.stream), 'the text protocol gives the same bytes');
  t.deepEqual(counters, expected.counters);
}

/** All row changes of the plan's table since `place`, transcoded: five columns of the log first. */
export async function logRows(
  t: ExecutionContext<any>,
  database: TestDatabase,
  plan: TablePlan,
  place: BinlogPlace,
  recordId = 1,
): Promise<Transcoded & {images: Buffer[]; maps: TableMap[]; partialEvents: number}> {
  const out = createRecordBuffer(256);
  const generatedOut = createRecordBuffer(256);
  const counters = createCounters(plan);
  const generatedCounters = createCounters(plan);
  let partialEvents = 0;
  const maps = new Map<number, TableMap>();
  const images: Buffer[] = [];
  const header = createRowsHeader();
  await readEvents(database, place, (type, input, view, at, end, seconds) => {
    if (type === eventType.tableMap) {
      const map = parseTableMap(input, at, end);
      if (map.database === plan.source.database && map.table === plan.source.name)
        maps.set(map.tableId, map);
    }
    const kind = kinds[type];
    if (kind === undefined) return;
    parseRowsHeader(type, input, at, end, header);
    const map = maps.get(header.tableId);
    if (map === undefined) return;
    let {imagesAt} = header;
    if (type === eventType.partialUpdateRows) {
      input = wholeImages(plan, map)(input, imagesAt, end);
      view = new DataView(input.buffer, input.byteOffset, input.length);
      imagesAt = 0;
      end = input.length;
      partialEvents++;
    }
    images.push(Buffer.from(input.subarray(imagesAt, end)));
    const by = (engine: 'wasm' | 'js', into: RecordBuffer, counts: Counters) => () =>
      logTranscoder(plan, map, engine)(
        input,
        view,
        imagesAt,
        end,
        kind,
        recordId,
        seconds,
        into,
        counts,
      );
    recordId += inStep(by('wasm', out, counters), by('js', generatedOut, generatedCounters));
  });
  const stream = sealRecords(out);
  t.true(stream.equals(sealRecords(generatedOut)), 'both engines give the same bytes');
  t.deepEqual(counters, generatedCounters);
  const columns = [...headColumns, ...recordColumns(plan)];
  const {rows} = readRecords(stream, columns);
  return {rows, counters, images, maps: [...maps.values()], partialEvents};
}

/** The result of both engines, which must be one; an error of both is that of the first. */
function inStep<T>(transcode: () => T, generated: () => T): T {
  const [one, other] = [transcode, generated].map(run => {
    try {
      return {result: run(), error: null};
    } catch (error) {
      return {result: null, error: error as Error};
    }
  });
  if (one!.error?.message !== other!.error?.message)
    throw new Error(`engines differ: ${one!.error?.message} and ${other!.error?.message}`);
  if (one!.error !== null) throw one!.error;
  return one!.result as T;
}

/** One rows event of the plan's table. */
export interface RowEvent {
  kind: RowChange;
  map: TableMap;
  images: Buffer;
  utcSeconds: number;
}

/** The rows events of `database.table` since `place`. */
export async function rowEvents(
  database: TestDatabase,
  table: string,
  place: BinlogPlace,
): Promise<RowEvent[]> {
  const found: RowEvent[] = [];
  const maps = new Map<number, TableMap>();
  const header = createRowsHeader();
  await readEvents(database, place, (type, input, _, at, end, utcSeconds) => {
    if (type === eventType.tableMap) {
      const map = parseTableMap(input, at, end);
      if (map.database === database.name && map.table === table) maps.set(map.tableId, map);
    }
    const kind = kinds[type];
    if (kind === undefined) return;
    parseRowsHeader(type, input, at, end, header);
    const map = maps.get(header.tableId);
    if (map === undefined) return;
    const images = Buffer.from(input.subarray(header.imagesAt, end));
    found.push({kind, map, images, utcSeconds});
  });
  return found;
}

/** Record values of a `_log` stream. */
export function readLog(plan: TablePlan, stream: Buffer): RecordValue[][] {
  return readRecords(stream, [...headColumns, ...recordColumns(plan)]).rows;
}

/** Record values of a `_base` stream. */
export function readBase(plan: TablePlan, stream: Buffer): RecordValue[][] {
  return readRecords(stream, recordColumns(plan)).rows;
}

/** The plan of a table as it stands on the server. */
export async function planOf(
  database: TestDatabase,
  name: string,
  options: Partial<PlanOptions> = {},
): Promise<TablePlan> {
  return planTable(await describeTable(database, name), {...plainOptions, ...options});
}

/** Columns 1 to 5 of every log. */
export const headColumns = [
  {name: 'record_id', type: parseOdpsType('bigint')},
  {name: 'operation_flag', type: parseOdpsType('string')},
  {name: 'utc_timestamp', type: parseOdpsType('bigint')},
  {name: 'before_flag', type: parseOdpsType('string')},
  {name: 'after_flag', type: parseOdpsType('string')},
];

export function recordColumns(plan: TablePlan) {
  return plan.columns.map(column => ({
    name: column.targetName,
    type: parseOdpsType(column.targetType),
  }));
}

const kinds: Record<number, RowChange> = {
  [eventType.writeRows]: 'insert',
  [eventType.updateRows]: 'update',
  [eventType.partialUpdateRows]: 'update',
  [eventType.deleteRows]: 'delete',
};

/** Every event from `place` to the end of the binlog as it is now. */
async function readEvents(
  database: TestDatabase,
  place: BinlogPlace,
  onEvent: (
    type: number,
    input: Buffer,
    view: DataView,
    at: number,
    end: number,
    seconds: number,
  ) => void,
): Promise<void> {
  const aborter = new AbortController();
  await using stream = await BinlogStream.open(sourceOptions(database), {
    position: {epoch: 1, serverUuid: '', gtidSet: '', fingerprint: null, ...place},
    serverId: 0,
    heartbeatSeconds: 60,
    signal: aborter.signal,
    nonBlocking: true,
  });
  await stream.run(event =>
    onEvent(event.type, event.input, event.view, event.at, event.end, event.timestampSeconds),
  );
}
