// synctask plan: what a task will do to its target, table by table, before anything is done. Nothing is changed anywhere.
import {resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {MiB} from '../base/sizes.ts';
import {defaultStateDir} from '../task/control.ts';
import {blocking} from '../task/precheckTask.ts';
import {planOfTask, type PlannedTarget, type TaskPlan} from '../task/taskPlan.ts';
import {readPlans, readUid} from '../task/knownPlans.ts';
import {printManifests, printUnit} from './manifests.ts';
import {formatFindings, openTaskFile} from './taskFile.ts';

/** Text of `synctask plan --help`. */
export const usage = `
Usage: synctask plan TASK.json [--state DIR] [--json]
       synctask plan TASK.json (--manifests | --unit)

Connects to source and target and shows, table by table, the statements that make the target tables, how each
column is mapped and what that may lose, and rows, bytes and time by the server's estimates. Nothing is changed.
Exit code 0 when no error stands in the way of the task, 1 when one does, 2 when the file is refused.

Options:
  --state DIR    state folder of the task: target tables that it made are no conflict
                 (default: as for \`synctask run\`)
  --json         the plan as one JSON object
  --manifests    connects to nothing and prints the Kubernetes objects of the task, whose deploy.kind is
                 kubernetes, as one List for \`kubectl apply -f -\`; secrets are left to you
  --unit         connects to nothing and prints a systemd service that runs the task
`;

/** Shows the plan: 0 without an error among its findings, 1 with one, 2 for a refused file. */
export async function run(args: string[]): Promise<number> {
  const options = {
    state: {type: 'string'},
    json: {type: 'boolean'},
    manifests: {type: 'boolean'},
    unit: {type: 'boolean'},
  } as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  if (values.manifests === true) return printManifests(positionals);
  if (values.unit === true) return printUnit(positionals);
  const file = openTaskFile('plan', positionals);
  if (file.task === null) {
    process.stderr.write(formatFindings(file.findings));
    return 2;
  }
  const stateDir = resolve(values.state ?? defaultStateDir(file.task.name));
  const ownTables = (readPlans(stateDir) ?? []).flatMap(plan => [plan.baseTable, plan.logTable]);
  // INT and TERM end this process, and with it every connection.
  const {signal} = new AbortController();
  const known = {ownTables, ownUid: readUid(stateDir)};
  const plan = await planOfTask(file.task, file.secrets, signal, known);
  process.stdout.write(values.json === true ? `${JSON.stringify(plan, null, 2)}\n` : text(plan));
  return blocking(plan.findings).length === 0 ? 0 : 1;
}

function text(plan: TaskPlan): string {
  const {tables, findings} = plan;
  const errors = blocking(findings).length;
  const load =
    plan.loadSecondsEstimated === 0
      ? 'no full load'
      : `full load in about ${duration(plan.loadSecondsEstimated)}`;
  const size = `about ${plan.rowsEstimated} rows, ${mebibytes(plan.bytesEstimated)}`;
  return [
    ...tables.map(tableText),
    formatFindings(findings),
    `${tables.length} tables, ${size}, ${load}; ${errors} errors, ${findings.length - errors} warnings\n`,
  ].join('');
}

function tableText(table: PlannedTarget): string {
  const size = `about ${table.rowsEstimated} rows, ${mebibytes(table.bytesEstimated)}`;
  const columns = table.columns.flatMap(column => [
    `  ${column.source} ${column.sourceType} → ${column.target} ${column.targetType}${column.isKey ? ', key' : ''}`,
    ...column.warnings.map(warning => `    may lose: ${warning}`),
  ]);
  const statements = table.statements.map(statement => `${statement};`.replaceAll(/^/gm, '  '));
  const head = `${table.source} → ${table.baseTable}, ${table.logTable} (${size})`;
  return `${[head, ...columns, ...statements].join('\n')}\n\n`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MiB)} MiB`;
}

/** `45 s`, `12 min`, `3.5 h` */
function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}
