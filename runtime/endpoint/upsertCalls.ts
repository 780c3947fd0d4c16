// The calls of upsert sessions: `/tables/<t>/upserts` (protocol section 13). One slot holds all buckets.
import type {Table} from './catalog.ts';
import {tunnelPartition} from './partitionSpec.ts';
import {bodyText, json, type Answer, type Call} from './request.ts';
import {findSession, type Session} from './sessions.ts';
import {tunnelColumns} from './tableCalls.ts';
import {
  abortUpsert,
  bucketCount,
  commitUpsert,
  createUpsert,
  takesPartial,
  writeUpsert,
} from './upserts.ts';

/** Create, reload, flush, commit and abort, by method. */
export async function upsertCalls(call: Call, table: Table): Promise<Answer> {
  const {world, query, method} = call;
  const id = query.get('upsertid');
  if (id === undefined) {
    await bodyText(call);
    const partition = tunnelPartition(table, query.get('partition'));
    return sessionAnswer(call, table, await createUpsert(world, table, partition));
  }
  const session = findSession(world.sessions, 'upsert', id, table, world.nowMs());
  if (method === 'PUT') {
    const leave = world.flow.enter(table.id, session.id);
    try {
      await writeUpsert(world, table, session, {
        bucket: query.get('bucketid'),
        records: query.get('record_count'),
        body: call.request,
        encoding: call.request.headers['content-encoding'],
      });
    } finally {
      leave();
    }
    return {status: 200, headers: {'odps-tunnel-routed-server': call.request.headers.host ?? ''}};
  }
  await bodyText(call);
  if (method === 'DELETE') {
    await abortUpsert(world, session);
    return sessionAnswer(call, table, session, 'aborted');
  }
  if (method === 'POST') await commitUpsert(world, session);
  return sessionAnswer(call, table, session);
}

function shownStatus(call: Call, {id, status}: Session): string {
  if (status === 'CLOSED') return 'committed';
  if (call.world.sessions.committing.has(id)) return 'committing';
  return status.toLowerCase();
}

/** Everything that the clients insist on, in every answer (protocol section 13.1, trap 16). */
function sessionAnswer(
  call: Call,
  table: Table,
  session: Session,
  status = shownStatus(call, session),
): Answer {
  const buckets = Array.from({length: bucketCount(table)}, (_, bucket) => bucket);
  return json({
    id: session.id,
    schema: {
      columns: tunnelColumns(session.columns),
      partitionKeys: tunnelColumns(session.partitionKeys),
    },
    hash_key: table.primaryKey,
    hasher: 'default',
    status,
    quota_name: call.query.get('quotaName') ?? '',
    enable_partial_update: takesPartial(table),
    slots: [{slot_id: '0', buckets, worker_addr: call.request.headers.host ?? ''}],
  });
}
