// What following knows between two events: the position, the running transaction, the followed tables and what is due.
import type {Log} from '../base/log.ts';
import {MiB} from '../base/sizes.ts';
import type {LogTranscoder} from '../codec/logTranscoder.ts';
import type {SpellImages} from '../codec/spelledImages.ts';
import {
  addGtid,
  containsGtid,
  containsGtidSet,
  formatGtidSet,
  parseGtidSet,
  uniteGtidSets,
  type GtidSet,
} from '../source/gtidSet.ts';
import {isBeforePlace} from '../source/place.ts';
import type {Position} from '../source/position.ts';
import {
  cutBatch,
  markDone,
  mayCut,
  settledRecordId,
  type CutBatch,
  type FollowedTable,
} from './followedTable.ts';
import type {CheckpointRecord} from './ledgerTypes.ts';
import {createLatency, type Latency} from './latency.ts';
import {sendBatch} from './sendBatch.ts';
import {streamBatch} from './streamBatch.ts';
import type {Relay} from './relay.ts';
import type {Sender} from './sender.ts';
import {noPauses, type TablePauses} from './tablePauses.ts';

/** Partitions of one table that are open at once before it is flushed (rule C20: 32 sessions at once a table). */
export const openPartitionsMax = 24;
/** Uncompressed bytes in memory above which blocks are cut, and reading waits for their compression (rule C21). */
export const heldBytesMax = 24 * MiB;

/** Where the rows of one table id go; `table` is null for a table nobody asked for. */
export interface Route {
  /** The table map event's body, to know it again without parsing. */
  mapBytes: Buffer;
  /** A view on the same bytes. */
  mapView: DataView;
  table: FollowedTable | null;
  /** Compiled at the first row that is not skipped, so that an old table version is never judged by the new plan. */
  transcode: LogTranscoder | null;
  /** Rewrites images before they are transcoded; null: they are read as they stand. */
  spell: SpellImages | null;
}

/** A rows event that waits for the decision over its transaction. */
export interface KeptRows {
  route: Route;
  type: number;
  timestampSeconds: number;
  body: Buffer;
}

export interface XaTransaction {
  xid: string;
  events: KeptRows[];
  bytes: number;
  /** Its GTID: not in the position before the decision. */
  source: string;
  number: number;
}

export interface FollowLimits {
  /** Stream writes, at least once, instead of sessions under the ledger. */
  isLowLatency: boolean;
  commitMs: number;
  commitBytes: number;
  spoolBytesMax: number;
}

export interface FollowState {
  sender: Sender;
  log: Log;
  limits: FollowLimits;
  /** By `database.table`, as MySQL spells them. */
  tables: Map<string, FollowedTable>;
  routes: Map<number, Route>;
  /** End of the last whole transaction: identity and place. */
  epoch: number;
  serverUuid: string;
  gtids: GtidSet;
  file: string;
  offset: number;
  /** Of the last whole transaction; only meaningful between two transactions (rule C5). */
  readFingerprint: () => Position['fingerprint'];
  /** The running transaction: a running number, its GTID (number 0 without one). */
  transaction: number;
  inTransaction: boolean;
  /** BEGIN was seen: only COMMIT, ROLLBACK or XID ends this transaction. */
  begun: boolean;
  /** The last transaction that set a savepoint, and how many row changes had been taken at its first. */
  savepoint: {transaction: number; changes: number};
  gtidSource: string;
  gtidNumber: number;
  /** The statement of the running transaction does nothing: the first half of an ALTER in two phases (MariaDB). */
  passesOver: boolean;
  /** When it was committed at the source, microseconds since 1970; 0 where the server does not say. */
  commitMicros: number;
  /** The XA transaction that is being read, and those that are prepared and not decided, by xid. */
  xa: XaTransaction | null;
  prepared: Map<string, XaTransaction>;
  /** The position above as an object, made once a transaction; null when it moved on since. */
  snapshot: Position | null;
  /** Tables with open changes, and those to be cut at the next transaction end. */
  openTables: Set<FollowedTable>;
  due: Set<FollowedTable>;
  /** Tables of which nothing is sent. */
  pauses: TablePauses;
  /** False while reading starts over: what is open is about to be dropped and must not be sent. */
  isCutting: boolean;
  /** What reading waits for: room, a hold, a schema change. */
  held: Promise<void> | null;
  /** Header time of the last event with a time, Unix seconds. */
  lastEventSeconds: number;
  /** When anything arrived last, `performance.now()`. */
  readHeardMs: () => number;
  /** Whether reading waits for us, so that silence is ours. */
  isReadHeld: () => boolean;
  /** The last thing that arrived was a heartbeat: everything the source has was read. */
  caughtUp: boolean;
  checkpointedMs: number;
  checkpointed: Position | null;
  bytesRead: number;
  /** `bytesRead` when the stream was dry last (backlog.ts). */
  bytesReadDry: number;
  rowsRead: number;
  /** From commit at the source to visible at the target. */
  latency: Latency;
  /** Whether a table that is not followed is to join because of the statement at this place. */
  isWanted: (database: string, table: string, place: string) => boolean;
  /** The relay log that is read; null where none is. */
  relay: Relay | null;
  /** Ends the whole task with this error. */
  fail: (error: unknown) => void;
}

/** Following from `position` on, with nothing open. */
export function createFollowState(
  start: Pick<FollowState, 'sender' | 'log' | 'limits'> & {
    /** Default: none is. */
    isWanted?: FollowState['isWanted'];
    /** Default: no table is. */
    pauses?: TablePauses;
    tables: readonly FollowedTable[];
    position: Position;
  },
): FollowState {
  const {sender, log, limits, isWanted = () => false, pauses = noPauses, tables, position} = start;
  return {
    sender,
    isWanted,
    pauses,
    log,
    limits,
    tables: new Map(tables.map(table => [`${table.database}.${table.table}`, table])),
    routes: new Map(),
    epoch: position.epoch,
    serverUuid: position.serverUuid,
    gtids: parseGtidSet(position.gtidSet),
    file: position.file,
    offset: position.offset,
    readFingerprint: () => null,
    transaction: 0,
    inTransaction: false,
    begun: false,
    savepoint: {transaction: -1, changes: 0},
    gtidSource: '',
    passesOver: false,
    gtidNumber: 0,
    commitMicros: 0,
    xa: null,
    prepared: new Map(),
    snapshot: position,
    openTables: new Set(),
    due: new Set(),
    isCutting: true,
    held: null,
    lastEventSeconds: 0,
    readHeardMs: () => 0,
    isReadHeld: () => false,
    caughtUp: false,
    checkpointedMs: performance.now(),
    checkpointed: position,
    bytesRead: 0,
    bytesReadDry: 0,
    rowsRead: 0,
    latency: createLatency(),
    relay: null,
    fail: () => undefined,
  };
}

/** The end of the last whole transaction. */
export function currentPosition(state: FollowState): Position {
  state.snapshot ??= {
    epoch: state.epoch,
    serverUuid: state.serverUuid,
    gtidSet: formatGtidSet(state.gtids),
    file: state.file,
    offset: state.offset,
    fingerprint: state.inTransaction ? null : state.readFingerprint(),
  };
  return state.snapshot;
}

/** The same, kept until the next transaction ends: the stream has begun another, and its fingerprint is of that one. */
export function fixPosition(state: FollowState): void {
  if (state.snapshot !== null) return;
  state.inTransaction = true;
  currentPosition(state);
  state.inTransaction = false;
}

/** Whether the running transaction is already in the log of `table`. Asked for each rows event until it is past. */
export function isSkipped(
  state: FollowState,
  table: FollowedTable,
  file: string,
  endOffset: number,
): boolean {
  const {skipTo} = table;
  if (skipTo === null) return false;
  const inside =
    state.gtidNumber > 0
      ? containsGtid(skipSetOf(skipTo), state.gtidSource, state.gtidNumber)
      : isAtOrBefore(file, endOffset, skipTo);
  // Reading goes in one order and `skipTo` is a prefix of it, but for another server, which may have committed in another
  // order: there the skipping ends when all of it went by.
  if (!inside && isPassed(state, skipTo)) table.skipTo = null;
  return inside;
}

/** Whether everything of `skipTo` was read. Without GTIDs the place of the transaction has said so. */
function isPassed({gtids, gtidNumber}: FollowState, skipTo: Position): boolean {
  return gtidNumber === 0 || containsGtidSet(gtids, skipSetOf(skipTo));
}

const skipSets = new WeakMap<Position, GtidSet>();

function skipSetOf(position: Position): GtidSet {
  let set = skipSets.get(position);
  if (set === undefined) skipSets.set(position, (set = parseGtidSet(position.gtidSet)));
  return set;
}

/** Whether a place in the binlog is not after `position`. */
export function isAtOrBefore(file: string, offset: number, position: Position): boolean {
  return !isBeforePlace(position, {file, offset});
}

/** Notes that the running transaction ended at `file`:`endOffset`; cuts what is due. */
export function endTransaction(state: FollowState, file: string, endOffset: number): void {
  if (state.gtidNumber > 0) addGtid(state.gtids, state.gtidSource, state.gtidNumber);
  state.file = file;
  state.offset = endOffset;
  state.snapshot = null;
  state.inTransaction = false;
  state.begun = false;
  state.passesOver = false;
  if (state.due.size > 0) cutDue(state);
}

/** Called for each rows event that went into `table`: notes first and oldest change, and whether it is due. */
export function noteRows(
  state: FollowState,
  table: FollowedTable,
  utcSeconds: number,
  bytes: number,
): void {
  if (table.openSinceMs === 0) {
    table.openSinceMs = performance.now();
    table.oldestSeconds = utcSeconds;
    if (table.done === null) {
      table.done = currentPosition(state);
      table.doneRecordId = table.transactionRecordId;
    }
    table.oldestMicros = state.commitMicros;
    state.openTables.add(table);
  }
  table.newestMicros = state.commitMicros;
  table.openBytes += bytes;
  state.sender.heldBytes += bytes;
  if (table.openBytes >= state.limits.commitBytes || table.open.size >= openPartitionsMax)
    state.due.add(table);
}

/** Marks what is old enough, or everything, as due; cuts at once when no transaction runs. */
export function markDue(state: FollowState, everything: boolean): void {
  const now = performance.now();
  for (const table of state.openTables)
    if (everything || now - table.openSinceMs >= state.limits.commitMs) state.due.add(table);
  if (!state.inTransaction) cutDue(state);
}

/** Cuts every table that is due and may send one more batch; only between transactions. */
export function cutDue(state: FollowState): void {
  if (!state.isCutting) return;
  for (const table of state.due) {
    if (table.open.size === 0) state.due.delete(table);
    else cutTable(state, table);
  }
}

/** Whether nothing of `table` is to be sent. */
export function isPaused({pauses}: FollowState, {database, table}: FollowedTable): boolean {
  return pauses.has(`${database}.${table}`);
}

/** Cuts and sends what is open in `table`, unless it is paused or the batch before is not uploaded yet: then it stays due. */
export function cutTable(state: FollowState, table: FollowedTable): void {
  if (table.open.size === 0 || !mayCut(table) || isPaused(state, table)) return;
  state.due.delete(table);
  state.openTables.delete(table);
  send(state, cutBatch(table, endOf(state, table)));
}

/** Where the log of `table` ends: with what it holds of transactions that this server has not given us yet. */
function endOf(state: FollowState, {skipTo}: FollowedTable): Position {
  const here = currentPosition(state);
  if (skipTo === null || skipTo.gtidSet === '') return here;
  return {...here, gtidSet: formatGtidSet(uniteGtidSets(state.gtids, skipSetOf(skipTo)))};
}

function send(state: FollowState, cut: CutBatch): void {
  const {table, oldestMicros, newestMicros, changes} = cut;
  const next = () => {
    if (!state.inTransaction) cutDue(state);
  };
  const uploaded = () => {
    cut.isUploaded = true;
    next();
  };
  const before = table.onTheWay.at(-2)?.sent ?? null;
  cut.sent = state.limits.isLowLatency
    ? streamBatch(state.sender, cut)
    : sendBatch(state.sender, cut, {before, uploaded});
  const sending = cut.sent
    .then(() => state.latency.note(oldestMicros, newestMicros, changes))
    .catch(state.fail)
    .finally(() => {
      // One that failed stays on its way: a batch before it that is done later is not all there is.
      if (table.sending === sending) table.sending = null;
      next();
    });
  table.sending = sending;
}

/** Brings `doneRecordId` of a table that is done up to the current position there too: filtered changes have ids. */
export function settleRecordId(state: FollowState, table: FollowedTable): void {
  table.doneRecordId = settledRecordId(table, state.inTransaction ? state.transaction : null);
}

/** What the ledger stores with the `done` of `cut`: the position and every table whose own changed. */
export function checkpointAfter(state: FollowState, cut: CutBatch): CheckpointRecord {
  markDone(cut);
  cut.table.storedDone = cut.end;
  cut.table.storedRecordId = cut.nextRecordId;
  return checkpointNow(state);
}

/** The checkpoint as it is now. What it holds counts as stored: whoever asks writes it. */
export function checkpointNow(state: FollowState): CheckpointRecord {
  const position = currentPosition(state);
  const tables: CheckpointRecord['tables'] = [];
  for (const table of state.tables.values()) {
    if (table.done === null) settleRecordId(state, table);
    const {tableId, done, doneRecordId} = table;
    if (done === table.storedDone && doneRecordId === table.storedRecordId) continue;
    // Batches under the ledger count their rows there themselves.
    const rowsFollowed = state.limits.isLowLatency ? table.rowsFollowed : null;
    tables.push({tableId, done, nextRecordId: doneRecordId, rowsFollowed});
    table.storedDone = done;
    table.storedRecordId = doneRecordId;
  }
  state.checkpointed = position;
  state.checkpointedMs = performance.now();
  return {position, tables};
}
