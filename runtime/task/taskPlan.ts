// What a task will do, as plain data: per table the statements that make its target, the mapping of each column and what it
// may lose, rows, bytes and time as the server's statistics have them. Shown by `synctask plan` and by the provider's previews.
import type {Finding} from '../base/errors.ts';
import type {TablePlan} from '../codec/plan.ts';
import {baseTableDdl, logTableDdl} from '../sink/tables.ts';
import {loadSecondsEstimated} from '../source/precheckLoad.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import {precheckTask, type PrecheckOptions} from './precheckTask.ts';

/** One column on its way: `source` names it in MySQL, `target` in MaxCompute. */
export interface PlannedColumn {
  source: string;
  sourceType: string;
  target: string;
  targetType: string;
  isKey: boolean;
  /** What the mapping may lose, one sentence each. */
  warnings: string[];
}

/** One table that the task copies and follows. */
export interface PlannedTarget {
  /** `database.table` in MySQL. */
  source: string;
  baseTable: string;
  logTable: string;
  /** Statements that make the two where they do not exist yet. */
  statements: string[];
  columns: PlannedColumn[];
  /** The server's estimates. */
  rowsEstimated: number;
  bytesEstimated: number;
}

export interface TaskPlan {
  tables: PlannedTarget[];
  findings: Finding[];
  rowsEstimated: number;
  bytesEstimated: number;
  /** A cautious estimate of the full load; 0 for a task without one. */
  loadSecondsEstimated: number;
}

/** Whose tables the statements make is known when they are made. */
const ownerShown = 'the task';

/** Connects, prechecks and plans; changes nothing. Arguments as for `precheckTask`. */
export async function planOfTask(
  task: Task,
  secrets: Secrets,
  signal: AbortSignal,
  options: PrecheckOptions = {},
): Promise<TaskPlan> {
  const {findings, plans} = await precheckTask(task, secrets, signal, options);
  return taskPlan(task, plans, findings);
}

/** The plan of `plans` with what the prechecks found. */
export function taskPlan(
  task: Task,
  plans: readonly TablePlan[],
  findings: readonly Finding[],
): TaskPlan {
  const tables = plans.map(plan => plannedTarget(plan, findings));
  const sum = (key: 'rowsEstimated' | 'bytesEstimated') =>
    tables.reduce((total, table) => total + table[key], 0);
  const bytesEstimated = sum('bytesEstimated');
  return {
    tables,
    findings: [...findings],
    rowsEstimated: sum('rowsEstimated'),
    bytesEstimated,
    loadSecondsEstimated: task.phases.includes('full')
      ? Math.ceil(loadSecondsEstimated(task, bytesEstimated))
      : 0,
  };
}

function plannedTarget(plan: TablePlan, findings: readonly Finding[]): PlannedTarget {
  const {database, name, rowsEstimated, bytesEstimated} = plan.source;
  const source = `${database}.${name}`;
  const keys = new Set(plan.key);
  return {
    source,
    baseTable: plan.baseTable,
    logTable: plan.logTable,
    statements: [baseTableDdl(plan, ownerShown), logTableDdl(plan, ownerShown)],
    columns: plan.columns.map((column, i) => ({
      source: column.source.name,
      sourceType: column.source.columnType,
      target: column.targetName,
      targetType: column.targetType,
      isKey: keys.has(i),
      warnings: findings
        .filter(({id, object}) => id === 'P24' && object === `${source}.${column.source.name}`)
        .map(({cause}) => cause),
    })),
    rowsEstimated,
    bytesEstimated,
  };
}
