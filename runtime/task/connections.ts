// From the task and its secrets to how source and target are reached. Plain data in, so that worker threads do the same.
import {asSyncError, isSyncError, isTrouble} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {minuteMs, secondMs} from '../base/sizes.ts';
import {retry, type RetryBounds} from '../base/wait.ts';
import {requestRetryDefault, TargetClient} from '../sink/client.ts';
import {targetOptions} from '../sink/credentials.ts';
import {SourceConnection, type ServerAddress, type SourceOptions} from '../source/connection.ts';
import {neighbourAttributes} from '../source/neighbours.ts';
import {portDefault} from '../spec/limits.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import type {Holds} from './holds.ts';

const known = new WeakMap<Task, SourceOptions>();

/** How to reach the source: one object a task, in which the server that is read comes first (`preferServer`). */
export function sourceOptions(task: Task, secrets: Secrets): SourceOptions {
  let options = known.get(task);
  if (options === undefined || options.password !== secrets.sourcePassword)
    known.set(task, (options = optionsOf(task, secrets)));
  return options;
}

function optionsOf(task: Task, secrets: Secrets): SourceOptions {
  const {host, port, hosts, user, tls} = task.source;
  return {
    host,
    port,
    others: hosts.map(addressOf),
    user,
    password: secrets.sourcePassword,
    tls: {...tls, key: secrets.sourceTlsKey},
    attributes: neighbourAttributes(task.name, task.retry),
  };
}

function addressOf(text: string): ServerAddress {
  const [host = '', port] = text.split(':');
  return {host, port: port === undefined ? portDefault : Number(port)};
}

/** Longest pause between two tries to reach the source. */
const askPauseMsMax = 30 * secondMs;

/** A target that cannot be reached, or is throttling: waited for as long as a lost connection. */
const connectionCodes: ReadonlySet<string> = new Set(['SYNC4001', 'SYNC4002']);

/** Opens a client of the target that tries again for as long as `retry` says. Raises SYNC4033 when a credential is missing. */
export async function openTarget(task: Task, secrets: Secrets, log: Log): Promise<TargetClient> {
  const {connectionMinutes, otherMinutes} = task.retry;
  const bounds: RetryBounds = {
    ...requestRetryDefault,
    countMax: Infinity,
    elapsedMsMax: otherMinutes * minuteMs,
    elapsedMsMaxOf: error =>
      minuteMs *
      (isSyncError(error) && connectionCodes.has(error.code) ? connectionMinutes : otherMinutes),
  };
  return TargetClient.open(targetOptions(task.target, secrets), log, bounds);
}

/** Asks the source of a task that runs, on a connection of its own; one that is lost is opened again while `retry` lasts. */
export async function askSource<T>(
  {task, secrets, holds}: {task: Task; secrets: Secrets; holds: Holds},
  signal: AbortSignal,
  ask: (connection: SourceConnection) => Promise<T>,
): Promise<T> {
  const elapsedMsMax = task.retry.connectionMinutes * minuteMs;
  const bounds = {
    countMax: Infinity,
    elapsedMsMax,
    firstMs: secondMs / 2,
    pauseMsMax: askPauseMsMax,
  };
  const askOnce = async () => {
    await using connection = await SourceConnection.open(sourceOptions(task, secrets), signal);
    holds.remove('source-connection');
    return await ask(connection);
  };
  return await retry(bounds, signal, askOnce, error => {
    if (isTrouble(error)) holds.add('source-connection', {code: asSyncError(error).code});
  });
}
