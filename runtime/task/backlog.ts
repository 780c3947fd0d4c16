// The end of a backlog: when a stream that brought much runs dry, what is open is sent at once. Waiting for its age would
// make whoever waits for the backlog wait that long again, up to `commitSeconds`, for nothing more to come.
import {MiB} from '../base/sizes.ts';
import {markDue, type FollowState} from './followState.ts';
import {sessionsPerSecond} from './sender.ts';

/** Less than this since the stream was dry last is how changes usually come: they wait for their age (rule C19). */
const backlogBytesMin = 16 * MiB;
/** Silence of this length; a stream with a backlog has none. */
const dryMs = 100;

/** Looks whether the stream ran dry after a backlog. Where many tables are open the budget of sessions comes first. */
export function sendRestOfBacklog(state: FollowState): void {
  if (state.isReadHeld() || performance.now() - state.readHeardMs() < dryMs) return;
  const bytes = state.bytesRead - state.bytesReadDry;
  state.bytesReadDry = state.bytesRead;
  if (bytes >= backlogBytesMin && state.openTables.size <= sessionsPerSecond) markDue(state, true);
}
