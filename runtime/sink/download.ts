// Download sessions of tables and of query results (protocol sections 10 and 11): a snapshot, read in ranges of rows.
// A range is used only when all of it arrived and every checksum fits.
import {promisify} from 'node:util';
import {inflate, zstdDecompress} from 'node:zlib';
import {assert} from '../base/assert.ts';
import {fail, isSyncError} from '../base/errors.ts';
import {MiB} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {isStreamRefusal} from '../codec/recordReader.ts';
import {readRecords, type RecordValue} from '../codec/recordStream.ts';
import type {TargetClient, TargetResponse} from './client.ts';
import {
  answerObject,
  sessionColumns,
  shown,
  tablePath,
  type SessionColumn,
} from './tunnelAnswer.ts';

/** What is read: a table or partition, or the result of the SQL job `instance`. */
export type DownloadSource = {table: string; partition: string | null} | {instance: string};

export interface DownloadSession {
  id: string;
  source: DownloadSource;
  records: number;
  columns: SessionColumn[];
}

export interface ReadOptions {
  /** First row; default 0. */
  start?: number;
  /** Rows wanted; default all that follow. */
  count?: number;
  /** Columns in the table's order; default all. */
  columns?: readonly string[];
  signal: AbortSignal;
}

const unzstd = promisify(zstdDecompress);
const uninflate = promisify(inflate);

/** Rows of the first range; later ones are sized by what the rows before weighed. */
const rowsFirst = 1_000;
const rowsMax = 1_000_000;
/** Uncompressed size that a range aims at: large enough to hide the round trip, small enough to hold. */
const rangeBytes = 16 * MiB;
/** A compressed range that opens to more than this is not one. */
const rangeBytesMax = 512 * MiB;

/** Makes a session: the rows as they are now. */
export async function openDownload(
  client: TargetClient,
  source: DownloadSource,
  signal: AbortSignal,
): Promise<DownloadSession> {
  const operation = `open a download of ${nameOf(source)}`;
  const asked = {side: 'tunnel', path: pathOf(client, source), repeatable: true, signal} as const;
  let answer = await client.request({
    ...asked,
    operation,
    method: 'POST',
    query: {...queryOf(client, source), downloads: ''},
  });
  for (let tries = 1; ; tries++) {
    const json = answerObject(answer, operation, ['DownloadID', 'Status']);
    const status = String(json['Status']).toUpperCase();
    const id = String(json['DownloadID']);
    if (status === 'NORMAL') {
      const records = Number(json['RecordCount']);
      if (!Number.isSafeInteger(records) || records < 0)
        throw fail('SYNC4012', {operation, what: 'the answer holds no RecordCount'});
      return {id, source, records, columns: sessionColumns(json['Schema'], operation)};
    }
    if (status !== 'INITIATING' || tries > client.bounds.countMax)
      throw fail('SYNC4015', {table: nameOf(source), session: id, status});
    await wait(Math.min(tries * client.bounds.firstMs, client.bounds.pauseMsMax), signal);
    const query = {...queryOf(client, source), downloadid: id};
    answer = await client.request({...asked, operation, method: 'GET', query});
  }
}

/** The rows of a session, range by range, in the session's stable order. */
export async function* downloadRows(
  client: TargetClient,
  session: DownloadSession,
  options: ReadOptions,
): AsyncGenerator<RecordValue[][]> {
  const columns = chosen(session, options.columns);
  let at = options.start ?? 0;
  const end = Math.min(session.records, at + (options.count ?? session.records));
  let rowsNext = rowsFirst;
  while (at < end) {
    const count = Math.min(rowsNext, end - at);
    const {rows, bytes} = await readRange(client, session, columns, at, count, options);
    yield rows;
    at += count;
    const fitting = Math.floor((rangeBytes * count) / Math.max(1, bytes));
    // At most four times as many rows as before: the next ones may be heavier.
    rowsNext = Math.max(1, Math.min(fitting, 4 * count, rowsMax));
  }
}

interface Range {
  rows: RecordValue[][];
  bytes: number;
}

/** A damaged range is asked once more; the second time it is raised. */
async function readRange(
  client: TargetClient,
  session: DownloadSession,
  columns: SessionColumn[],
  start: number,
  count: number,
  options: ReadOptions,
): Promise<Range> {
  const operation = `download rows ${start} to ${start + count - 1} of ${nameOf(session.source)}`;
  for (let tries = 1; ; tries++) {
    const answer = await client.request({
      operation,
      side: 'tunnel',
      method: 'GET',
      path: pathOf(client, session.source),
      query: {
        ...queryOf(client, session.source),
        data: '',
        downloadid: session.id,
        rowrange: `(${start},${count})`,
        ...(options.columns === undefined ? {} : {columns: columns.map(c => c.name).join(',')}),
      },
      headers: {'Accept-Encoding': 'zstd'},
      repeatable: true,
      signal: options.signal,
    });
    try {
      const stream = await plain(answer, operation);
      const {rows} = readRecords(stream, columns);
      if (rows.length === count) return {rows, bytes: stream.length};
      throw fail('SYNC4036', {operation});
    } catch (error) {
      const damaged = isStreamRefusal(error) || (isSyncError(error) && error.code === 'SYNC4036');
      if (!damaged) throw error;
      if (tries > 1) throw fail('SYNC4036', {operation}, error);
    }
  }
}

/** The bytes of an answer without their content encoding. */
async function plain(answer: TargetResponse, operation: string): Promise<Buffer> {
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  try {
    switch (encoding) {
      case 'identity':
        return answer.body;
      case 'zstd':
        return await unzstd(answer.body, {maxOutputLength: rangeBytesMax});
      case 'deflate':
        return await uninflate(answer.body, {maxOutputLength: rangeBytesMax});
    }
  } catch (error) {
    throw fail('SYNC4036', {operation}, error);
  }
  throw fail('SYNC4012', {operation, what: `Content-Encoding ${encoding} was not asked for`});
}

/** Column numbers of a stream count the columns asked, so the order asked is always the table's. */
function chosen(session: DownloadSession, names: readonly string[] | undefined): SessionColumn[] {
  if (names === undefined) return session.columns;
  const wanted = new Set(names.map(name => name.toLowerCase()));
  const columns = session.columns.filter(column => wanted.has(column.name));
  assert(columns.length === wanted.size, 'the columns asked for are those of the session');
  return columns;
}

function pathOf(client: TargetClient, source: DownloadSource): string[] {
  if ('table' in source) return tablePath(client, source.table);
  return ['projects', client.project, 'instances', source.instance];
}

function queryOf(client: TargetClient, source: DownloadSource): Record<string, string> {
  const query: Record<string, string> = {};
  if ('table' in source && source.partition !== null) query['partition'] = source.partition;
  if (client.quota !== null) query['quotaName'] = client.quota;
  return query;
}

function nameOf(source: DownloadSource): string {
  return 'table' in source ? shown(source.table, source.partition) : `job ${source.instance}`;
}
