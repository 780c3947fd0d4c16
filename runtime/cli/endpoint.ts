// synctask endpoint: the embedded MaxCompute-compatible endpoint as a process of its own.
import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {openLog} from '../base/log.ts';
import {rememberSecret} from '../base/secretTexts.ts';
import {endpointKey, type EndpointKey} from '../endpoint/accessKey.ts';
import {serviceLimits, type Limits} from '../endpoint/limits.ts';
import {startEndpoint} from '../endpoint/server.ts';
import {stateHome} from '../task/control.ts';
import {readPort, usageError} from './usageError.ts';

/** Text of `synctask endpoint --help`. */
export const usage = `
Usage: synctask endpoint [--data DIR] [--port N] [--project P] [--limit NAME=N …]

Serves a MaxCompute-compatible project on 127.0.0.1, over DuckDB, until TERM or INT. When it accepts requests it prints
one line of JSON: endpoint, project, accessKeyId; with a key of its own also secretFile, where the secret lies, and
generatedSecret at the start that made it.
The key is ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET where they are set; else one made once and
kept in the data folder. What it answers and what it refuses: docs/endpoint.md.

Options:
  --data DIR    folder of the data; default \${XDG_DATA_HOME:-~/.local/share}/synctask/endpoint
  --port N      default 8731; 0 picks a free one
  --project P   default local
  --limit NAME=N  another limit than the service's, any number of times; names:
                ${Object.keys(serviceLimits).join(', ')}
`;

/** Serves until a signal; 0 when it stopped cleanly. */
export async function run(args: string[]): Promise<number> {
  const {values} = parseArgs({
    args,
    options: {
      data: {type: 'string', default: defaultDataDir()},
      port: {type: 'string', default: '8731'},
      project: {type: 'string', default: 'local'},
      limit: {type: 'string', multiple: true, default: []},
    },
  });
  if (values.data === '') throw usageError('endpoint', '--data is empty');
  const dataDir = resolve(values.data);
  const {project} = values;
  const key = endpointKey(dataDir, process.env);
  rememberSecret(key.accessKeySecret);
  const stopped = nextSignal();
  await using endpoint = await startEndpoint({
    dataDir,
    port: readPort('endpoint', '--port', values.port),
    project,
    limits: limitsOf(values.limit),
    accessKeyId: key.accessKeyId,
    accessKeySecret: key.accessKeySecret,
    log: openLog(2, 'warn'),
  });
  announce(endpoint.endpoint, project, dataDir, key);
  await stopped;
  return 0;
}

/** `commitsMax=500` and the like. Raises SYNC1006 for a name that is no limit and for what is no number. */
function limitsOf(given: string[]): Partial<Limits> {
  return Object.fromEntries(
    given.map(text => {
      const [name = '', value = ''] = text.split('=');
      if (!Object.hasOwn(serviceLimits, name))
        throw usageError('endpoint', `${JSON.stringify(name)} is not a limit`);
      if (!/^[1-9]\d{0,14}$/.test(value))
        throw usageError('endpoint', `--limit ${name} needs a whole number above 0`);
      return [name, Number(value)];
    }),
  );
}

function defaultDataDir(): string {
  const home = process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  return join(home, 'synctask', 'endpoint');
}

/** Tells the reader of stdout, and `synctask sql`, which takes the endpoint this user started last. */
function announce(endpoint: string, project: string, dataDir: string, key: EndpointKey): void {
  const {accessKeyId, accessKeySecret, secretFile, made} = key;
  const state = {endpoint, project, accessKeyId, secretFile, dataDir, pid: process.pid};
  mkdirSync(stateHome(), {recursive: true, mode: 0o700});
  const file = join(stateHome(), 'endpoint.json');
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(state)}\n`, {mode: 0o600});
  renameSync(beside, file);
  // A secret that was told once is not told again: lines of stdout are kept in logs.
  const generated = made ? {generatedSecret: accessKeySecret} : {};
  const kept = secretFile === null ? {} : {secretFile};
  process.stdout.write(
    `${JSON.stringify({endpoint, project, accessKeyId, ...generated, ...kept})}\n`,
  );
}

function nextSignal(): Promise<void> {
  const {promise, resolve: stop} = Promise.withResolvers<void>();
  process.once('SIGTERM', () => stop());
  process.once('SIGINT', () => stop());
  return promise;
}
