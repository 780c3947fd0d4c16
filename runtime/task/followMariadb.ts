// How a transaction of MariaDB begins: its GTID event says what MySQL says in a BEGIN, and more. Refuses, with a code, numbers
// that do not rise and XA transactions, whose rows could not be read again without gaps in the position.
import {fail} from '../base/errors.ts';
import type {EventView} from '../source/binlogClient.ts';
import {containsGtid} from '../source/gtidSet.ts';
import type {FollowState} from './followState.ts';

/** Takes the GTID event that begins a transaction or stands before a statement of its own. */
export function takeMariadbGtid(state: FollowState, event: EventView): void {
  const {source, number, opens, preparesXa, alterPhase, immediateCommitMicros} = event.gtid;
  const position = `${event.file}:${event.endOffset}`;
  if (preparesXa) throw fail('SYNC5031', {what: 'an XA transaction of MariaDB', position});
  // A position keeps the last number of each domain and server: one that comes late would be taken for read.
  if (containsGtid(state.gtids, source, number))
    throw fail('SYNC5084', {gtid: `${source}-${number}`, position});
  state.gtidSource = source;
  state.gtidNumber = number;
  state.commitMicros = immediateCommitMicros;
  state.transaction++;
  state.inTransaction = true;
  state.begun = opens;
  state.passesOver = alterPhase !== 'whole';
}
