// A process with everything of `synctask run` but the task itself, which is made by hand: node standingRuntime.ts STATE_DIR [NAME].
// Commands that find and steer a runtime are tested against it.
import {mkdirSync} from 'node:fs';
import {Surroundings} from '../../runtime/cli/surroundings.ts';
import {standingTask} from './standingTask.ts';

const [stateDir = '', name = 'shop'] = process.argv.slice(2);
// It does not outlive the test that started it, however that ends.
process.stdin.resume().on('end', () => process.exit());
mkdirSync(stateDir, {recursive: true});
const task = standingTask({name});
const surroundings = await Surroundings.open(task, stateDir, 0);
await task.stopped;
await surroundings[Symbol.asyncDispose]();
process.exit();
