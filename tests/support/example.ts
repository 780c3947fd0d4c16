// A copy of one of the examples, run by the real CLI and the real language host between a real MySQL and the embedded endpoint.
import {cpSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {run} from '../../scripts/setup/command.mjs';
import {bringPulumi} from '../../scripts/setup/pulumi.mjs';
import type {Target} from './equality.ts';
import type {TestDatabase} from './mysql.ts';
import {installCheckout} from './pulumiStack.ts';
import {openEnds} from './syncTaskShop.ts';

export interface Example {
  /** The folder of the copy. */
  dir: string;
  /** Folder of all state folders. */
  stateHome: string;
  database: TestDatabase;
  target: Target;
  /** Runs the CLI in the folder and gives what it printed; rejects when it fails. */
  pulumi(...args: string[]): Promise<string>;
  /** Settings of the stack. */
  set(settings: Record<string, string | number>): Promise<void>;
  /** `pulumi up`; the outputs of the stack. */
  up(): Promise<Record<string, unknown>>;
}

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** The example `name` with its stack `dev` configured and nothing deployed; destroyed in the end. `bin` holds further programs. */
export async function openExample(
  t: ExecutionContext<any>,
  name: string,
  bin: string[] = [],
): Promise<Example> {
  const example = await copyExample(t, name, bin);
  t.teardown(async () => {
    await example
      .pulumi('destroy', '--yes', '--stack', 'dev')
      .catch((error: unknown) => t.log(String(error)));
    rmSync(join(example.dir, '..'), {recursive: true, force: true});
  });
  await example.pulumi('stack', 'init', 'dev');
  const {host, port, syncUser, syncPassword} = example.database.server;
  const {target, database} = example;
  await example.set({
    mysqlHost: host,
    mysqlPort: port,
    mysqlUser: syncUser,
    mysqlPassword: syncPassword,
    endpoint: target.endpoint,
    project: target.project,
    accessKeyId: target.accessKeyId,
    accessKeySecret: target.accessKeySecret,
    database: database.name,
  });
  return example;
}

/** The example without a stack. */
export async function copyExample(
  t: ExecutionContext<any>,
  name: string,
  bin: string[] = [],
): Promise<Example> {
  const {database, target} = await openEnds(t);
  const dir = mkdtempSync(join(tmpdir(), 'synctask-example-'));
  const program = join(dir, name);
  const stateHome = join(dir, 'state');
  cpSync(join(checkout, 'examples', name), program, {recursive: true});
  // A template has no packages: what is made of it installs them.
  if (name !== 'template') installCheckout(program, join(dir, 'package'));
  const {pulumi, dir: pulumiDir, env: found} = await bringPulumi(process.execPath);
  const backend = join(dir, 'backend');
  mkdirSync(backend);
  const env = {
    ...found,
    PATH: [dirname(process.execPath), pulumiDir, ...bin, found['PATH']].join(delimiter),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: 'passphrase of a test',
    PULUMI_HOME: join(dir, 'home'),
    XDG_STATE_HOME: stateHome,
  };
  const engine = (...args: string[]) =>
    run([pulumi, ...args, '--non-interactive'], {cwd: program, env});
  return {
    dir: program,
    stateHome: join(stateHome, 'synctask'),
    database,
    target,
    pulumi: engine,
    async set(settings) {
      const pairs = Object.entries(settings).flatMap(([key, value]) => [
        key.toLowerCase().match(/password|secret/) ? '--secret' : '--plaintext',
        `${key}=${value}`,
      ]);
      await engine('config', 'set-all', '--stack', 'dev', ...pairs);
    },
    async up() {
      await engine('up', '--yes', '--stack', 'dev');
      return JSON.parse(await engine('stack', 'output', '--json', '--stack', 'dev')) as Record<
        string,
        unknown
      >;
    },
  };
}
