// What a resource tells back, made from what its runtime says.
import type {Finding} from '../runtime/base/errors.ts';
import type {Status} from '../runtime/task/progress.ts';
import type {Deployed} from './deploy/deployer.ts';
import type {Outputs} from './inputs.ts';
import type {PlanOutput} from './planText.ts';

/** Outputs of a deployed task. `targetTables` are those its runtime set up. */
export function outputsOf(
  name: string,
  deployed: Deployed,
  editPlan: string,
  plan: PlanOutput[],
): Outputs {
  const {status, stateDir, statusUrl} = deployed;
  return {
    taskId: name,
    stateDir,
    statusUrl,
    targetTables: tableNames(status),
    findings: findingsOf(deployed),
    state: shownState(deployed),
    phase: status?.phase ?? null,
    editPlan,
    plan,
  };
}

/** Target tables of every table that the task has; one that it left is no longer its. */
export function tableNames(status: Status | null): string[] {
  const kept = (status?.tables ?? []).filter(table => table.state !== 'left');
  return kept.flatMap(({target}) => [`${target}_base`, `${target}_log`]).toSorted();
}

/** What a new task does, one line a table. */
export function describeTables(status: Status | null): string {
  return (status?.tables ?? [])
    .map(({database, table, target}) => `${database}.${table}: ${target}_base and ${target}_log`)
    .join('\n');
}

/** A pause is a hold inside the runtime; outside it is a state. */
function shownState({state, status}: Deployed): string {
  const isPaused = status?.holds.some(hold => hold.reason === 'operator') ?? false;
  return isPaused && (state === 'loading' || state === 'following') ? 'paused' : state;
}

function findingsOf({status, findings}: Deployed): Finding[] {
  const error = status?.error ?? null;
  const all = [...findings, ...(error === null ? [] : [error]), ...(status?.findings ?? [])];
  return [...new Map(all.map(found => [JSON.stringify(found), found])).values()];
}
