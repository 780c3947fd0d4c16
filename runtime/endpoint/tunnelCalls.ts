// The tunnel of tables: batch upload (protocol section 9), download (10), stream upload with one slot (12).
import {randomUUID} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {arrowStream, recordsOfArrow} from './arrowBody.ts';
import {findTable, partitionName, partitionsOf, saveTable, type Table} from './catalog.ts';
import {checkSecondCommit, type AuditEntry} from './conduct.ts';
import {enterPartitions, touchPartitions} from './partitionRun.ts';
import {
  chooseColumns,
  createDownload,
  parseRange,
  snapshotStream,
  snapshotFile,
} from './downloads.ts';
import {encoded} from './encodedAnswer.ts';
import {makeInDuck} from './freshTables.ts';
import {expectBlocks, loadBlocks} from './loadBlocks.ts';
import {badRequest, missing} from './odpsError.ts';
import {tunnelPartition} from './partitionSpec.ts';
import {previewArrow} from './preview.ts';
import {bodyText, httpDate, json, type Answer, type Call} from './request.ts';
import {checkOpen, findSession, sessionFolder, sessionTable, type Session} from './sessions.ts';
import {schemaOf, tunnelColumns} from './tableCalls.ts';
import {refuseView} from './viewRun.ts';
import {takeBody} from './takeBody.ts';
import {takeIn} from './waitingRows.ts';
import type {World} from './world.ts';
import {upsertCalls} from './upsertCalls.ts';
import {commitUpload, createUpload, recordColumns, uploadedBlocks, writeBlock} from './uploads.ts';

/** The service's MaxFieldSize. */
const fieldBytesMax = 8_388_608;

/** Whether a call under `tables` belongs to the tunnel. */
export function isTunnelCall(call: Call): boolean {
  const {query} = call;
  const marks = ['uploads', 'uploadid', 'downloads', 'downloadid'];
  return marks.some(mark => query.has(mark)) || ['streams', 'upserts'].includes(call.path.at(-1)!);
}

/** `[schemas/<s>/]tables/<t>[/streams]` with one of the tunnel's parameters. */
export async function tunnelCalls(call: Call): Promise<Answer> {
  const inSchema = call.path[0] === 'schemas';
  const schema = inSchema ? call.path[1]!.toLowerCase() : schemaOf(call);
  const [, name, part] = inSchema ? call.path.slice(2) : call.path;
  const table = findTable(call.world.catalog, schema, name ?? '');
  if (part === 'streams' || part === 'upserts' || call.query.has('uploads')) refuseView(table);
  if (part === 'streams') return streamCalls(call, table);
  if (part === 'upserts') return upsertCalls(call, table);
  if (part === 'preview') return previewArrow(call, table);
  if (call.query.has('uploads')) return startUpload(call, table);
  if (call.query.has('uploadid')) return uploadCalls(call, table);
  return downloadCalls(call, table);
}

async function startUpload(call: Call, table: Table): Promise<Answer> {
  await bodyText(call);
  call.world.pace('upload', table.id);
  const session = await createUpload(call.world, table, {
    partition: tunnelPartition(table, call.query.get('partition')),
    createPartition: isSet(call.query.get('create_partition')),
    overwrite: isSet(call.query.get('overwrite')),
    quotaName: call.query.get('quotaName') ?? '',
  });
  return uploadAnswer(call, session);
}

async function uploadCalls(call: Call, table: Table): Promise<Answer> {
  const {world, query} = call;
  const session = findSession(
    world.sessions,
    'upload',
    query.get('uploadid')!,
    table,
    world.nowMs(),
  );
  checkPartition(session, table, query.get('partition'));
  if (call.method === 'PUT') {
    const sent = call.request.headers['content-encoding'];
    const arrow = query.has('arrow');
    const body = arrow ? recordsOfArrow(recordColumns(session), call.request, sent) : call.request;
    const leave = world.flow.enter(table.id, session.id);
    try {
      const encoding = arrow ? undefined : sent;
      const block = await writeBlock(world, session, query.get('blockid'), body, encoding);
      audit(world, 'block', session, {block: String(block.id), rows: block.rows, file: block.file});
    } finally {
      leave();
    }
    return {status: 200};
  }
  if (call.method === 'POST') {
    await bodyText(call);
    checkSecondCommit(world.conduct, session);
    const first = session.status !== 'CLOSED';
    if (first) {
      checkOpen(session);
      world.pace('commit', table.id);
    }
    const leave = world.flow.enter(table.id, session.id);
    try {
      await commitUpload(world, session);
    } finally {
      leave();
    }
    if (first) audit(world, 'commit', session, {block: null, rows: 0, file: null});
  }
  return uploadAnswer(call, session);
}

function audit(
  world: World,
  what: AuditEntry['what'],
  session: Pick<Session, 'id' | 'table' | 'partition'>,
  written: Pick<AuditEntry, 'block' | 'rows' | 'file'>,
): void {
  const {id, table, partition} = session;
  const arrivedMs = world.nowMs();
  world.conduct.audit?.({what, session: id, table, partition, ...written, arrivedMs});
}

/** A session belongs to one partition; a call that names another is refused. */
function checkPartition(session: Session, table: Table, spec: string | undefined): void {
  if (spec === undefined || spec === '') return;
  const values = tunnelPartition(table, spec);
  if (JSON.stringify(values) !== JSON.stringify(session.partition)) {
    throw badRequest('InvalidResourceSpec', `Session ${session.id} belongs to another partition`);
  }
}

async function uploadAnswer(call: Call, session: Session): Promise<Answer> {
  const blocks = await uploadedBlocks(call.world, session);
  return json({
    UploadID: session.id,
    Status: call.world.sessions.committing.has(session.id) ? 'COMMITTING' : session.status,
    Owner: 'synctask',
    Initiated: httpDate(session.createdMs),
    IsOverwrite: session.overwrite,
    MaxFieldSize: fieldBytesMax,
    QuotaName: session.quotaName,
    Schema: sessionSchema(session),
    UploadedBlockList: blocks.map(block => ({
      BlockID: block.id,
      CreateTime: 0,
      Date: httpDate(session.createdMs),
      FileName: `${block.id}`,
      RecordCount: block.rows,
      Version: block.sequence,
    })),
  });
}

async function downloadCalls(call: Call, table: Table): Promise<Answer> {
  const {world, query} = call;
  if (query.has('downloads')) {
    await bodyText(call);
    const partition = tunnelPartition(table, query.get('partition'));
    world.pace('download', table.id);
    return downloadAnswer(await createDownload(world, table, partition));
  }
  const id = query.get('downloadid')!;
  const session = findSession(world.sessions, 'download', id, table, world.nowMs());
  if (!query.has('data')) return downloadAnswer(session);
  const columns = recordColumns(session);
  const indexes = chooseColumns(columns, query.get('columns'));
  const range = parseRange(query.get('rowrange'), session.records);
  const file = snapshotFile(world.store, session.id);
  const leave = world.flow.enter(table.id, session.id);
  try {
    const stream = query.has('arrow')
      ? arrowStream(world, {file, columns, indexes, range, moments: 'nanos', frame: 'chunks'})
      : await snapshotStream(world, file, columns, indexes, range);
    stream.once('close', leave);
    return encoded(call, stream);
  } catch (error) {
    leave();
    throw error;
  }
}

function downloadAnswer(session: Session): Answer {
  return json({
    DownloadID: session.id,
    Status: 'NORMAL',
    RecordCount: session.records,
    Schema: sessionSchema(session),
    Owner: 'synctask',
    Initiated: httpDate(session.createdMs),
    QuotaName: session.quotaName,
    SupportReadByRawSize: false,
  });
}

function sessionSchema(session: Session): object {
  return {
    columns: tunnelColumns(session.columns),
    partitionKeys: tunnelColumns(session.partitionKeys),
  };
}

/** One slot, rows visible with each PUT. A session is only a name: nothing of it is kept. */
async function streamCalls(call: Call, table: Table): Promise<Answer> {
  const {world, query} = call;
  const partition = tunnelPartition(table, query.get('partition'));
  const slots = call.request.headers['odps-tunnel-slot-num'] ?? '1';
  const headers = {
    'odps-tunnel-routed-server': call.request.headers.host ?? '',
    'odps-tunnel-slot-num': String(slots),
  };
  if (call.method === 'PUT') {
    const id = query.get('uploadid') ?? '';
    const leave = world.flow.enter(table.id, id);
    try {
      await writeStream(call, table, partition);
    } finally {
      leave();
    }
    return {status: 200, headers};
  }
  await bodyText(call);
  const known =
    partition === null || partitionsOf(world.catalog, table).has(partitionName(table, partition));
  if (!known && !query.has('create_partition')) {
    throw missing('Partition', partitionName(table, partition));
  }
  return json(
    {
      session_name: query.get('uploadid') ?? randomUUID().replaceAll('-', ''),
      schema: {
        columns: tunnelColumns(table.columns),
        partitionKeys: tunnelColumns(table.partitionKeys),
      },
      status: 'normal',
      // Numbers: Go reads no texts for these two, the others read both.
      slots: [[0, call.request.headers.host ?? '']],
      schema_version: 0,
      quota_name: query.get('quotaName') ?? '',
      last_batch_id: 0,
      last_batch_commit_time: 0,
    },
    headers,
  );
}

async function writeStream(call: Call, table: Table, partition: string[] | null): Promise<void> {
  const {world} = call;
  const folder = sessionFolder(world.store, 'streams');
  const {columns} = table;
  const encoding = call.request.headers['content-encoding'];
  const draft = await takeBody(world.threads, folder, columns, call.request, encoding);
  const block = {id: 0, sequence: 1, ...draft};
  try {
    await expectBlocks(world.store, [block]);
    await world.store.write(
      async connection => {
        const found = sessionTable(world.catalog, {tableId: table.id});
        if (found === null) throw missing('Table', table.name);
        await makeInDuck(connection, world.catalog, found);
        await takeIn(connection, world.store, world.catalog, found);
        const load = {table: found, columns, partition, overwrite: false, blocks: [block]};
        await loadBlocks(connection, load);
        const nowMs = world.nowMs();
        const partitions = partition === null ? [] : [partition];
        await saveTable(connection, {...found, changedMs: nowMs});
        return touchPartitions(connection, world.catalog, found, partitions, nowMs);
      },
      touched => enterPartitions(world.catalog, table, touched),
    );
    const id = call.query.get('uploadid') ?? '';
    const {rows, file} = draft;
    audit(world, 'stream', {id, table: table.name, partition}, {block: null, rows, file});
  } finally {
    await rm(draft.file, {force: true});
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.toLowerCase() !== 'false';
}
