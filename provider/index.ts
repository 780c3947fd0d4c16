// The package's entry: SyncTask for Pulumi programs. Holds no top-level await, so that CommonJS programs can load it too.
import * as pulumi from '@pulumi/pulumi';
import type {SyncTaskArgs} from './args.ts';
import {defaultTaskName} from './taskName.ts';
import {thinProvider} from './thinProvider.ts';

export type {
  ObjectArgs,
  ProcessArgs,
  SecretInput,
  SourceArgs,
  SyncTaskArgs,
  TableArgs,
  TargetArgs,
} from './args.ts';

/** One precheck result or error of a task. */
export interface SyncTaskFinding {
  id: string | null;
  code: string;
  severity: 'error' | 'warning';
  title: string;
  where: string | null;
  object: string | null;
  observed: string | null;
  cause: string;
  fix: string;
  more: string;
}

/** A task that copies tables of MySQL into MaxCompute and keeps following them. */
export class SyncTask extends pulumi.dynamic.Resource {
  declare readonly name: pulumi.Output<string>;
  declare readonly environment: pulumi.Output<string>;
  /** Name of the task, its identity where its runtime runs. */
  declare readonly taskId: pulumi.Output<string>;
  /** Folder of checkpoint and logs; null where nothing is deployed. */
  declare readonly stateDir: pulumi.Output<string | null>;
  /** Address of the status page; `/status` is its JSON. */
  declare readonly statusUrl: pulumi.Output<string | null>;
  /** Target tables that are there. */
  declare readonly targetTables: pulumi.Output<string[]>;
  declare readonly findings: pulumi.Output<SyncTaskFinding[]>;
  /** loading, following, paused, done, failed, dead, … */
  declare readonly state: pulumi.Output<string>;
  /** schema, full or incremental. */
  declare readonly phase: pulumi.Output<string | null>;
  /** What the last update did, one line an edit. */
  declare readonly editPlan: pulumi.Output<string>;

  constructor(name: string, args: SyncTaskArgs, opts?: pulumi.CustomResourceOptions) {
    const stack = pulumi.getStack();
    const inputs = {
      ...args,
      name: args.name ?? defaultTaskName(pulumi.getProject(), stack, name),
      environment: args.environment ?? stack,
      ...Object.fromEntries(secrets.map(key => [key, hidden(args[key])])),
    };
    const options = pulumi.mergeOptions({additionalSecretOutputs: [...secrets]}, opts);
    super(thinProvider, name, {...undefinedOutputs, ...inputs}, options, 'synctask', 'SyncTask');
  }
}

const secrets = [
  'sourcePassword',
  'sourceTlsKey',
  'targetAccessKeySecret',
  'targetSecurityToken',
  'alertWebhooks',
] as const;

function hidden(value: pulumi.Input<unknown> | undefined): pulumi.Output<unknown> | undefined {
  return value === undefined ? undefined : pulumi.secret(value);
}

/** Outputs must be named in the properties, or the class does not get them. */
const undefinedOutputs = {
  taskId: undefined,
  stateDir: undefined,
  statusUrl: undefined,
  targetTables: undefined,
  findings: undefined,
  state: undefined,
  phase: undefined,
  editPlan: undefined,
};
