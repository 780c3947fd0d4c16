// synctask pause, resume and throttle: one call to a running task each.
import {parseArgs} from 'node:util';
import {fetchStatus, sendControl} from '../task/control.ts';
import {findStateDir} from './findTask.ts';
import {usageError} from './usageError.ts';

const which = `
NAME may be left out where just one task is known.

Options:
  --state DIR   state folder of the task, instead of its NAME`;

const tableOption = '  --table T     a table as DATABASE.TABLE; may be given several times';

/** synctask pause: puts the hold `operator` on a running task. */
export const pause = {
  usage: `
Usage: synctask pause [NAME | --state DIR] [--table DATABASE.TABLE …]

Holds a running task: it reads nothing more until \`synctask resume\`. What it has read is still committed.
With --table only that table waits: it is read on, its changes stay in the spool, and the others stream. It stays
paused over restarts, until \`synctask resume --table\`. A full spool or a schema change of the table holds the task.
${which.trim()}
${tableOption}
`,
  run: (args: string[]) => send('pause', args, 'paused; `synctask resume` lets it go on\n'),
};

/** synctask resume: takes that hold away. */
export const resume = {
  usage: `
Usage: synctask resume [NAME | --state DIR] [--table DATABASE.TABLE …]

Lets a task, or with --table a table, go on that \`synctask pause\` holds.
${which.trim()}
${tableOption}
`,
  run: (args: string[]) => send('resume', args, 'resumed\n'),
};

/** synctask throttle: changes the rates of a running task until it ends. */
export const throttle = {
  usage: `
Usage: synctask throttle [NAME | --state DIR] [--full] [--incremental] [--rows N] [--mebibytes N] [--queries N]

Changes what a running task may take from its source in a second; the next start takes the rates of the task again.
Without --full or --incremental both phases are meant. A rate of \`none\` takes a limit away.
${which.trim()}
  --full        the full load
  --incremental following
  --rows N      rows a second, or none
  --mebibytes N mebibytes a second, or none
  --queries N   queries a second of the full load, or none
`,
  run: changeRates,
};

async function send(call: 'pause' | 'resume', args: string[], said: string): Promise<number> {
  const options = {state: {type: 'string'}, table: {type: 'string', multiple: true}} as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  const stateDir = findStateDir(call, positionals, values.state);
  const tables = values.table ?? [];
  if (tables.length > 0) await refuseUnknown(call, stateDir, tables);
  await sendControl(stateDir, call, tables.length > 0 ? {tables: JSON.stringify(tables)} : {});
  process.stdout.write(said);
  return 0;
}

/** Raises a usage error for a table that the running task does not show. One that does not run is told by the call itself. */
async function refuseUnknown(
  call: 'pause' | 'resume',
  stateDir: string,
  tables: readonly string[],
): Promise<void> {
  const status = await fetchStatus(stateDir);
  if (status === null) return;
  const known = new Set(status.tables.map(({database, table}) => `${database}.${table}`));
  if (known.size === 0) {
    // Before the source was read; a pause of an earlier run can be taken away all the same.
    if (call === 'resume') return;
    throw usageError(call, 'the task does not know its tables yet; ask again after its prechecks');
  }
  const unknown = tables.find(table => !known.has(table));
  if (unknown !== undefined) throw usageError(call, `the task has no table ${unknown}`);
}

async function changeRates(args: string[]): Promise<number> {
  const {values, positionals} = parseArgs({
    args,
    options: {
      state: {type: 'string'},
      full: {type: 'boolean'},
      incremental: {type: 'boolean'},
      rows: {type: 'string'},
      mebibytes: {type: 'string'},
      queries: {type: 'string'},
    },
    allowPositionals: true,
  });
  const rates = {
    ...rate('rows', 'rowsPerSecond', values.rows),
    ...rate('mebibytes', 'mebibytesPerSecond', values.mebibytes),
  };
  const queries = rate('queries', 'queriesPerSecond', values.queries);
  if (Object.keys({...rates, ...queries}).length === 0)
    throw usageError('throttle', 'give --rows, --mebibytes or --queries');
  const both = values.full !== true && values.incremental !== true;
  if (values.incremental === true && values.full !== true && values.queries !== undefined)
    throw usageError('throttle', 'following sends no queries; --queries goes with --full');
  const stateDir = findStateDir('throttle', positionals, values.state);
  if (both || values.full === true)
    await sendControl(stateDir, 'throttle', {phase: 'full', ...rates, ...queries});
  if ((both || values.incremental === true) && Object.keys(rates).length > 0)
    await sendControl(stateDir, 'throttle', {phase: 'incremental', ...rates});
  process.stdout.write('throttled as asked, until the runtime ends\n');
  return 0;
}

function rate(option: string, name: string, value: string | undefined): Record<string, string> {
  if (value === undefined) return {};
  if (value !== 'none' && !(Number(value) > 0 && Number(value) < Infinity))
    throw usageError('throttle', `--${option} ${value} is neither a number above 0 nor none`);
  return {[name]: value};
}
