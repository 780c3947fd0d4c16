// XA transactions (rule C6): their rows wait until the decision, take record ids at XA COMMIT and vanish at XA ROLLBACK.
// GTIDs of undecided ones stay out of the position, so that a restart reads them again. Refuses XA without GTIDs, and
// undecided rows beyond a bound, because both could not be read again or kept.
import {fail} from '../base/errors.ts';
import {MiB} from '../base/sizes.ts';
import {eventType} from '../codec/binlogEvent.ts';
import {readTableId} from '../codec/tableMapParser.ts';
import type {EventView} from '../source/binlogClient.ts';
import {addGtid} from '../source/gtidSet.ts';
import {endTransaction, type FollowState, type Route, type XaTransaction} from './followState.ts';

/** Rows of all undecided transactions together. */
const heldBytesMax = 64 * MiB;

/** Takes a rows event of a route that was found when it was read. */
export type TakeRows = (state: FollowState, event: EventView, route: Route) => void | Promise<void>;

/** Does what an XA statement of the binlog says. A promise means: read no further before it resolves. */
export function takeXaStatement(
  state: FollowState,
  event: EventView,
  sql: string,
  takeRows: TakeRows,
): void | Promise<void> {
  const [, verb = '', xid = ''] = /^\s*XA\s+(\w+)\s+(.*?)\s*$/is.exec(sql) ?? [];
  switch (verb.toUpperCase()) {
    case 'START':
    case 'BEGIN':
      if (state.gtidNumber === 0) throw stop(event, 'an XA transaction on a server without GTIDs');
      state.inTransaction = true;
      state.begun = true;
      state.xa = {xid, events: [], bytes: 0, source: state.gtidSource, number: state.gtidNumber};
      return;
    case 'END':
      return;
    case 'COMMIT':
    case 'ROLLBACK':
      return decide(state, event, xid, verb.toUpperCase() === 'COMMIT', takeRows);
    default:
      throw stop(event, `the statement ${JSON.stringify(sql.slice(0, 200))}`);
  }
}

/** Keeps the rows events of the running XA transaction that concern followed tables. True for every rows event. */
export function keepRows(state: FollowState, xa: XaTransaction, event: EventView): boolean {
  const {type, input, at, end} = event;
  if (!isRows(type)) return false;
  const route = state.routes.get(readTableId(input, at));
  if (route === undefined || route.table === null) return true;
  const body = Buffer.from(input.subarray(at, end));
  xa.bytes += body.length;
  let held = xa.bytes;
  for (const prepared of state.prepared.values()) held += prepared.bytes;
  if (held > heldBytesMax)
    throw stop(event, `undecided XA transactions of more than ${heldBytesMax / MiB} MiB`);
  xa.events.push({route, type, timestampSeconds: event.timestampSeconds, body});
  return true;
}

/** The end of an XA transaction's own part: prepared, or committed at once (ONE PHASE). */
export function takeXaPrepare(
  state: FollowState,
  event: EventView,
  takeRows: TakeRows,
): void | Promise<void> {
  const {xa} = state;
  if (xa === null) throw stop(event, 'an XA transaction was prepared that did not start');
  state.xa = null;
  const isOnePhase = event.input[event.at] === 1;
  if (isOnePhase) return replay(state, event, xa, takeRows);
  state.prepared.set(xa.xid, xa);
  state.gtidNumber = 0;
  endTransaction(state, event.file, event.endOffset);
}

function decide(
  state: FollowState,
  event: EventView,
  xid: string,
  isCommit: boolean,
  takeRows: TakeRows,
): void | Promise<void> {
  const xa = state.prepared.get(xid);
  if (xa === undefined) {
    if (isCommit)
      throw stop(event, `the commit of XA transaction ${xid}, whose rows were not read`);
    endTransaction(state, event.file, event.endOffset);
    return;
  }
  state.prepared.delete(xid);
  if (isCommit) return replay(state, event, xa, takeRows);
  addGtid(state.gtids, xa.source, xa.number);
  endTransaction(state, event.file, event.endOffset);
}

/** The rows as if they came now. Events are one object that is reused: what is needed of this one is kept. */
async function replay(
  state: FollowState,
  event: EventView,
  xa: XaTransaction,
  takeRows: TakeRows,
): Promise<void> {
  const {file, endOffset, serverId, flags, gtid, dialect} = event;
  for (const {route, type, timestampSeconds, body} of xa.events) {
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    const place = {file, endOffset, serverId, flags, gtid, dialect, input: body, view, at: 0};
    await takeRows(state, {type, timestampSeconds, ...place, end: body.length}, route);
  }
  addGtid(state.gtids, xa.source, xa.number);
  endTransaction(state, file, endOffset);
}

function isRows(type: number): boolean {
  return (
    (type >= eventType.writeRowsV1 && type <= eventType.deleteRowsV1) ||
    (type >= eventType.writeRows && type <= eventType.deleteRows) ||
    type === eventType.partialUpdateRows
  );
}

function stop(event: EventView, what: string) {
  const position = `${event.file}:${event.endOffset}`;
  return fail('SYNC5031', {what, position});
}
