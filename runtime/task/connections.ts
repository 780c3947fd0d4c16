// From the task and its secrets to how source and target are reached. Plain data in, so that worker threads do the same.
import type {Log} from '../base/log.ts';
import {minuteMs} from '../base/sizes.ts';
import {requestRetryDefault, TargetClient} from '../sink/client.ts';
import {targetOptions} from '../sink/credentials.ts';
import type {SourceOptions} from '../source/connection.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';

/** How to reach the source. */
export function sourceOptions(task: Task, secrets: Secrets): SourceOptions {
  const {host, port, user, tls} = task.source;
  return {
    host,
    port,
    user,
    password: secrets.sourcePassword,
    tls: {...tls, key: secrets.sourceTlsKey},
  };
}

/** Opens a client of the target; a request is tried again for `retry.otherMinutes`. Raises SYNC4033 when a credential is missing. */
export async function openTarget(task: Task, secrets: Secrets, log: Log): Promise<TargetClient> {
  const bounds = {...requestRetryDefault, elapsedMsMax: task.retry.otherMinutes * minuteMs};
  return TargetClient.open(targetOptions(task.target, secrets), log, bounds);
}
