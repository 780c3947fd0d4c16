// Target tables looked at or dropped from outside a running task: the provider's refresh and delete.
import PQueue from 'p-queue';
import {silentLog} from '../base/log.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import {TargetClient} from '../sink/client.ts';
import {targetOptions} from '../sink/credentials.ts';
import {precheckRetry} from '../sink/precheck.ts';
import {
  baseTableDefinition,
  compareTable,
  dropTable,
  formatDifference,
  getTable,
  logTableDefinition,
  type TableDefinition,
} from '../sink/tables.ts';
import {readPlans} from './knownPlans.ts';

/** Look-ups at once; a task may have 10,000 target tables. */
const lookUpsMax = 16;

/** Target tables as they are. */
export interface SeenTables {
  /** Those that are there, in the order asked. */
  present: string[];
  /** Those whose shape is no longer what the runtime made, each with how: one sentence part a difference. */
  altered: {table: string; differences: string[]}[];
}

/**
 * Looks `names` up. Shapes are compared with the plans in `stateDir`, where a runtime wrote some there; null: none are.
 * Raises the target's coded errors.
 */
export async function seeTargetTables(
  task: Task,
  secrets: Secrets,
  names: readonly string[],
  stateDir: string | null,
  signal: AbortSignal,
): Promise<SeenTables> {
  await using client = openTarget(task, secrets);
  const definitions = definitionsIn(stateDir);
  const queue = new PQueue({concurrency: lookUpsMax});
  const found = await queue.addAll(
    names.map(name => async () => {
      const table = await getTable(client, name, signal);
      const wanted = definitions.get(name);
      const differences = table === null || wanted === undefined ? [] : compareTable(wanted, table);
      return {name, isPresent: table !== null, differences: differences.map(formatDifference)};
    }),
  );
  return {
    present: found.filter(({isPresent}) => isPresent).map(({name}) => name),
    altered: found
      .filter(({differences}) => differences.length > 0)
      .map(({name, differences}) => ({table: name, differences})),
  };
}

/** The shapes that a runtime gave its tables, by name. */
function definitionsIn(stateDir: string | null): Map<string, TableDefinition> {
  const plans = stateDir === null ? [] : (readPlans(stateDir) ?? []);
  // Marks are no part of a shape.
  const definitions = plans.flatMap(plan => [
    baseTableDefinition(plan, ''),
    logTableDefinition(plan, ''),
  ]);
  return new Map(definitions.map(definition => [definition.name, definition]));
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
