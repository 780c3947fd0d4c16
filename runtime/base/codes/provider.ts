// Error codes of the provider room: what a Pulumi program may not ask for, and what happened to a deployed runtime.
import {entry} from './entry.ts';

export const providerCodes = {
  SYNC7001: entry<{table: string; project: string; other: string}>({
    title: 'two tasks write the same target table',
    kind: 'mistake',
    cause: d =>
      `${d.table} of project ${d.project} is written by task ${d.other} of this stack too.`,
    fix: () => 'Give one of the two another target name with `as`, or take the table out of one.',
  }),
  SYNC7002: entry<{path: string; why: string}>({
    title: 'this edit is refused for a task that exists',
    kind: 'mistake',
    cause: d => `${d.path}: ${d.why}.`,
    fix: d =>
      `Put ${d.path} back; or make a new task (another name and other target names) beside this one and remove this one later.`,
  }),
  SYNC7003: entry<{kind: string}>({
    title: 'this place to run is not available yet',
    kind: 'mistake',
    cause: d => `deploy.kind is '${d.kind}'; this version knows 'process' and 'none'.`,
    fix: () =>
      "Use deploy: {kind: 'process'}, or deploy: {kind: 'none'} and run `synctask run` in a place of your own.",
  }),
  SYNC7004: entry<{stateDir: string; state: string; last: string}>({
    title: 'the runtime of the task is not running',
    kind: 'trouble',
    cause: d => `The runtime of ${d.stateDir} is ${d.state}; ${d.last}.`,
    fix: d => `Run \`pulumi up\`: it starts the runtime again from its checkpoint. ${logHint(d)}`,
  }),
  SYNC7005: entry<{table: string; project: string}>({
    title: 'a target table is gone',
    kind: 'trouble',
    cause: d => `${d.table} was set up by this task and is no longer in project ${d.project}.`,
    fix: () =>
      'Take the table out of the task and run `pulumi up`; drop what is left of its target tables; then add it again: it loads anew.',
  }),
  SYNC7006: entry<{stateDir: string; last: string}>({
    title: 'the runtime stopped before its tables were set up',
    kind: 'trouble',
    cause: d => `The runtime of ${d.stateDir} is down; ${d.last}.`,
    fix: d => `Read the end of the log, then run \`pulumi up\` again. ${logHint(d)}`,
  }),
  SYNC7007: entry<{stateDir: string; seconds: number}>({
    title: 'the supervisor of the runtime did not start',
    kind: 'trouble',
    cause: d => `No supervisor reported from ${d.stateDir} within ${d.seconds} seconds.`,
    fix: d => `Read ${d.stateDir}/supervisor.log, then run \`pulumi up\` again.`,
  }),
  SYNC7008: entry<{stateDir: string; name: string; pid: number}>({
    title: 'the state folder has a running task already',
    kind: 'mistake',
    cause: d => `Task ${d.name} runs from ${d.stateDir} (supervisor pid ${d.pid}).`,
    fix: () =>
      'Give this task another name or another deploy.stateDir, or stop the other task first.',
  }),
  SYNC7009: entry<{stateDir: string; state: string; minutes: number}>({
    title: 'the runtime has not set up its tables in time',
    kind: 'trouble',
    cause: d => `After ${d.minutes} minutes the runtime is still ${d.state}.`,
    fix: d => `Wait and run \`pulumi up\` again; the runtime goes on meanwhile. ${logHint(d)}`,
  }),
  SYNC7010: entry<{name: string; state: string}>({
    title: 'the wait for the runtime was cancelled',
    kind: 'trouble',
    cause: d => `The run or its time ended while task ${d.name} was ${d.state}; it was left so.`,
    fix: () => 'Run `pulumi up` again, which waits for it, or `pulumi destroy`, which stops it.',
  }),
  SYNC7011: entry<{table: string; project: string; differences: string[]}>({
    title: 'a target table is not as the task made it',
    kind: 'mistake',
    cause: d => `${d.table} in ${d.project} was altered; ${d.differences.join('; ')}.`,
    fix: () => 'Put it back by ALTER TABLE, or take the table out of the task and add it again.',
  }),
};

function logHint(d: {stateDir: string}): string {
  return `Its log: ${d.stateDir}/runtime.log.`;
}
