// The process in which a test's inline Pulumi program runs: Pulumi cannot serialise a provider in a worker thread, and AVA
// runs tests in those. pulumiStack.ts starts it and tells it what to do by messages.
import * as automation from '@pulumi/pulumi/automation/index.js';
import {SyncTask, type SyncTaskArgs} from '../../provider/index.ts';

export interface HostOptions {
  workDir: string;
  envVars: Record<string, string>;
  pulumiHome: string;
  /** Folder that holds `bin/pulumi`. */
  pulumiRoot: string;
}

export interface HostRequest {
  operation: 'preview' | 'up' | 'refresh' | 'destroy' | 'export';
  /** SyncTask resources of the program by name. */
  tasks: Record<string, SyncTaskArgs>;
}

export interface HostAnswer {
  error: string | null;
  /** Everything that the command printed. */
  output: string;
  changes: Record<string, number>;
  /** Stack outputs: those of each task by name. */
  outputs: Record<string, Record<string, unknown>>;
  exported: {resources?: unknown[]} | null;
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
] as const;

const options = JSON.parse(process.argv[2]!) as HostOptions;
let tasks: HostRequest['tasks'] = {};

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
  return Object.fromEntries(
    Object.entries(tasks).map(([name, args]) => {
      const task = new SyncTask(name, args);
      return [name, Object.fromEntries(shown.map(key => [key, task[key]]))];
    }),
  );
}

async function answer(request: HostRequest): Promise<HostAnswer> {
  tasks = request.tasks;
  const found: HostAnswer = {error: null, output: '', changes: {}, outputs: {}, exported: null};
  const onOutput = (text: string) => void (found.output += text);
  try {
    if (request.operation === 'preview')
      found.changes = (await stack.preview({onOutput})).changeSummary as Record<string, number>;
    if (request.operation === 'up') {
      const {outputs, summary} = await stack.up({onOutput});
      found.changes = summary.resourceChanges ?? {};
      for (const [name, {value}] of Object.entries(outputs)) found.outputs[name] = value;
    }
    if (request.operation === 'refresh') await stack.refresh({onOutput});
    if (request.operation === 'destroy') await stack.destroy({onOutput});
    if (request.operation === 'export') found.exported = (await stack.exportStack()).deployment;
  } catch (error) {
    found.error = (error as Error).message;
  }
  return found;
}
