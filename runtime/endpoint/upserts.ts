// Upsert sessions of Delta tables (protocol section 13): flushes are kept in the order of their arrival and take effect at the
// commit, all at once. The later row of a key wins. Buckets are the clients' choice and are not checked (trap 21).
import {rm} from 'node:fs/promises';
import type {Readable} from 'node:stream';
import {parseOdpsType} from '../codec/odpsType.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import {listBlocks, placeBlock, type Draft} from './blocks.ts';
import {partitionName, partitionsOf, type Table} from './catalog.ts';
import {commitSession} from './commitSession.ts';
import {deleteMark, upsertMark} from './loadBlocks.ts';
import {badRequest, missing} from './odpsError.ts';
import {valueColumn} from './parquetSinks.ts';
import {
  checkOpen,
  dropSession,
  forgetSessions,
  keepSession,
  newSession,
  sessionFolder,
  type Session,
} from './sessions.ts';
import {queryRows, textLiteral} from './store.ts';
import {takeBody} from './takeBody.ts';
import {recordColumns} from './uploads.ts';
import type {World} from './world.ts';

/** Columns after the data columns of every row. */
const serviceColumns: RecordColumn[] = [
  {name: '__version', type: parseOdpsType('bigint')},
  {name: '__app_version', type: parseOdpsType('bigint')},
  {name: '__operation', type: parseOdpsType('tinyint')},
  {name: '__key_cols', type: parseOdpsType('array<bigint>')},
  {name: '__value_cols', type: parseOdpsType('array<bigint>')},
];
/** Their places after the data columns. */
const operationPlace = 2;
const valueColumnsPlace = 4;
const bucketsDefault = 16;
/** More buckets than this nobody declares; a false property must not make endless answers. */
const bucketsMax = 4096;

/** Buckets of a table: its property `write.bucket.num`. */
export function bucketCount(table: Table): number {
  const wish = Number(table.properties['write.bucket.num'] ?? bucketsDefault);
  return Number.isInteger(wish) && wish > 0 && wish <= bucketsMax ? wish : bucketsDefault;
}

/** Makes a session; refuses tables without a primary key, and partitions that do not exist. */
export async function createUpsert(
  world: World,
  table: Table,
  partition: string[] | null,
): Promise<Session> {
  const {store, catalog, sessions} = world;
  if (table.primaryKey.length === 0) {
    throw badRequest('InvalidArgument', `Table ${table.name} has no primary key`);
  }
  if (partition !== null && !partitionsOf(catalog, table).has(partitionName(table, partition))) {
    throw missing('Partition', partitionName(table, partition));
  }
  await forgetSessions(store, sessions, world.nowMs());
  const session = newSession('upsert', table, partition, world.nowMs());
  await keepSession(store, sessions, session);
  return session;
}

export interface Flush {
  bucket: string | undefined;
  /** Rows that the client says it sends; absent: not said. */
  records: string | undefined;
  body: Readable;
  encoding: string | undefined;
}

/** Takes one flush. It counts only when it was whole and the session still open. */
export async function writeUpsert(
  world: World,
  table: Table,
  session: Session,
  flush: Flush,
): Promise<void> {
  const {bucket, records} = flush;
  if (!/^\d+$/.test(bucket ?? '') || Number(bucket) >= bucketCount(table)) {
    throw badRequest('InvalidArgument', `"${bucket}" is not a bucket of ${table.name}`);
  }
  checkOpen(session);
  const folder = sessionFolder(world.store, session.id);
  const columns = [...recordColumns(session), ...serviceColumns];
  const draft = await takeBody(world.threads, folder, columns, flush.body, flush.encoding);
  try {
    if (records !== undefined && Number(records) !== draft.rows) {
      throw badRequest(
        'InvalidArgument',
        `record_count is ${records}, the body holds ${draft.rows}`,
      );
    }
    await checkRows(world, table, session, draft);
    await world.inSession(session.id, async () => {
      checkOpen(session);
      const earlier = await listBlocks(folder);
      const next = 1 + Math.max(-1, ...earlier.map(block => block.id));
      await placeBlock(folder, next, draft);
    });
  } catch (error) {
    await rm(draft.file, {force: true});
    throw error;
  }
}

/** Commits every flush; a second commit changes nothing. */
export async function commitUpsert(world: World, session: Session): Promise<void> {
  const data = session.columns.length;
  await commitSession(world, session, {
    operation: data + operationPlace,
    written: data + valueColumnsPlace,
  });
}

/** Ends an open session without its rows; a committed one stays committed. */
export async function abortUpsert(world: World, session: Session): Promise<void> {
  await world.inSession(session.id, async () => {
    if (session.status === 'CLOSED') checkOpen(session);
    await dropSession(world.store, world.sessions, session.id);
  });
}

/** Whether rows of a table may name the columns that they write. */
export function takesPartial(table: Table): boolean {
  return table.properties['acid.partial.fields.update.enable'] === 'true';
}

/** Refuses partial rows where the table takes none, operations that are none, keys with NULL. */
async function checkRows(
  world: World,
  table: Table,
  session: Session,
  draft: Draft,
): Promise<void> {
  if (draft.rows === 0) return;
  const data = session.columns.length;
  const operation = valueColumn(data + operationPlace);
  const values = valueColumn(data + valueColumnsPlace);
  const keys = table.primaryKey.map(key => {
    const i = session.columns.findIndex(column => column.name === key);
    return `${valueColumn(i)} IS NULL`;
  });
  const [found] = await world.store.read(connection =>
    queryRows(
      connection,
      `SELECT count(*) FILTER (coalesce(len(${values}), 0) > 0) AS partial, ` +
        `count(*) FILTER (${operation} IS NULL OR ${operation} NOT IN (${upsertMark}, ${deleteMark})) AS unknown, ` +
        `count(*) FILTER (${keys.join(' OR ')}) AS keyless FROM read_parquet(${textLiteral(draft.file)})`,
    ),
  );
  if (Number(found!['partial']) > 0 && !takesPartial(table)) {
    throw badRequest(
      'InvalidArgument',
      `Table ${table.name} takes no partial updates: acid.partial.fields.update.enable is not true`,
    );
  }
  if (Number(found!['unknown']) > 0) {
    throw badRequest('InvalidArgument', '__operation is neither 85 (upsert) nor 68 (delete)');
  }
  if (Number(found!['keyless']) > 0) {
    throw badRequest('InvalidArgument', 'A column of the primary key is NULL');
  }
}
