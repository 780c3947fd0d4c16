// What a task does at its source beside reading it: looks at the load, which adds and removes named holds, and writes the
// heartbeat row where one is asked for. Over one connection of its own; trouble is logged and tried again, and what was
// held before stays held meanwhile.
import {asSyncError} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {SourceConnection, type SourceOptions} from '../source/connection.ts';
import {writeHeartbeat} from '../source/heartbeat.ts';
import {boundQueries, readLoad, watchesLoad} from '../source/load.ts';
import type {Task} from '../spec/task.ts';
import type {Holds} from './holds.ts';

/** After trouble it is tried again so much later; a reconnect a second is no load. */
const troubleMs = secondMs;
const loadReasons = ['source-threads-running', 'source-replica-lag', 'source-query'] as const;

/** Watches until `signal` is aborted. Ends at once for a task that asks for nothing of it. */
export async function watchSource(
  task: Task,
  source: SourceOptions,
  {holds, log, signal}: {holds: Holds; log: Log; signal: AbortSignal},
): Promise<void> {
  const {load} = task.source;
  const {heartbeat, heartbeatTable, heartbeatSeconds} = task.incremental;
  const beats = heartbeat && task.phases.includes('incremental') ? heartbeatTable : null;
  if (!watchesLoad(load) && beats === null) return;
  let lookAtMs = 0;
  let beatAtMs = 0;
  while (!signal.aborted) {
    try {
      await using connection = await SourceConnection.open(source, signal);
      await boundQueries(connection);
      while (!signal.aborted) {
        const nowMs = performance.now();
        if (watchesLoad(load) && nowMs >= lookAtMs) {
          lookAtMs = nowMs + load.checkSeconds * secondMs;
          showLoad(holds, await readLoad(connection, load));
        }
        // A task that somebody paused writes nothing either.
        const isPaused = holds.list().some(({reason}) => reason === 'operator');
        if (beats !== null && nowMs >= beatAtMs && !isPaused) {
          beatAtMs = nowMs + heartbeatSeconds * secondMs;
          await writeHeartbeat(connection, beats, task.name);
        }
        const nextMs = Math.min(
          watchesLoad(load) ? lookAtMs : Infinity,
          beats !== null ? Math.max(beatAtMs, nowMs + secondMs) : Infinity,
        );
        await wait(Math.max(0, nextMs - performance.now()), signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      const {code, finding} = asSyncError(error);
      log.warn({code, cause: finding.cause}, 'the load or heartbeat of the source was missed');
      await wait(troubleMs, signal).catch(() => undefined);
    }
  }
}

function showLoad(holds: Holds, passed: Awaited<ReturnType<typeof readLoad>>): void {
  for (const reason of loadReasons) {
    const found = passed.find(candidate => candidate.reason === reason);
    if (found === undefined) holds.remove(reason);
    else holds.add(reason, {value: found.value});
  }
}
