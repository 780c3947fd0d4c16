// What the image of the runtime holds where, and how it is started: shared by everything that runs it. The image itself is
// made by runtime/Dockerfile.

/** The account inside: no account of the machine has this number, so a breakout owns nothing. */
export const containerUser = 65_532;
/** The state folder: on a volume, or nothing survives. */
export const stateMount = '/state';
/** Task file and secrets: on a volume of its own that the place fills. */
export const taskMount = '/run/synctask';
export const secretsFolder = 'secrets';
export const taskFileName = 'task.json';
export const statusPort = 8080;
/** A drain commits what was read; a runtime that needs longer is killed, and its ledger makes that harmless. */
export const drainSecondsMax = 120;

/** Memory in which a runtime works as measured on its default settings, with room for four load workers. */
export const memoryMebibytesDefault = 1024;

/** The command inside the image, before its arguments; the image has no shell. */
export const program = ['/usr/bin/node', '--max-semi-space-size=4', '/app/main.js'] as const;

/** Arguments of the runtime in a container; `host` is the address its status server listens on. */
export function runArguments(host: string, port: number): string[] {
  return [
    ['run', `${taskMount}/${taskFileName}`, '--state', stateMount],
    ['--secrets', `${taskMount}/${secretsFolder}`, '--log', '-'],
    ['--status-host', host, '--status-port', String(port)],
  ].flat();
}

/** Labels on everything that is made for a task: who it belongs to, and in which environment. */
export function labelsOf(task: {name: string; environment: string}): Record<string, string> {
  return {
    'io.synctask.task': task.name,
    'io.synctask.environment': task.environment,
    'io.synctask.managed-by': 'pulumi-synctask',
  };
}
