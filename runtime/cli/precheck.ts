// synctask precheck: every check of source and target for one task file, all findings at once. Nothing is changed anywhere.
import {resolve} from 'node:path';
import {parseArgs} from 'node:util';
import type {Finding} from '../base/errors.ts';
import {defaultStateDir} from '../task/control.ts';
import {blocking, precheckTask} from '../task/precheckTask.ts';
import {readPlans, readUid} from '../task/knownPlans.ts';
import {formatFindings, openTaskFile} from './taskFile.ts';

/** Text of `synctask precheck --help`. */
export const usage = `
Usage: synctask precheck TASK.json [--state DIR] [--json]

Connects to source and target and shows every finding. Nothing is changed on either side.
Exit code 0 when no error stands in the way of the task, 1 when one does, 2 when the file is refused.

Options:
  --state DIR    state folder of the task: target tables that it made are no conflict
                 (default: as for \`synctask run\`)
  --json         {"findings": [...]}
`;

/** Shows the findings: 0 without an error among them, 1 with one, 2 for a refused file. */
export async function run(args: string[]): Promise<number> {
  const options = {state: {type: 'string'}, json: {type: 'boolean'}} as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  const file = openTaskFile('precheck', positionals);
  if (file.task === null) {
    show(file.findings, values.json === true, process.stderr);
    return 2;
  }
  const stateDir = resolve(values.state ?? defaultStateDir(file.task.name));
  const ownTables = (readPlans(stateDir) ?? []).flatMap(plan => [plan.baseTable, plan.logTable]);
  // INT and TERM end this process, and with it every connection.
  const {signal} = new AbortController();
  const {findings, plans} = await precheckTask(file.task, file.secrets, signal, {
    ownTables,
    ownUid: readUid(stateDir),
    stateDir,
  });
  show(findings, values.json === true, process.stdout);
  const errors = blocking(findings).length;
  if (values.json !== true)
    process.stdout.write(
      `${plans.length} tables, ${errors} errors, ${findings.length - errors} warnings\n`,
    );
  return errors === 0 ? 0 : 1;
}

/** JSON always goes to stdout: it is the answer, also when it is a refusal. */
function show(findings: readonly Finding[], json: boolean, out: NodeJS.WriteStream): void {
  if (json) process.stdout.write(`${JSON.stringify({findings})}\n`);
  else out.write(formatFindings(findings));
}
