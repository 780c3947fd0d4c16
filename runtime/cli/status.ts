// synctask status: what a task does now, or what its runtime said last when it has ended.
import {parseArgs} from 'node:util';
import {fail, formatFinding} from '../base/errors.ts';
import {fetchStatus} from '../task/control.ts';
import type {Status} from '../task/progress.ts';
import {isLive, showProgress} from './display.ts';
import {findStateDir} from './findTask.ts';
import {summaryLine, tableLine} from './progressText.ts';
import {readLastStatus} from './runtimeFiles.ts';

/** Text of `synctask status --help`. */
export const usage = `
Usage: synctask status [NAME | --state DIR] [--json] [--once] [--health]

Shows what a task does: state, lag, rates and each table. On a terminal the picture moves until Ctrl-C or the end
of the task; elsewhere, or with --once, it is written once. For a runtime that has ended its last status is shown.
NAME may be left out where just one task is known. Exit code 1 when nothing is known of the task.

Options:
  --state DIR   state folder of the task, instead of its NAME
  --json        the status as JSON, as GET /status gives it
  --once        write once, also on a terminal
  --health      write nothing; exit code 0 when a runtime answers and has not failed, else 1
`;

/** Shows the status; raises SYNC5001 when there is none. */
export async function run(args: string[]): Promise<number> {
  const {values, positionals} = parseArgs({
    args,
    options: {
      state: {type: 'string'},
      json: {type: 'boolean'},
      once: {type: 'boolean'},
      health: {type: 'boolean'},
    },
    allowPositionals: true,
  });
  const stateDir = findStateDir('status', positionals, values.state);
  const running = await fetchStatus(stateDir);
  if (values.health === true) return running === null || running.state === 'failed' ? 1 : 0;
  const status = running ?? readLastStatus(stateDir);
  if (status === null) throw fail('SYNC5001', {stateDir});
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
    return 0;
  }
  if (running === null || values.once === true || !isLive(process.stdout)) {
    process.stdout.write(statusText(status));
    return 0;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  await showProgress(() => fetchStatus(stateDir), process.stdout, interrupted.signal);
  return 0;
}

function statusText(status: Status): string {
  const lines = [summaryLine(status), ...status.tables.map(table => `  ${tableLine(table)}`)];
  if (status.error !== null) lines.push(formatFinding(status.error));
  return `${lines.join('\n')}\n`;
}
