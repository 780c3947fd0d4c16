// Following over the relay log: the same events as from the source, from the position on.
import type {BinlogStream, EventView} from '../source/binlogClient.ts';
import {eventType} from '../codec/binlogEvent.ts';
import {containsGtid, parseGtidSet} from '../source/gtidSet.ts';
import {isOutsideTransactions, startsTransaction} from '../source/knownEvents.ts';
import type {Position} from '../source/position.ts';
import {currentPosition, isAtOrBefore, type FollowState} from './followState.ts';
import type {Relay} from './relay.ts';

/** The stream from where `state` stands, of the server whose place that is. */
export async function openRelayStream(
  state: FollowState,
  relay: Relay,
  signal: AbortSignal,
): Promise<BinlogStream> {
  const {epoch, serverUuid} = currentPosition(state);
  state.epoch = epoch;
  state.serverUuid = serverUuid;
  return await relay.stream(currentPosition(state), start => goOnAt(state, start), signal);
}

/** The packets that follow are of another server. */
function goOnAt(state: FollowState, {epoch, serverUuid}: Position): void {
  if (epoch <= state.epoch) return;
  const position = currentPosition(state);
  state.epoch = epoch;
  state.serverUuid = serverUuid;
  state.file = '';
  state.offset = 0;
  state.snapshot = {...position, epoch, serverUuid, file: '', offset: 0};
}

/** Tells which events of a stream that begins before `position` are inside it. */
export function insideOf(position: Position): (event: EventView) => boolean {
  return position.gtidSet === '' ? insideByPlace(position) : insideBySet(position);
}

function insideBySet({gtidSet}: Position): (event: EventView) => boolean {
  const set = parseGtidSet(gtidSet);
  let isInside = false;
  return ({type, gtid}) => {
    if (startsTransaction(type)) isInside = containsGtid(set, gtid.source, gtid.number);
    return isInside && !isOutside(type);
  };
}

function insideByPlace(position: Position): (event: EventView) => boolean {
  let isInside = true;
  return ({type, file, endOffset}) => {
    if (!isInside || isOutside(type)) return false;
    isInside = isAtOrBefore(file, endOffset, position);
    return isInside;
  };
}

/** What says where the stream is, and no more. */
function isOutside(type: number): boolean {
  if (type === eventType.rotate || type === eventType.formatDescription) return true;
  return isOutsideTransactions(type);
}
