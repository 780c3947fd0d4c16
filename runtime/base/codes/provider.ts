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
  SYNC7004: entry<{place: string; state: string; last: string; log: string}>({
    title: 'the runtime of the task is not running',
    kind: 'trouble',
    cause: d => `The runtime of ${d.place} is ${d.state}; ${d.last}.`,
    fix: d =>
      `Run \`pulumi up\`: it starts the runtime again from its checkpoint. Its log: ${d.log}.`,
  }),
  SYNC7005: entry<{table: string; project: string}>({
    title: 'a target table is gone',
    kind: 'trouble',
    cause: d => `${d.table} was set up by this task and is no longer in project ${d.project}.`,
    fix: () =>
      'Take the table out of the task and run `pulumi up`; drop what is left of its target tables; then add it again: it loads anew.',
  }),
  SYNC7006: entry<{place: string; last: string; log: string}>({
    title: 'the runtime stopped before its tables were set up',
    kind: 'trouble',
    cause: d => `The runtime of ${d.place} is down; ${d.last}.`,
    fix: d => `Read the end of the log, then run \`pulumi up\` again. Its log: ${d.log}.`,
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
  SYNC7009: entry<{place: string; state: string; minutes: number; log: string}>({
    title: 'the runtime has not set up its tables in time',
    kind: 'trouble',
    cause: d => `After ${d.minutes} minutes the runtime is still ${d.state}.`,
    fix: d => `Wait and run \`pulumi up\` again; the runtime goes on meanwhile. Its log: ${d.log}.`,
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
  SYNC7012: entry<{problem: string}>({
    title: 'no Docker daemon answers',
    kind: 'trouble',
    cause: d => `The daemon of deploy.daemon, or of DOCKER_HOST, cannot be reached: ${d.problem}.`,
    fix: () =>
      'Start Docker, or name its address in deploy.daemon (unix:///var/run/docker.sock), and check that this account may use it.',
  }),
  SYNC7013: entry<{place: string}>({
    title: 'the name in that place belongs to something else',
    kind: 'mistake',
    cause: d => `There is a ${d.place}, and this task did not make it: it lacks the task's label.`,
    fix: () => 'Give the task another name, or remove what has its name there.',
  }),
  SYNC7014: entry<{image: string; problem: string}>({
    title: 'the image of the runtime cannot be had',
    kind: 'trouble',
    cause: d => `Image ${d.image}: ${d.problem}.`,
    fix: () =>
      'Name an image in deploy.image that Docker can have: from a registry, or one built there of `npm run image:context`.',
  }),
  SYNC7015: entry<{place: string; differences: string[]}>({
    title: 'what runs is not what was deployed',
    kind: 'trouble',
    cause: d => `In ${d.place} ${d.differences.join('; ')}.`,
    fix: () =>
      'Run `pulumi up`: it starts the runtime anew as the program says, from its position.',
  }),
  SYNC7016: entry<{what: string; status: number; problem: string}>({
    title: 'the place to run refused a call',
    kind: 'trouble',
    cause: d => `It answered ${d.what} with ${d.status}: ${d.problem}.`,
    fix: () => 'Read the reason, put it right there, and run `pulumi up` again.',
  }),
  SYNC7017: entry<{problem: string}>({
    title: 'no Kubernetes API answers',
    kind: 'trouble',
    cause: d => `The API server of the kubeconfig cannot be used: ${d.problem}.`,
    fix: () =>
      'Check deploy.kubeconfig and deploy.context with `kubectl get statefulsets`, and that the API server is up.',
  }),
  SYNC7030: entry<{bytes: number; bytesMax: number}>({
    title: 'a task file is too large for an elastic container',
    kind: 'mistake',
    cause: d =>
      `The largest file of the task has ${d.bytes} bytes in base64; a ConfigFile volume takes ${d.bytesMax} a file and 61440 in all.`,
    fix: () => 'Use patterns instead of names of tables, or split the task.',
  }),
};
