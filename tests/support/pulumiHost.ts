// The process in which a test's inline Pulumi program runs: Pulumi cannot serialise a provider in a worker thread, and AVA
// runs tests in those. pulumiStack.ts starts it and tells it what to do by messages.
import type {CustomResourceOptions} from '@pulumi/pulumi';
import * as automation from '@pulumi/pulumi/automation/index.js';
import {
  requireEnvironment,
  SyncTask,
  tagEnvironment,
  type SyncTaskArgs,
} from '../../provider/index.ts';
import {SyncTask as PluginSyncTask} from '../../provider/pluginResource.ts';

export interface HostOptions {
  workDir: string;
  envVars: Record<string, string>;
  pulumiHome: string;
  /** Folder that holds `bin/pulumi`. */
  pulumiRoot: string;
}

export interface HostRequest {
  operation:
    | 'preview'
    | 'up'
    | 'upTwice'
    | 'refresh'
    | 'destroy'
    | 'export'
    | 'forget'
    | 'import'
    | 'restore';
  /** SyncTask resources of the program by name. */
  tasks: Record<string, SyncTaskArgs>;
  /** Of `restore`: the state that the stack is given. */
  state?: automation.Deployment['deployment'];
  /** Of `import`: the resource to import and its id. */
  imported?: {name: string; id: string};
  /** Which of the two faces serves them. */
  face: Face;
  /** Options of the engine for all of them. */
  options?: Pick<CustomResourceOptions, 'protect' | 'retainOnDelete' | 'ignoreChanges'> & {
    /** What the program does before it makes tasks: gives the stack an environment, and allows these. */
    environments?: {tag?: string; allowed: string[]};
  };
}

export type Face = 'dynamic' | 'plugin';

export interface HostAnswer {
  error: string | null;
  /** Everything that the command printed. */
  output: string;
  changes: Record<string, number>;
  /** Stack outputs: those of each task by name. */
  outputs: Record<string, Record<string, unknown>>;
  exported: {resources?: unknown[]} | null;
  /** What a preview says of each task that changes, by name. */
  steps: Record<string, TaskStep>;
}

/** One task in a preview. */
export interface TaskStep {
  op: string;
  /** Path → kind; empty where the provider gives none. */
  detailedDiff: Record<string, string>;
  /** Outputs after the update as far as they are known. */
  outputs: Record<string, unknown>;
}

/** Outputs that the stack tells of each task. */
const shown = [
  'taskId',
  'environment',
  'state',
  'phase',
  'stateDir',
  'statusUrl',
  'targetTables',
  'findings',
  'editPlan',
  'plan',
] as const;

const options = JSON.parse(process.argv[2]!) as HostOptions;
let tasks: HostRequest['tasks'] = {};
let face: Face = 'dynamic';
let resourceOptions: HostRequest['options'];

const stack = await automation.LocalWorkspace.createStack(
  {stackName: 'dev', projectName: 'shop', program},
  {
    workDir: options.workDir,
    envVars: options.envVars,
    pulumiHome: options.pulumiHome,
    pulumiCommand: await automation.PulumiCommand.get({root: options.pulumiRoot}),
  },
);
process.on('message', request => void answer(request as HostRequest).then(a => process.send!(a)));
process.send!('ready');

async function program(): Promise<Record<string, unknown>> {
  const {environments, ...opts} = resourceOptions ?? {};
  if (environments?.tag !== undefined) tagEnvironment({environment: environments.tag});
  if (environments !== undefined) requireEnvironment(environments).enforce();
  return Object.fromEntries(
    Object.entries(tasks).map(([name, args]) => {
      const Task = face === 'plugin' ? PluginSyncTask : SyncTask;
      const task = new Task(name, args, opts);
      return [name, Object.fromEntries(shown.map(key => [key, task[key]]))];
    }),
  );
}

async function answer(request: HostRequest): Promise<HostAnswer> {
  ({tasks, face, options: resourceOptions} = request);
  const found: HostAnswer = {
    error: null,
    output: '',
    changes: {},
    outputs: {},
    exported: null,
    steps: {},
  };
  const onOutput = (text: string) => void (found.output += text);
  try {
    if (request.operation === 'preview')
      found.changes = (await stack.preview({onOutput, onEvent: noteSteps(found)}))
        .changeSummary as Record<string, number>;
    if (request.operation === 'up') {
      const {outputs, summary} = await stack.up({onOutput});
      found.changes = summary.resourceChanges ?? {};
      for (const [name, {value}] of Object.entries(outputs)) found.outputs[name] = value;
    }
    if (request.operation === 'upTwice') await upTwice(onOutput);
    if (request.operation === 'refresh') await stack.refresh({onOutput});
    if (request.operation === 'destroy') await stack.destroy({onOutput});
    if (request.operation === 'forget') await forget();
    if (request.operation === 'restore')
      await stack.importStack({version: 3, deployment: request.state!});
    if (request.operation === 'import') await importOne(request.imported!, onOutput);
    if (request.operation === 'export') found.exported = (await stack.exportStack()).deployment;
  } catch (error) {
    found.error = (error as Error).message;
  }
  return found;
}

/** A second update while the first is creating; what becomes of the second goes to `onOutput`. */
async function upTwice(onOutput: (text: string) => void): Promise<void> {
  let second: Promise<string> | null = null;
  const first = stack.up({
    onOutput: text => {
      if (second !== null || !text.includes('creating')) return;
      second = stack.up().then(
        () => 'the second took place',
        (error: unknown) => `the second: ${String(error)}`,
      );
    },
  });
  await first.catch(() => {});
  onOutput((await second) ?? 'the first created nothing');
}

/** The resources are no longer the stack's, and live on. */
async function forget(): Promise<void> {
  const exported = await stack.exportStack();
  exported.deployment.resources = [];
  await stack.importStack(exported);
}

async function importOne(
  {name, id}: {name: string; id: string},
  onOutput: (text: string) => void,
): Promise<void> {
  const resources = [{type: 'synctask:index:SyncTask', name, id}];
  const options = {resources, protect: false, generateCode: false, showSecrets: false, onOutput};
  onOutput((await stack.import(options)).stdout);
}

function noteSteps({steps}: HostAnswer): (event: automation.EngineEvent) => void {
  return ({resOutputsEvent, resourcePreEvent}) => {
    const metadata = (resOutputsEvent ?? resourcePreEvent)?.metadata;
    if (metadata === undefined || !metadata.type.endsWith(':SyncTask')) return;
    const kinds = Object.entries(metadata.detailedDiff ?? {}).map(([path, {diffKind}]) => [
      path,
      diffKind,
    ]);
    steps[metadata.urn.split('::').at(-1)!] = {
      op: metadata.op,
      detailedDiff: Object.fromEntries(kinds) as Record<string, string>,
      outputs: (metadata.new?.outputs ?? {}) as Record<string, unknown>,
    };
  };
}
