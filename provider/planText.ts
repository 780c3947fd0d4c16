// The plan of a task as the output `plan` holds it: short enough for state, whole enough to be read in `pulumi preview --diff`.
import type {TaskPlan} from '../runtime/task/taskPlan.ts';

/** State carries the plan of every task: beyond this many tables it names their number. */
const tablesMax = 100;

/** One table of the output `plan`. */
export interface PlanOutput {
  source: string;
  /** The statements that make the target tables. */
  statements: string[];
  /** `id int unsigned → id BIGINT, key`, one line a column, with what its mapping may lose. */
  columns: string[];
  rowsEstimated: number;
  bytesEstimated: number;
}

/** The first hundred tables; all of them are in `synctask plan`. */
export function describePlan(plan: TaskPlan): PlanOutput[] {
  return plan.tables.slice(0, tablesMax).map(table => ({
    source: table.source,
    statements: table.statements,
    columns: table.columns.map(column => {
      const lossy = column.warnings.map(warning => `; may lose: ${warning}`).join('');
      const key = column.isKey ? ', key' : '';
      return `${column.source} ${column.sourceType} → ${column.target} ${column.targetType}${key}${lossy}`;
    }),
    rowsEstimated: table.rowsEstimated,
    bytesEstimated: table.bytesEstimated,
  }));
}

/** One line for the ordinary preview. */
export function summarisePlan(task: string, plan: TaskPlan): string {
  const {tables, rowsEstimated, bytesEstimated, loadSecondsEstimated} = plan;
  const size = `${tables.length} tables, about ${rowsEstimated} rows and ${Math.round(bytesEstimated / 1024 ** 2)} MiB`;
  const load = loadSecondsEstimated === 0 ? '' : `, full load in about ${loadSecondsEstimated} s`;
  return `${task}: ${size}${load}`;
}
