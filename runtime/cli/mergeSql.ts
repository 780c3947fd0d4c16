// synctask merge-sql: prints the statement that merges base and log of one table.
import {resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {fail} from '../base/errors.ts';
import type {TablePlan} from '../codec/plan.ts';
import {SourceConnection} from '../source/connection.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import {sourceOptions} from '../task/connections.ts';
import {mergeSql} from '../task/mergeSql.ts';
import {planTask} from '../task/planTask.ts';
import {readPlans} from '../task/knownPlans.ts';
import {formatFindings, openTaskFile} from './taskFile.ts';
import {usageError} from './usageError.ts';

/** Text of `synctask merge-sql --help`. */
export const usage = `
Usage: synctask merge-sql DATABASE.TABLE (--task TASK.json | --state DIR) [--as-of TIME]

Prints SET lines and one SELECT of the table's columns in order: what the table holds by its base and its log.
The result is right for any time after the full load of the table; base and log of one generation belong together.

Options:
  --task TASK.json   a task file; its source is asked for the table
  --state DIR        the state folder of a task that ran; nothing is connected to
  --as-of TIME       only changes before TIME: ISO 8601 with a zone (2026-11-22T15:00:00Z), or Unix seconds
`;

/** Prints the statement; 0 when the table is known. */
export async function run(args: string[]): Promise<number> {
  const {values, positionals} = parseArgs({
    args,
    options: {task: {type: 'string'}, state: {type: 'string'}, 'as-of': {type: 'string'}},
    allowPositionals: true,
  });
  const [table, ...more] = positionals;
  if (table === undefined) throw usageError('merge-sql', 'DATABASE.TABLE is missing');
  if (more.length > 0)
    throw usageError('merge-sql', `${JSON.stringify(more[0])} is one argument more`);
  const {task, state} = values;
  if ((task === undefined) === (state === undefined))
    throw usageError('merge-sql', 'give one of --task and --state');
  const asOf = values['as-of'] === undefined ? null : readTime(values['as-of']);
  let plans: readonly TablePlan[];
  if (state !== undefined) {
    const known = readPlans(resolve(state));
    if (known === null) throw fail('SYNC5001', {stateDir: resolve(state)});
    plans = known;
  } else {
    const file = openTaskFile('merge-sql', [task!]);
    if (file.task === null) {
      process.stderr.write(formatFindings(file.findings));
      return 2;
    }
    plans = await plansOfTask(file.task, file.secrets);
  }
  const plan = plans.find(p => `${p.source.database}.${p.source.name}` === table);
  if (plan === undefined)
    throw usageError('merge-sql', `${JSON.stringify(table)} is no table of this task`);
  process.stdout.write(`${mergeSql(plan, {asOf})};\n`);
  return 0;
}

/** Unix seconds of ISO 8601 with a zone, rounded up: a change has whole seconds, so `< 1.5` means `< 2`. */
export function readTime(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
  const ms = iso.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(ms))
    throw usageError(
      'merge-sql',
      `--as-of is ${JSON.stringify(text)}, neither ISO 8601 with a zone nor Unix seconds`,
    );
  return Math.ceil(ms / 1000);
}

/** Plans as a runtime would: the source says which columns and keys there are now. */
async function plansOfTask(task: Task, secrets: Secrets): Promise<readonly TablePlan[]> {
  // INT and TERM end this process, and with it the connection.
  const {signal} = new AbortController();
  await using connection = await SourceConnection.open(sourceOptions(task, secrets), signal);
  return await planTask(task, connection);
}
