// Error codes of the task room: state, ledger, checkpoint and control.
import {entry} from './entry.ts';

export const taskCodes = {
  SYNC5001: entry<{stateDir: string}>({
    title: 'no runtime answers for this task',
    kind: 'mistake',
    cause: d => `${d.stateDir} names no runtime that lives and answers.`,
    fix: () => 'Start the task with `synctask run`, or name the right task or state folder.',
  }),
  SYNC5002: entry<{call: string; status: number}>({
    title: 'the runtime refused a control call',
    kind: 'mistake',
    cause: d => `The call ${d.call} was answered with HTTP status ${d.status}.`,
    fix: () => 'Use the token of runtime.json of the same runtime; it changes at every start.',
  }),
};
