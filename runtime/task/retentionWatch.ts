// Looks now and then how far the task is behind the end of its source's binlog and how long that binlog is kept, for the
// status, its gauges and a warning. Trouble is logged and looked past: following itself will meet it.
import {asSyncError} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {SourceConnection, type SourceOptions} from '../source/connection.ts';
import {serversOf} from '../source/findServer.ts';
import {readRetention, type Retention} from '../source/retention.ts';
import {readServerUuidOf} from '../source/server.ts';
import type {StatusPosition} from './progress.ts';
import type {Run} from './runTask.ts';

/** A look is three short statements, and one event of the binlog when the task is a file behind. */
const lookMs = 5 * secondMs;
const firstLookMs = secondMs;

/** Watches until `signal` is aborted. */
export async function watchRetention(
  {board, log}: Pick<Run, 'board' | 'log'>,
  source: SourceOptions,
  signal: AbortSignal,
): Promise<void> {
  let isShort = false;
  for (let pauseMs = firstLookMs; !signal.aborted; pauseMs = lookMs) {
    await wait(pauseMs, signal).catch(() => undefined);
    const {relayLog, position: done} = board.status();
    // What is copied needs nothing of the source any more.
    const position = relayLog?.position ?? done;
    if (signal.aborted || position === null || position.file === '') continue;
    try {
      const found = await lookAt(source, position, signal);
      board.setRetention(found);
      const wasShort = isShort;
      isShort = board.status().retention?.isShort === true;
      if (isShort && !wasShort)
        log.warn({...found}, 'the binlog after our position is purged soon');
    } catch (error) {
      if (signal.aborted) return;
      log.debug({code: asSyncError(error).code}, 'the retention of the source was not seen');
    }
  }
}

/** At the server whose binlog the position is of; null when none of the group is it. */
async function lookAt(
  source: SourceOptions,
  position: StatusPosition,
  signal: AbortSignal,
): Promise<Retention | null> {
  for (const server of serversOf(source)) {
    await using connection = await SourceConnection.open(server, signal).catch(() => null);
    if (connection === null) continue;
    if ((await readServerUuidOf(connection)) !== position.serverUuid) continue;
    return await readRetention(connection, server, position, signal);
  }
  return null;
}
