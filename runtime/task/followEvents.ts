// What each binlog event does: rows go into open parts, transaction ends move the position, everything that is not
// followed yet stops the task with a code (rules C7, C16). One function an event; nothing is allocated for an event.
import {fail} from '../base/errors.ts';
import {
  createRowsHeader,
  eventType,
  parseQueryEvent,
  parseRowsHeader,
} from '../codec/binlogEvent.ts';
import {checkTableMap, logTranscoder, type RowChange} from '../codec/logTranscoder.ts';
import {mariadbEventType} from '../codec/mariadbEvent.ts';
import {wholeImages} from '../codec/partialUpdate.ts';
import {spellingOf} from '../codec/spelledImages.ts';
import {parseTableMap, readTableId} from '../codec/tableMapParser.ts';
import {ruledTranscoder} from '../rules/ruledTranscoder.ts';
import type {EventView} from '../source/binlogClient.ts';
import {classifyStatement, type Statement, type StatementTraits} from '../source/ddl.ts';
import {
  dropEmptyPart,
  noteTransaction,
  openPart,
  rollBack,
  type FollowedTable,
} from './followedTable.ts';
import {
  currentPosition,
  endTransaction,
  heldBytesMax,
  isSkipped,
  noteRows,
  type FollowState,
  type Route,
} from './followState.ts';
import {blockBytesMax, cutBlock, spoolOf} from './sendBatch.ts';
import {makeRoom} from './followRoom.ts';
import {blockBytes, pageFor} from './openBlock.ts';
import {takeMariadbGtid} from './followMariadb.ts';
import {keepRows, takeXaPrepare, takeXaStatement} from './followXa.ts';

const rows = createRowsHeader();

/** A schema change of a followed table that the barrier takes over (rule C15). */
export type OnSchemaChange = (
  statement: Statement,
  sql: string,
  file: string,
  endOffset: number,
) => Promise<void>;

/** Takes one event in. A promise means: read no further before it resolves. */
export function takeEvent(
  state: FollowState,
  event: EventView,
  onSchemaChange: OnSchemaChange,
): void | Promise<void> {
  state.bytesRead += event.end - event.at;
  state.caughtUp = event.type === eventType.heartbeat || event.type === eventType.heartbeatV2;
  if (event.timestampSeconds > 0) state.lastEventSeconds = event.timestampSeconds;
  if (state.xa !== null && keepRows(state, state.xa, event)) return;
  switch (event.type) {
    case eventType.gtid:
    case eventType.anonymousGtid:
    case eventType.gtidTagged:
      state.gtidSource = event.gtid.source;
      state.gtidNumber = event.gtid.number;
      state.commitMicros = event.gtid.immediateCommitMicros;
      state.transaction++;
      state.inTransaction = true;
      state.begun = false;
      return;
    case mariadbEventType.gtid:
      takeMariadbGtid(state, event);
      return;
    case eventType.rotate:
      // The next file has another format time: the position in this one is fixed before it is heard.
      if (!state.inTransaction) currentPosition(state);
      return;
    case eventType.tableMap:
      takeTableMap(state, event);
      return;
    case eventType.writeRows:
    case eventType.writeRowsV1:
      return takeRows(state, event, 'insert');
    case eventType.updateRows:
    case eventType.updateRowsV1:
      return takeRows(state, event, 'update');
    case eventType.deleteRows:
    case eventType.deleteRowsV1:
      return takeRows(state, event, 'delete');
    case eventType.partialUpdateRows:
      return takeRows(state, event, 'update');
    case eventType.xid:
      endTransaction(state, event.file, event.endOffset);
      return;
    case eventType.xaPrepare:
      return takeXaPrepare(state, event, takeKept);
    case eventType.query:
      return takeQuery(state, event, onSchemaChange);
    default:
      // The source room has refused what it does not know; what is left carries no rows.
      return;
  }
}

function takeTableMap(state: FollowState, event: EventView): void {
  const {input, at, end} = event;
  const tableId = readTableId(input, at);
  const known = state.routes.get(tableId);
  if (known !== undefined && isSameMap(known, event)) return;
  const mapBytes = Buffer.from(input.subarray(at, end));
  // Two length-prefixed names stand after the table id (6) and the flags (2).
  const databaseEnd = at + 9 + input[at + 8]!;
  const database = input.toString('utf8', at + 9, databaseEnd);
  const tableAt = databaseEnd + 2;
  const name = input.toString('utf8', tableAt, tableAt + input[databaseEnd + 1]!);
  const table = state.tables.get(`${database}.${name}`) ?? null;
  const mapView = new DataView(mapBytes.buffer, mapBytes.byteOffset, mapBytes.length);
  state.routes.set(tableId, {mapBytes, mapView, table, transcode: null, spell: null});
}

/** Word by word: for some hundred bytes cheaper than a native call. */
function isSameMap({mapBytes, mapView}: Route, {input, view, at, end}: EventView): boolean {
  const length = mapBytes.length;
  if (end - at !== length) return false;
  let i = 0;
  for (; i + 4 <= length; i += 4)
    if (mapView.getInt32(i, true) !== view.getInt32(at + i, true)) return false;
  for (; i < length; i++) if (mapBytes[i] !== input[at + i]) return false;
  return true;
}

/** Rows of an XA transaction, at its commit. */
function takeKept(state: FollowState, event: EventView, route: Route): void | Promise<void> {
  return takeRows(state, event, kindOf(event.type), route);
}

function takeRows(
  state: FollowState,
  event: EventView,
  kind: RowChange,
  route = state.routes.get(readTableId(event.input, event.at)),
): void | Promise<void> {
  const table = route?.table;
  if (table === undefined || table === null || !table.listening) return;
  if (isSkipped(state, table, event.file, event.endOffset)) return;
  parseRowsHeader(event.type, event.input, event.at, event.end, rows);
  if (!rows.allColumnsPresent) {
    const object = `${table.database}.${table.table}`;
    throw fail('SYNC5034', {table: object, position: place(event)}, undefined, {object});
  }
  const transcode = (route!.transcode ??= compile(route!));
  const {input, view, at, end} = imagesOf(event, route!);
  noteTransaction(table, state.transaction);
  const part = openPart(table, table.namer(event.timestampSeconds), state.transaction);
  const buffer = pageFor(part.block, end - at);
  const lengthBefore = buffer.length;
  const recordsBefore = buffer.records;
  const changes = transcode(
    input,
    view,
    at,
    end,
    kind,
    table.nextRecordId,
    event.timestampSeconds,
    buffer,
    table.counters,
  );
  table.nextRecordId += changes;
  state.rowsRead += changes;
  const written = table.rule === null ? changes : changes - table.rule.last.filtered;
  if (written === 0) return dropEmptyPart(table, part);
  part.changes += written;
  part.records += buffer.records - recordsBefore;
  part.lastId = table.nextRecordId - 1;
  noteRows(state, table, event.timestampSeconds, buffer.length - lengthBefore);
  if (blockBytes(part.block) >= blockBytesMax)
    cutBlock(state.sender, spoolOf(state.sender, table), part);
  if (
    state.sender.heldBytes > heldBytesMax ||
    state.sender.spooledBytes > state.limits.spoolBytesMax
  )
    return makeRoom(state);
}

interface Images {
  input: Buffer;
  view: DataView;
  at: number;
  end: number;
}

const images: Images = {
  input: Buffer.alloc(0),
  view: new DataView(new ArrayBuffer(0)),
  at: 0,
  end: 0,
};

/** The row images of a rows event; those of a partial update are made whole. One object serves all events. */
function imagesOf(event: EventView, route: Route): Images {
  images.input = event.input;
  images.view = event.view;
  images.at = rows.imagesAt;
  images.end = event.end;
  const input = rewritten(event, route);
  if (input === null) return images;
  images.input = input;
  images.view = new DataView(input.buffer, input.byteOffset, input.length);
  images.at = 0;
  images.end = input.length;
  return images;
}

/** Images of a partial update made whole, of MariaDB's own types made text; null: they are read as they stand. */
function rewritten(event: EventView, route: Route): Buffer | null {
  if (route.spell !== null) return route.spell(event.input, rows.imagesAt, event.end);
  if (event.type !== eventType.partialUpdateRows) return null;
  const map = parseTableMap(route.mapBytes, 0, route.mapBytes.length);
  return wholeImages(route.table!.plan, map)(event.input, rows.imagesAt, event.end);
}

function kindOf(type: number): RowChange {
  if (type === eventType.writeRows || type === eventType.writeRowsV1) return 'insert';
  return type === eventType.deleteRows || type === eventType.deleteRowsV1 ? 'delete' : 'update';
}

function compile(route: Route) {
  const written = parseTableMap(route.mapBytes, 0, route.mapBytes.length);
  const {plan, rule} = route.table!;
  checkTableMap(plan, written);
  const spelling = spellingOf(plan, written);
  route.spell = spelling?.images ?? null;
  const map = spelling?.map ?? written;
  return rule === null ? logTranscoder(plan, map) : ruledTranscoder(plan, map, rule);
}

function takeQuery(
  state: FollowState,
  event: EventView,
  onSchemaChange: OnSchemaChange,
): void | Promise<void> {
  if (isBegin(event.input, event.end)) {
    begin(state);
    return;
  }
  if (state.passesOver) return endTransaction(state, event.file, event.endOffset);
  const query = parseQueryEvent(event.input, event.at, event.end);
  const isOpen = (table: FollowedTable | undefined) =>
    table !== undefined && table.listening && !isSkipped(state, table, event.file, event.endOffset);
  const isSelected = (database: string, name: string | null) =>
    name === null
      ? [...state.tables.values()].some(table => table.database === database && isOpen(table))
      : isOpen(state.tables.get(`${database}.${name}`));
  const keyNameOf = (database: string, name: string) =>
    state.tables.get(`${database}.${name}`)?.plan.source.key?.name ?? null;
  const statement = classifyStatement(
    query.sql,
    query.database,
    isSelected,
    query.sqlMode,
    keyNameOf,
    (database, name) => state.isWanted(database, name, place(event)),
    traitsOf(event.dialect),
  );
  switch (statement.kind) {
    case 'begin':
      begin(state);
      return;
    case 'savepoint':
      noteSavepoint(state);
      return;
    case 'rollback-to':
      if (changedSinceSavepoint(state))
        throw stop(event, 'a rollback to a savepoint, with rows of followed tables behind it');
      return;
    case 'harmless':
      // A CREATE TABLE … SELECT is a statement inside its transaction (fact e).
      if (!state.begun) endTransaction(state, event.file, event.endOffset);
      return;
    case 'commit':
      endTransaction(state, event.file, event.endOffset);
      return;
    case 'rollback':
      rollBackAll(state, event);
      endTransaction(state, event.file, event.endOffset);
      return;
    case 'alter':
    case 'reload':
      return onSchemaChange(statement, query.sql, event.file, event.endOffset);
    case 'create':
      if (statement.fills) begin(state);
      return onSchemaChange(statement, query.sql, event.file, event.endOffset);
    case 'xa':
      return takeXaStatement(state, event, query.sql, takeKept);
    default:
      throw stop(event, `${statement.reason} (${JSON.stringify(query.sql.slice(0, 200))})`);
  }
}

function traitsOf({isMariadb, versionNumber}: EventView['dialect']): StatementTraits {
  return {isMariadb, fillsTimestamps: isMariadb || versionNumber < 80000};
}

function begin(state: FollowState): void {
  // Servers before 5.7 without GTIDs send no event before BEGIN.
  if (!state.inTransaction) state.transaction++;
  state.inTransaction = true;
  state.begun = true;
}

/** `BEGIN` opens nearly every transaction: known by its last six bytes, the end of the database name included. */
function isBegin(input: Buffer, end: number): boolean {
  return (
    input[end - 6] === 0 &&
    input[end - 5] === 66 &&
    input[end - 4] === 69 &&
    input[end - 3] === 71 &&
    input[end - 2] === 73 &&
    input[end - 1] === 78
  );
}

/** The first of a transaction counts: of which name another is may depend on the routine that set it. */
function noteSavepoint(state: FollowState): void {
  if (state.savepoint.transaction === state.transaction) return;
  state.savepoint.transaction = state.transaction;
  state.savepoint.changes = changesTaken(state);
}

/** Whether rows of followed tables may be undone by going back to a savepoint of the running transaction. */
function changedSinceSavepoint(state: FollowState): boolean {
  const {transaction, changes} = state.savepoint;
  return transaction !== state.transaction || changes !== changesTaken(state);
}

function changesTaken({rowsRead, xa}: FollowState): number {
  return rowsRead + (xa?.events.length ?? 0);
}

function rollBackAll(state: FollowState, event: EventView): void {
  // Tables too of which every change was filtered: their record ids go back.
  for (const table of state.tables.values()) {
    const before = table.openBytes;
    if (!rollBack(table, state.transaction))
      throw stop(event, 'the rollback of a very large transaction');
    state.sender.heldBytes -= before - table.openBytes;
    if (table.open.size === 0) {
      table.openSinceMs = 0;
      table.oldestSeconds = 0;
      state.openTables.delete(table);
    }
  }
}

function place(event: EventView): string {
  return `${event.file}:${event.endOffset}`;
}

function stop(event: EventView, what: string) {
  return fail('SYNC5031', {what, position: place(event)});
}
