// The synctask command: finds the command, loads only what it needs, turns what it throws into five lines and an exit code.
// Exit codes: 0 done; 1 failure; 2 usage or a refused task file; 3 another runtime holds the lease.
import {createRequire} from 'node:module';
import {asSyncError, fail, formatFinding, type SyncError} from './base/errors.ts';
import {hideSecrets} from './base/secretTexts.ts';

/** What every file of cli/ exports. */
interface Command {
  usage: string;
  run(args: string[]): Promise<number>;
}

const commands: Record<string, {summary: string; load: () => Promise<Command>}> = {
  run: {summary: 'run a task in the foreground', load: () => import('./cli/run.ts')},
  'load-pod': {
    summary: 'help the full load of a task that runs elsewhere',
    load: () => import('./cli/loadPod.ts'),
  },
  precheck: {
    summary: 'check source and target without changing them',
    load: () => import('./cli/precheck.ts'),
  },
  plan: {
    summary: 'show what a task will do to its target',
    load: () => import('./cli/plan.ts'),
  },
  status: {summary: 'show what a running task does', load: () => import('./cli/status.ts')},
  pause: {
    summary: 'hold a running task',
    load: () => import('./cli/control.ts').then(control => control.pause),
  },
  resume: {
    summary: 'let a held task go on',
    load: () => import('./cli/control.ts').then(control => control.resume),
  },
  throttle: {
    summary: 'change what a running task may take from its source',
    load: () => import('./cli/control.ts').then(control => control.throttle),
  },
  reload: {
    summary: 'load tables of a task again',
    load: () => import('./cli/reload.ts'),
  },
  stop: {
    summary: 'drain a running task and wait for its end',
    load: () => import('./cli/stop.ts'),
  },
  endpoint: {
    summary: 'serve a MaxCompute-compatible endpoint on this machine',
    load: () => import('./cli/endpoint.ts'),
  },
  sql: {summary: 'run one SQL statement on a target', load: () => import('./cli/sql.ts')},
  'import-dts': {
    summary: 'translate the object list of a DTS job',
    load: () => import('./cli/importDts.ts'),
  },
  'merge-sql': {
    summary: 'print the SELECT that merges base and log of a table',
    load: () => import('./cli/mergeSql.ts'),
  },
};

const help = `synctask: MySQL to MaxCompute synchronization

Usage: synctask <command> [options]

Commands:
${Object.entries(commands)
  .map(([name, {summary}]) => `  ${name.padEnd(11)}${summary}`)
  .join('\n')}

Options:
  --help       show this text, or with a command the usage of that command
  --version    show the version

Exit codes: 0 done; 1 failure; 2 usage or a refused task file; 3 another runtime holds the lease.
`;

process.stdout.on('error', ignoreClosedReader);
process.stderr.on('error', ignoreClosedReader);
process.on('uncaughtException', error => process.exit(report('synctask', error)));
const exitCode = await main(process.argv.slice(2));
// A pipe takes 64 KiB at a time; an exit would lose the rest of a long answer.
await new Promise(resolve => process.stdout.write('', resolve));
// Exit even where a handle is left open: whoever waits for this process waits for its work, which is over.
process.exit(exitCode);

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(help);
    return 2;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help);
    return 0;
  }
  if (name === '--version') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  try {
    if (!Object.hasOwn(commands, name))
      throw fail('SYNC1006', {command: 'synctask', problem: `${name} is not a command`});
    const command = await commands[name]!.load();
    if (asksForHelp(rest)) {
      process.stdout.write(`${command.usage.trim()}\n`);
      return 0;
    }
    return await command.run(rest);
  } catch (error) {
    return report(`synctask ${name}`, error);
  }
}

function asksForHelp(args: string[]): boolean {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

/** Prints `error` in five lines; the exit code it calls for. */
function report(command: string, error: unknown): number {
  const coded = classify(command, error);
  process.stderr.write(`${hideSecrets(formatFinding(coded.finding))}\n`);
  if (coded.code === 'SYNC5010') return 3;
  return coded.code.startsWith('SYNC1') ? 2 : 1;
}

function classify(command: string, error: unknown): SyncError {
  const code = (error as {code?: unknown} | null)?.code;
  if (typeof code !== 'string' || !code.startsWith('ERR_PARSE_ARGS')) return asSyncError(error);
  // Node's first sentence names the option; what follows is advice about `--`.
  const problem = (error as Error).message.split('. ')[0]!.replace(/\.$/, '');
  return fail('SYNC1006', {command, problem}, error);
}

function version(): string {
  const require = createRequire(import.meta.url);
  return (require('pulumi-synctask/package.json') as {version: string}).version;
}

/** A reader that went away (`| head`) ends no task; any other trouble with the stream is a bug. */
function ignoreClosedReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
