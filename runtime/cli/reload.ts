// synctask reload: loads tables of a task again, whether it runs or not.
import {parseArgs} from 'node:util';
import {noteReloadAtRest} from '../task/askReload.ts';
import {fetchStatus, sendControl} from '../task/control.ts';
import {findStateDir} from './findTask.ts';
import {usageError} from './usageError.ts';

/** Text of `synctask reload --help`. */
export const usage = `
Usage: synctask reload [NAME | --state DIR] (DATABASE.TABLE … | --all)

Loads tables again while the others stream on. What stands in the target is kept under <table>_base_g<n> and
<table>_log_g<n>. A running task begins at once; one that does not run, at its next start. With --all the task
takes a new position from its source: the way out when the old one is lost (purged, reset, restored).
NAME may be left out where just one task is known.

Options:
  --state DIR   state folder of the task, instead of its NAME
  --all         every table of the task
`;

/** 0 when it is noted. */
export async function run(args: string[]): Promise<number> {
  const options = {state: {type: 'string'}, all: {type: 'boolean'}} as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  // A task's name has no dot, the name of a table has one.
  const tables = positionals.filter(text => text.includes('.'));
  const names = positionals.filter(text => !text.includes('.'));
  if (values.all === true ? tables.length > 0 : tables.length === 0)
    throw usageError('reload', 'give tables as DATABASE.TABLE, or --all');
  const stateDir = findStateDir('reload', names, values.state);
  const status = await fetchStatus(stateDir);
  if (status === null) {
    await noteReloadAtRest(stateDir, values.all === true ? 'all' : tables);
    process.stdout.write('noted; the next start loads again\n');
    return 0;
  }
  const known = new Set(status.tables.map(({database, table}) => `${database}.${table}`));
  const unknown = tables.find(table => !known.has(table));
  if (unknown !== undefined) throw usageError('reload', `the task has no table ${unknown}`);
  await sendControl(stateDir, 'reload', {
    tables: values.all === true ? 'all' : JSON.stringify(tables),
  });
  process.stdout.write('the task loads again\n');
  return 0;
}
