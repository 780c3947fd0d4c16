// synctask resume: takes the hold `operator` off a running task.
import {parseArgs} from 'node:util';
import {sendControl} from '../task/control.ts';
import {findStateDir} from './findTask.ts';

/** Text of `synctask resume --help`. */
export const usage = `
Usage: synctask resume [NAME | --state DIR]

Lets a task go on that \`synctask pause\` holds.
NAME may be left out where just one task is known.

Options:
  --state DIR   state folder of the task, instead of its NAME
`;

/** Sends the call; 0 when the runtime took it. */
export async function run(args: string[]): Promise<number> {
  const options = {state: {type: 'string'}} as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  await sendControl(findStateDir('resume', positionals, values.state), 'resume');
  process.stdout.write('resumed\n');
  return 0;
}
