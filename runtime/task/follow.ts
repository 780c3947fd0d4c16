// Following the binlog: one stream at a time, from the lowest `done` of all tables, until told to stop; then a drain.
// A lost stream is opened again after its resume was proved (rule C5); what was open is read again.
import {must} from '../base/assert.ts';
import {isSyncError, isTrouble} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {BinlogStream} from '../source/binlogClient.ts';
import type {SourceOptions} from '../source/connection.ts';
import {findServer, preferServer, type FoundServer} from '../source/findServer.ts';
import {
  containsGtidSet,
  formatGtidSet,
  intersectGtidSets,
  parseGtidSet,
  uniteGtidSets,
} from '../source/gtidSet.ts';
import {startsTransaction} from '../source/knownEvents.ts';
import type {Position} from '../source/position.ts';
import {sendRestOfBacklog} from './backlog.ts';
import {rollBack, type FollowedTable} from './followedTable.ts';
import {takeEvent, type OnSchemaChange} from './followEvents.ts';
import {
  checkpointNow,
  currentPosition,
  fixPosition,
  isAtOrBefore,
  isPaused,
  markDue,
  settleRecordId,
  type FollowState,
} from './followState.ts';
import {insideOf, openRelayStream} from './followRelay.ts';
import {makeSpoolRoom} from './followRoom.ts';
import type {Holds} from './holds.ts';
import {Relay, type RelayOptions} from './relay.ts';
import {dropOpen} from './sendBatch.ts';
import {bookAll, isPaced, type PhaseThrottle} from './throttle.ts';

/** How often due tables are looked for; small against the least interval between commits. */
const tickMs = 100;
/** An idle position is stored this often, so that a restart does not read far back. */
const checkpointMs = 5 * secondMs;
/** Stream writes become done with a checkpoint; a restart repeats what came after it. A full relay log gets room by one. */
const streamCheckpointMs = secondMs;
/** The server says that it lives this often; three silences in a row are a dead link. */
const heartbeatSeconds = 2;
const retryFirstMs = 500;
const retryPauseMsMax = 30 * secondMs;

export interface FollowOptions {
  source: SourceOptions;
  serverId: number;
  /** The task's name: by it our own old registration at the source is known. */
  replicaName: string;
  state: FollowState;
  holds: Holds;
  /** Whether the checksum of each event is verified. */
  verifyChecksums: boolean;
  /** What following may take from the source. */
  throttle: PhaseThrottle;
  log: Log;
  /** Told to stop: what is read is sent, then `follow` returns. */
  stop: AbortSignal;
  /** The GTID set that loads have read: a server without it cannot go on (rule C2). */
  loadedSet: () => string;
  connectionMsMax: number;
  onSchemaChange: OnSchemaChange;
  /** Where the relay log is and how large it may be; null without one. */
  relay: {dir: string; bytesMax: number} | null;
}

/** A follower can be sent back: a table that was loaded under its own position is read from there on (rule C3). */
export interface Follower {
  /** Ends the present stream; the next starts at the lowest `done` and listens to `table` too. */
  listenTo: (table: FollowedTable) => void;
  /** Ends following at once, without a drain; `done` rejects with `error`. */
  cancel: (error: unknown) => void;
  done: Promise<void>;
}

/** Starts to follow. `done` resolves after a drain, or rejects with what ended the task. */
export function startFollow(options: FollowOptions): Follower {
  const {state, stop} = options;
  let streamEnd = new AbortController();
  let failure: {error: unknown} | null = null;
  const joining = new Set<FollowedTable>();
  let ticking: NodeJS.Timeout | undefined;
  state.fail = error => {
    failure ??= {error};
    streamEnd.abort();
  };
  const run = async (): Promise<void> => {
    await using relay = options.relay === null ? null : await Relay.open(relayOptions(options));
    state.relay = relay;
    let attempt = 0;
    let troubleSinceMs = 0;
    while (!stop.aborted && failure === null) {
      streamEnd = new AbortController();
      const bytesBefore = state.bytesRead;
      try {
        await startOver(state, joining);
        // Not before: a table that is done up to an earlier place than the task would count as past it.
        ticking ??= setInterval(() => tick(state), Math.min(tickMs, state.limits.commitMs / 2));
        await readStream(options, AbortSignal.any([stop, streamEnd.signal]));
      } catch (error) {
        if (stop.aborted || streamEnd.signal.aborted) continue;
        if (!isTrouble(error)) throw error;
        if (isSyncError(error) && error.code === 'SYNC2130') await relay?.giveUp();
        if (state.bytesRead > bytesBefore) attempt = 0;
        if (attempt++ === 0) troubleSinceMs = performance.now();
        if (performance.now() - troubleSinceMs > options.connectionMsMax) throw error;
        const pauseMs = Math.min(retryPauseMsMax, retryFirstMs * 2 ** (attempt - 1));
        const code = isSyncError(error) ? error.code : 'unknown';
        options.log.warn(
          {code, attempt, pauseMs, err: String(error)},
          'the binlog stream ended: it is opened again',
        );
        options.holds.add('source-connection', {code, attempt});
        await wait(pauseMs, AbortSignal.any([stop, streamEnd.signal])).catch(() => undefined);
      }
    }
    if (failure !== null) throw (failure as {error: unknown}).error;
    await state.held?.catch(() => undefined);
    await drain(state, () => failure !== null);
    if (failure !== null) throw (failure as {error: unknown}).error;
  };
  return {
    listenTo: table => {
      joining.add(table);
      streamEnd.abort();
    },
    cancel: error => state.fail(error),
    done: run().finally(() => clearInterval(ticking)),
  };
}

function relayOptions(options: FollowOptions): RelayOptions {
  const {state, loadedSet} = options;
  const {dir, bytesMax} = must(options.relay, 'a relay log is asked for');
  const needs = () => neededSet(state, loadedSet());
  return {...options, dir, bytesMax, needs, fail: error => state.fail(error)};
}

async function openStream(options: FollowOptions, signal: AbortSignal): Promise<BinlogStream> {
  const {state, serverId, replicaName, verifyChecksums} = options;
  const needs = {needs: neededSet(state, options.loadedSet())};
  const found = await findServer(options.source, currentPosition(state), signal, needs);
  const {source} = found;
  preferServer(options.source, source);
  const position = goOnAt(options, found);
  const settings = {position, serverId, replicaName, heartbeatSeconds, verifyChecksums, signal};
  return await BinlogStream.open(source, settings);
}

async function readStream(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const {state, holds} = options;
  const {relay} = state;
  await using stream =
    relay === null
      ? await openStream(options, signal)
      : await openRelayStream(state, relay, signal);
  holds.remove('source-connection');
  const position = currentPosition(state);
  const isInside = relay === null ? null : insideOf(position);
  state.readFingerprint = () => stream.fingerprint();
  state.readHeardMs = () => stream.heardMs;
  state.isReadHeld = () => stream.isHeld;
  options.log.info(
    {
      server: stream.server,
      file: position.file,
      offset: position.offset,
      gtidSet: position.gtidSet,
    },
    'following',
  );
  const {throttle} = options;
  await stream.run(event => {
    if (isInside?.(event)) return;
    const held = state.inTransaction ? null : holds.clear(signal);
    if (held !== null && startsTransaction(event.type)) {
      // It is taken in after the hold: till then no transaction runs, and what is open goes when it is due.
      fixPosition(state);
      state.held = held.then(() => takeEvent(state, event, options.onSchemaChange));
      return state.held;
    }
    // The event's bytes are only valid now: it is taken in, and reading goes on when nothing holds any more.
    const bytesBefore = state.bytesRead;
    const rowsBefore = state.rowsRead;
    const taken = takeEvent(state, event, options.onSchemaChange);
    const waitMs = isPaced(throttle)
      ? bookAll(throttle, {rows: state.rowsRead - rowsBefore, bytes: state.bytesRead - bytesBefore})
      : 0;
    const room = makeSpoolRoom(state, holds, signal);
    if (held === null && taken === undefined && waitMs === 0 && room === null) return;
    if (waitMs > 0) holds.slow('throttle-incremental', waitMs);
    const paced = waitMs > 0 ? wait(waitMs, signal) : null;
    state.held = Promise.all([taken, held, paced, room]).then(() => undefined);
    return state.held;
  });
}

/** What the target holds: no server that lacks any of it can go on. */
function neededSet(state: FollowState, loadedSet: string): string {
  let set = parseGtidSet(loadedSet);
  for (const {done} of state.tables.values())
    if (done !== null) set = uniteGtidSets(set, parseGtidSet(done.gtidSet));
  return formatGtidSet(set);
}

/** The position as it is at the server that was found: files and offsets are of one server, sets of all. */
function goOnAt({state, log}: FollowOptions, {source, serverUuid}: FoundServer): Position {
  const position = currentPosition(state);
  if (serverUuid !== state.serverUuid) {
    state.epoch++;
    log.warn(
      {server: `${source.host}:${source.port}`, serverUuid, before: state.serverUuid},
      'the task goes on at another server',
    );
    state.serverUuid = serverUuid;
  }
  if (position.serverUuid === serverUuid) return position;
  state.file = '';
  state.offset = 0;
  const {epoch} = state;
  state.snapshot = {...position, epoch, serverUuid, file: '', offset: 0};
  return state.snapshot;
}

/** Forgets what is open and goes back to the lowest `done`; what is on its way is waited for, and nothing new is sent. */
export async function startOver(state: FollowState, joining: Set<FollowedTable>): Promise<void> {
  state.isCutting = false;
  // A schema change in the middle of its steps is finished first; its error has ended the stream already.
  await state.held?.catch(() => undefined);
  for (const table of state.tables.values()) while (table.sending !== null) await table.sending;
  const here = currentPosition(state);
  for (const table of joining) table.listening = true;
  joining.clear();
  for (const table of state.tables.values()) {
    if (table.done === null) {
      settleRecordId(state, table);
      table.done = here;
    }
    table.skipTo = table.done;
    table.isBehind = false;
    await dropOpen(state.sender, table, table.doneRecordId);
  }
  state.openTables.clear();
  state.due.clear();
  state.routes.clear();
  // Their GTIDs are not in any position: they are read again.
  state.xa = null;
  state.prepared.clear();
  state.inTransaction = false;
  const from = [...state.tables.values()].map(table => table.done ?? here).reduce(lower, here);
  state.gtids = parseGtidSet(from.gtidSet);
  state.file = from.file;
  state.offset = from.offset;
  state.readFingerprint = () => null;
  state.isCutting = true;
  state.snapshot = from;
}

/**
 * What two positions have in common: the one that comes first. After a failover to a server that committed in another order
 * neither may come first; reading then goes on from where both have been.
 */
export function lower(left: Position, right: Position): Position {
  if (left === right) return left;
  if (left.gtidSet !== '' || right.gtidSet !== '') {
    const [l, r] = [parseGtidSet(left.gtidSet), parseGtidSet(right.gtidSet)];
    if (containsGtidSet(r, l)) return left;
    if (containsGtidSet(l, r)) return right;
    const gtidSet = formatGtidSet(intersectGtidSets(l, r));
    return {...left, gtidSet, file: '', offset: 0, fingerprint: null};
  }
  return isAtOrBefore(left.file, left.offset, right) ? left : right;
}

function tick(state: FollowState): void {
  markDue(state, false);
  sendRestOfBacklog(state);
  for (const table of state.tables.values()) forgetPassed(state, table);
  const isPressing = state.limits.isLowLatency || state.relay?.status()?.isFull === true;
  const intervalMs = isPressing ? streamCheckpointMs : checkpointMs;
  if (performance.now() - state.checkpointedMs < intervalMs) return;
  const isStored = [...state.tables.values()].every(table => table.done === table.storedDone);
  const isRoomMade = state.relay?.isKeptFrom(storedLowest(state)) ?? true;
  if (isStored && isRoomMade && state.checkpointed === currentPosition(state)) return;
  const record = checkpointNow(state);
  // Once it is durable, and what the ledger was told before.
  const kept = storedLowest(state);
  state.sender.ledger
    .checkpoint(record)
    .then(() => state.relay?.keepFrom(kept))
    .catch(state.fail);
}

/** The lowest `done` as the ledger has it: from there a restart reads. */
function storedLowest(state: FollowState): Position {
  const here = state.checkpointed ?? currentPosition(state);
  if (state.relay === null) return here;
  return [...state.tables.values()].map(table => table.storedDone ?? here).reduce(lower, here);
}

/** A table with nothing open is done up to wherever reading stands, once reading is past its `done`. */
export function forgetPassed(state: FollowState, table: FollowedTable): void {
  if (table.done === null || !table.listening || table.isBehind) return;
  if (table.open.size > 0 || table.sending !== null) return;
  const passed =
    table.done.gtidSet === ''
      ? isAtOrBefore(table.done.file, table.done.offset, currentPosition(state))
      : containsGtidSet(state.gtids, parseGtidSet(table.done.gtidSet));
  if (!passed) return;
  table.done = null;
  table.skipTo = null;
}

/** Drops what is open in `table`, transactions before the running one included: its `done` stays for the next run. */
async function leaveBehind(state: FollowState, table: FollowedTable): Promise<void> {
  table.isBehind = table.done !== null;
  await dropOpen(state.sender, table, table.doneRecordId);
}

/** Sends everything of whole transactions but those of paused tables, then stores the last position. */
export async function drain(state: FollowState, failed: () => boolean): Promise<void> {
  if (state.inTransaction) {
    // Fixed while it is known that the stream's fingerprint is that of the running transaction.
    currentPosition(state);
    for (const table of state.tables.values())
      if (!rollBack(table, state.transaction)) await leaveBehind(state, table);
    state.inTransaction = false;
  }
  for (const table of state.tables.values())
    if (table.open.size > 0 && isPaused(state, table)) await leaveBehind(state, table);
  for (const table of state.openTables) if (table.open.size === 0) state.openTables.delete(table);
  while (
    state.openTables.size > 0 ||
    [...state.tables.values()].some(table => table.sending !== null)
  ) {
    markDue(state, true);
    const sending = [...state.tables.values()].flatMap(table => table.sending ?? []);
    if (sending.length === 0) break;
    await Promise.race(sending);
    if (failed()) return;
  }
  for (const table of state.tables.values()) forgetPassed(state, table);
  await state.sender.ledger.checkpoint(checkpointNow(state));
}
