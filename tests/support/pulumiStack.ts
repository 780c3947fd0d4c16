// A stack of the real Pulumi engine for tests: local backend and home of its own, an inline program, and this checkout as the
// installed package `pulumi-synctask`. Needs the CLI and the launcher of dynamic providers, no language host.
import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {bringPulumi} from '../../scripts/setup/pulumi.mjs';
import type {Face, HostAnswer, HostOptions, HostRequest} from './pulumiHost.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

type Tasks = HostRequest['tasks'];

export interface TestStack {
  /** Folder of everything the test makes; removed in the end. */
  dir: string;
  /** Which face the next operations use; the dynamic one until told. */
  use(face: Face): void;
  /** Options of the engine for the tasks of the next operations. */
  with(options: NonNullable<HostRequest['options']>): void;
  /** Where state folders lie that the tasks do not name. */
  stateHome: string;
  /** Each runs one operation with these tasks in the program, and rejects with what the engine said. */
  preview(tasks: Tasks): Promise<HostAnswer>;
  up(tasks: Tasks): Promise<HostAnswer>;
  /** An update, and a second one while the first creates; all that both said. */
  upTwice(tasks: Tasks): Promise<string>;
  refresh(tasks: Tasks): Promise<HostAnswer>;
  destroy(): Promise<HostAnswer>;
  /** Takes every resource out of the stack; what they stand for lives on. */
  forget(): Promise<HostAnswer>;
  /** Gives the stack a state. */
  restore(state: object): Promise<HostAnswer>;
  /** What the stack has, as `pulumi stack export` gives it. */
  exported(): Promise<object>;
  /** `pulumi import` of a task; what it printed. */
  import(name: string, id: string): Promise<string>;
  /** The stored resource of the first task, secrets as they are stored. */
  resource(): Promise<StoredResource>;
  /** All that the engine printed and stored so far. */
  seen(): string;
}

export interface StoredResource {
  id: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  initErrors?: string[];
}

/** An empty stack `dev` of project `shop`; `t` destroys it in the end. */
export async function openStack(t: ExecutionContext<any>): Promise<TestStack> {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-stack-'));
  const backend = join(dir, 'backend');
  const stateHome = join(dir, 'state');
  const {host, exited} = await startHost(dir, backend, stateHome);
  let output = '';
  let face: Face = 'dynamic';
  let options: NonNullable<HostRequest['options']> = {};
  const ask = async (
    operation: HostRequest['operation'],
    tasks: Tasks,
    more: Partial<HostRequest> = {},
  ): Promise<HostAnswer> => {
    host.send({operation, tasks, face, options, ...more} satisfies HostRequest);
    const [message] = await Promise.race([once(host, 'message'), exited]);
    if (typeof message !== 'object')
      throw new Error(`the host of the program ended with ${message}`);
    const answer = message as HostAnswer;
    output += answer.output + (answer.error ?? '');
    if (answer.error !== null) throw new Error(`${answer.error}\n${answer.output}`);
    return answer;
  };
  t.teardown(async () => {
    await ask('destroy', {}).catch((error: unknown) => t.log(String(error)));
    host.kill();
    rmSync(dir, {recursive: true, force: true});
  });
  return {
    dir,
    use: next => void (face = next),
    with: next => void (options = next),
    stateHome,
    preview: tasks => ask('preview', tasks),
    up: tasks => ask('up', tasks),
    upTwice: async tasks => (await ask('upTwice', tasks)).output,
    refresh: tasks => ask('refresh', tasks),
    destroy: () => ask('destroy', {}),
    forget: () => ask('forget', {}),
    restore: state => ask('restore', {}, {state}),
    exported: async () => (await ask('export', {})).exported!,
    import: async (name, id) => (await ask('import', {}, {imported: {name, id}})).output,
    async resource() {
      const {exported} = await ask('export', {});
      const resources = (exported?.resources ?? []) as (StoredResource & {type: string})[];
      return resources.find(({type}) => type.endsWith(':SyncTask'))!;
    },
    seen: () => output + everyFile(backend),
  };
}

interface Host {
  host: ChildProcess;
  /** Its exit code, whenever it comes. */
  exited: Promise<unknown[]>;
}

async function startHost(dir: string, backend: string, stateHome: string): Promise<Host> {
  const {env, dir: bin} = await bringPulumi(process.execPath);
  const workDir = join(dir, 'program');
  installCheckout(workDir, join(dir, 'package'));
  mkdirSync(backend);
  const options: HostOptions = {
    workDir,
    pulumiHome: join(dir, 'home'),
    pulumiRoot: dirname(bin),
    envVars: {
      PATH: [dirname(process.execPath), join(checkout, 'bin'), bin, env['PATH']].join(delimiter),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: 'passphrase of a test',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
      XDG_STATE_HOME: stateHome,
    },
  };
  const script = fileURLToPath(new URL('pulumiHost.ts', import.meta.url));
  // Pulumi runs dynamic providers in the folder of the program's process and looks the package up from there.
  const host = fork(script, [JSON.stringify(options)], {
    cwd: workDir,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(host, 'exit');
  const [message] = await Promise.race([once(host, 'message'), exited]);
  if (message !== 'ready') throw new Error(`the host of the program ended with ${message}`);
  return {host, exited};
}

/**
 * This checkout as the installed package of a program: its sources, or with `built` what `npm run build` made of them, as
 * users have it. Node refuses TypeScript under node_modules, but a link's target lies outside.
 */
export function installCheckout(workDir: string, packageDir: string, built = false): void {
  mkdirSync(join(workDir, 'node_modules'), {recursive: true});
  mkdirSync(packageDir);
  const file = (name: string) => (built ? `./dist/provider/${name}.js` : `./provider/${name}.ts`);
  const exports = {
    '.': file('index'),
    './dynamic-provider': file('dynamicProvider'),
    './plugin': file('pluginResource'),
    './alicloud': file('alicloud/alicloudSyncTask'),
  };
  const description = {name: 'pulumi-synctask', type: 'module', exports};
  writeFileSync(join(packageDir, 'package.json'), JSON.stringify(description));
  for (const room of ['bin', ...(built ? ['dist'] : ['provider', 'runtime'])])
    symlinkSync(join(checkout, room), join(packageDir, room));
  symlinkSync(packageDir, join(workDir, 'node_modules', 'pulumi-synctask'));
  symlinkSync(join(checkout, 'node_modules', '@pulumi'), join(workDir, 'node_modules', '@pulumi'));
}

function everyFile(dir: string): string {
  return readdirSync(dir, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}
