// Target tables asked for or dropped from outside a running task: the provider's refresh and delete.
import PQueue from 'p-queue';
import {silentLog} from '../base/log.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import {TargetClient} from '../sink/client.ts';
import {targetOptions} from '../sink/credentials.ts';
import {precheckRetry} from '../sink/precheck.ts';
import {dropTable, getTable} from '../sink/tables.ts';

/** Look-ups at once; a task may have 10,000 target tables. */
const lookUpsMax = 16;

/** Those of `names` that the target has, in their order. Raises the target's coded errors. */
export async function presentTables(
  task: Task,
  secrets: Secrets,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  await using client = openTarget(task, secrets);
  const queue = new PQueue({concurrency: lookUpsMax});
  const found = await queue.addAll(
    names.map(name => async () => (await getTable(client, name, signal)) !== null),
  );
  return names.filter((_, i) => found[i]);
}

/** Drops `names` from the target; one that is gone already is no trouble. */
export async function dropTargetTables(
  task: Task,
  secrets: Secrets,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await using client = openTarget(task, secrets);
  for (const name of names) await dropTable(client, name, signal);
}

/** Someone waits for the answer, so trouble is tried again for seconds, not for the task's minutes. */
function openTarget(task: Task, secrets: Secrets): TargetClient {
  return TargetClient.open(targetOptions(task.target, secrets), silentLog(), precheckRetry);
}
