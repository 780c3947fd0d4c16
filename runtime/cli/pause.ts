// synctask pause: puts the hold `operator` on a running task.
import {parseArgs} from 'node:util';
import {sendControl} from '../task/control.ts';
import {findStateDir} from './findTask.ts';

/** Text of `synctask pause --help`. */
export const usage = `
Usage: synctask pause [NAME | --state DIR]

Holds a running task: it reads nothing more until \`synctask resume\`. What it has read is still committed.
NAME may be left out where just one task is known.

Options:
  --state DIR   state folder of the task, instead of its NAME
`;

/** Sends the call; 0 when the runtime took it. */
export async function run(args: string[]): Promise<number> {
  const options = {state: {type: 'string'}} as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  await sendControl(findStateDir('pause', positionals, values.state), 'pause');
  process.stdout.write('paused; `synctask resume` lets it go on\n');
  return 0;
}
