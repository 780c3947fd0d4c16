// The package's entry: SyncTask for Pulumi programs. Holds no top-level await, so that CommonJS programs can load it too.
// Arguments are written out here rather than derived from zod, and in one file, so that every compiler a program may use
// (Pulumi's own is from 2020) reads the types; tests/unit/provider/index.test.ts holds them equal to the task.
import * as pulumi from '@pulumi/pulumi';
import type {Input} from '@pulumi/pulumi';
import {environmentOfTask} from './environmentTags.ts';
import {defaultTaskName} from './taskName.ts';
import {thinProvider} from './thinProvider.ts';

export {
  requireEnvironment,
  tagEnvironment,
  type EnvironmentPolicy,
  type EnvironmentPolicyOptions,
  type EnvironmentTagOptions,
} from './environmentTags.ts';

/** What a task tells back. */
export interface SyncTaskOutputs {
  readonly name: pulumi.Output<string>;
  readonly environment: pulumi.Output<string>;
  /** Name of the task, its identity where its runtime runs. */
  readonly taskId: pulumi.Output<string>;
  /** Folder of checkpoint and logs; null where nothing is deployed. */
  readonly stateDir: pulumi.Output<string | null>;
  /** Address of the status page; `/status` is its JSON. */
  readonly statusUrl: pulumi.Output<string | null>;
  /** Target tables that are there. */
  readonly targetTables: pulumi.Output<string[]>;
  readonly findings: pulumi.Output<SyncTaskFinding[]>;
  /** loading, following, paused, done, failed, dead, … */
  readonly state: pulumi.Output<string>;
  /** schema, full or incremental. */
  readonly phase: pulumi.Output<string | null>;
  /** What the last update did, one line an edit. */
  readonly editPlan: pulumi.Output<string>;
  /** How the tables are made and mapped, as the prechecks of the last update saw them; the first hundred. */
  readonly plan: pulumi.Output<SyncTaskPlan[]>;
}

/** What the same task is called when the plugin serves it: a stack may come back from there. */
const pluginType = 'synctask:index:SyncTask';

/** The class of dynamic resources, with the outputs of a task. */
const TaskResource = pulumi.dynamic.Resource as unknown as new (
  ...args: ConstructorParameters<typeof pulumi.dynamic.Resource>
) => pulumi.dynamic.Resource & SyncTaskOutputs;

/** A task that copies tables of MySQL into MaxCompute and keeps following them. */
export class SyncTask extends TaskResource {
  constructor(name: string, args: SyncTaskArgs, opts?: pulumi.CustomResourceOptions) {
    const own = {additionalSecretOutputs: [...secrets], aliases: [{type: pluginType}]};
    const options = pulumi.mergeOptions(own, opts);
    super(thinProvider, name, propsOf(name, args), options, 'synctask', 'SyncTask');
  }
}

/** `args` with what the stack says where they are silent, its secrets marked, and every output named. */
export function propsOf(name: string, args: SyncTaskArgs): pulumi.Inputs {
  const stack = pulumi.getStack();
  const settings = new pulumi.Config('synctask');
  return {
    ...undefinedOutputs,
    ...args,
    name: args.name ?? defaultTaskName(pulumi.getProject(), stack, name),
    environment: environmentOfTask(args.environment),
    preflight: args.preflight ?? settings.get('preflight'),
    ...Object.fromEntries(secrets.map(key => [key, hidden(args[key])])),
  };
}

/** Inputs that are encrypted in state whether or not the program marks them. */
export const secrets = [
  'sourcePassword',
  'sourceTlsKey',
  'targetAccessKeySecret',
  'targetSecurityToken',
  'alertWebhooks',
  'hashKeys',
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
  plan: undefined,
};

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

/** One table of the output `plan`. */
export interface SyncTaskPlan {
  source: string;
  /** The statements that make the target tables. */
  statements: string[];
  /** `id int unsigned → id BIGINT, key`, one line a column, with what its mapping may lose. */
  columns: string[];
  rowsEstimated: number;
  bytesEstimated: number;
}

type Inputs<T> = Input<Input<T>[]>;

/** A text, or `{env: 'NAME'}` that is looked up where the runtime runs. */
export type SecretInput = Input<string | {env: string}>;

export interface SyncTaskArgs {
  /** Up to 63 lower-case letters, digits or `-`. Default: project, stack and resource name. A change replaces the task. */
  name?: Input<string>;
  /** The MySQL server that is read. */
  source: Input<SourceArgs>;
  /** Password of `source.user`. */
  sourcePassword?: SecretInput;
  /** Private key of `source.tls.certificate`, PEM text. */
  sourceTlsKey?: SecretInput;
  /** The MaxCompute project that is written. */
  target: Input<TargetArgs>;
  /** Secret of `target.accessKeyId`. */
  targetAccessKeySecret?: SecretInput;
  /** STS token that belongs to the access key. */
  targetSecurityToken?: SecretInput;
  /** What is synchronized. */
  objects: Inputs<ObjectArgs>;
  /** Phases to run. Default: all three. */
  phases?: Inputs<'schema' | 'full' | 'incremental'>;
  /** MaxCompute type system of the target tables. Default: `v2`. */
  types?: Input<'v2' | 'v1'>;
  /** Names of target tables and columns. */
  naming?: Input<{
    additionalColumns?: Input<'new' | 'previous'>;
    case?: Input<'default' | 'source' | 'lower' | 'upper'>;
  }>;
  /** Partitions and life of the `_log` tables. */
  log?: Input<{
    partitionBy?: Inputs<'year' | 'month' | 'day' | 'hour' | 'minute'>;
    timeZone?: Input<string>;
    lifecycleDays?: Input<number | null>;
  }>;
  /** What happens when a target table exists that this task did not make. Default: `report`. */
  conflictingTables?: Input<'report' | 'ignore' | 'adopt'>;
  /** The full load. */
  full?: Input<{
    workers?: Input<number | null>;
    consistency?: Input<'position-first' | 'consistent'>;
    throttle?: Input<ThrottleArgs>;
  }>;
  /** Following the binlog. */
  incremental?: Input<{
    delivery?: Input<'exactly-once' | 'low-latency'>;
    commitSeconds?: Input<number>;
    commitMebibytes?: Input<number>;
    /** Whether a row is written at the source now and then, so that lag is right without changes. Default: false. */
    heartbeat?: Input<boolean>;
    /** `database.table` of the heartbeat's row. */
    heartbeatTable?: Input<string | null>;
    heartbeatSeconds?: Input<number>;
    /** Whether the checksum of each binlog event is verified. */
    verifyChecksums?: Input<boolean>;
    spool?: Input<{mebibytes?: Input<number>}>;
    /** A copy of the source's binlog in the state folder, so that a purge there does no harm. Default: none. */
    relayLog?: Input<{mebibytes?: Input<number>} | null>;
    throttle?: Input<Omit<ThrottleArgs, 'queriesPerSecond'>>;
  }>;
  /** How long trouble is tried again. */
  retry?: Input<{connectionMinutes?: Input<number>; otherMinutes?: Input<number>}>;
  /** Who is told of what. */
  alerts?: Inputs<{
    on: Input<'failure' | 'lag' | 'retention'>;
    lagSeconds?: Input<number | null>;
    webhook: Input<string>;
    format?: Input<'auto' | 'slack' | 'dingtalk' | 'json'>;
    /** Text with places in braces: `{task}`, `{event}`, `{text}`, … */
    template?: Input<string | null>;
    resendMinutes?: Input<number>;
  }>;
  /** Webhook addresses by name; secret. */
  alertWebhooks?: Input<Record<string, SecretInput>>;
  /** Keys of the transform `hash`, by name; secret. */
  hashKeys?: Input<Record<string, SecretInput>>;
  /** Label on everything we make. Default: the name of the stack. */
  environment?: Input<string>;
  /** Where live prechecks run. Default: `provider`, before anything is deployed. */
  precheckFrom?: Input<'provider' | 'runtime'>;
  /** Whether a preview connects. Default: `offline`. */
  preflight?: Input<'offline' | 'live'>;
  /** Findings that are known and accepted: `P20` or `P20:database.table`. */
  acknowledge?: Inputs<string>;
  /** Where the runtime runs. Default: a process on this machine. */
  deploy?: Input<ProcessArgs | DockerArgs | KubernetesArgs | {kind: Input<'none'>}>;
  /** Whether the task moves. Default: `running`. */
  desiredState?: Input<'running' | 'paused'>;
  /** What happens to the target tables when the task is deleted. Default: they are kept. */
  onDelete?: Input<{targetTables?: Input<'keep' | 'drop'>; inProduction?: Input<boolean>}>;
}

export interface SourceArgs {
  host: Input<string>;
  /** Default: 3306. */
  port?: Input<number>;
  /** Further servers of the same replication group, `host:port`. */
  hosts?: Inputs<string>;
  user: Input<string>;
  /** Replica id. Default: derived from the task name. */
  serverId?: Input<number | null>;
  /** Zone in which DATETIME and DATE are read where they become instants. Default: `UTC`. */
  timeZone?: Input<string>;
  /** Load of the source at which the task holds by itself. */
  load?: Input<{
    threadsRunningMax?: Input<number | null>;
    replicaLagSecondsMax?: Input<number | null>;
    /** A SELECT whose first value holds the task while it is neither 0 nor NULL. */
    query?: Input<string | null>;
    checkSeconds?: Input<number>;
  }>;
  tls?: Input<{
    mode?: Input<'preferred' | 'disabled' | 'required' | 'verify-ca' | 'verify-identity'>;
    /** Certificate authority, PEM text. */
    ca?: Input<string | null>;
    /** Client certificate, PEM text. */
    certificate?: Input<string | null>;
  }>;
}

export interface TargetArgs {
  /** With its base path, e.g. `https://service.cn-shanghai.maxcompute.aliyun.com/api`. A change replaces the task. */
  endpoint: Input<string>;
  /** A change replaces the task. */
  project: Input<string>;
  /** Schema inside the project. A change replaces the task. */
  schema?: Input<string | null>;
  accessKeyId?: Input<string | null>;
  tunnelEndpoint?: Input<string | null>;
  quota?: Input<string | null>;
  region?: Input<string | null>;
  credentials?: Input<'access-key' | 'ram-role' | 'environment'>;
}

export interface ObjectArgs {
  database: Input<string>;
  /** Prefix of the target names. */
  as?: Input<string | null>;
  /** Names, globs, /regular expressions/, or objects with settings. Default: all tables. */
  tables?: Inputs<string | TableArgs>;
  exclude?: Inputs<string>;
  newTables?: Input<'add' | 'ignore' | 'ask'>;
}

export interface TableArgs {
  name: Input<string>;
  /** Target name before `_base` and `_log`. */
  as?: Input<string | null>;
  /** Row filter: a MySQL WHERE expression. */
  where?: Input<string | null>;
  columns?: Input<{
    include?: Input<Input<string>[] | null>;
    exclude?: Inputs<string>;
    rename?: Input<Record<string, Input<string>>>;
    types?: Input<Record<string, Input<string>>>;
    policies?: Input<
      Record<
        string,
        Input<{
          zeroDate?: Input<'null' | 'text' | 'stop'>;
          overLong?: Input<'stop' | 'truncate' | 'null'>;
          invalidText?: Input<'stop' | 'replace' | 'null'>;
        }>
      >
    >;
  }>;
  operations?: Inputs<'insert' | 'update' | 'delete'>;
  ddl?: Input<
    | 'all'
    | 'none'
    | Input<
        | 'add-column'
        | 'drop-column'
        | 'rename-column'
        | 'modify-column'
        | 'change-key'
        | 'change-partition'
        | 'rename-table'
        | 'truncate-table'
        | 'drop-table'
        | 'create-table'
      >[]
  >;
  otherDdl?: Input<'stop' | 'ignore'>;
  reload?: Input<'auto' | 'never'>;
  transforms?: Inputs<{column?: Input<string | null>; [action: string]: unknown}>;
}

/** A supervised process of this machine. */
export interface ProcessArgs {
  kind?: Input<'process'>;
  /** Folder of checkpoint, spool and logs, absolute. Default: in the user's state folder. A change replaces the task. */
  stateDir?: Input<string>;
  /** Loopback port of status and control. Default: 0, a free one that is kept. */
  statusPort?: Input<number>;
}

/** A container of a Docker daemon. */
export interface DockerArgs {
  kind: Input<'docker'>;
  /** Image by name, tag or digest; pulled where the daemon lacks it. Default: built of this package. */
  image?: Input<string | null>;
  /** `unix:///…`, `tcp://…`. Default: DOCKER_HOST, else the one here. A change replaces the task. */
  daemon?: Input<string | null>;
  /** bridge, host, or a network of your own. Default: bridge. */
  network?: Input<string>;
  /** Loopback port of the daemon's machine. Default: 0, a free one. */
  statusPort?: Input<number>;
  /** Default: all. */
  cpus?: Input<number | null>;
  /** Default: 1024. */
  memoryMebibytes?: Input<number>;
  /** Default: unless-stopped, or on-failure for a task that ends by itself. */
  restart?: Input<'unless-stopped' | 'on-failure' | 'no' | null>;
}

/** A StatefulSet of a Kubernetes cluster. */
export interface KubernetesArgs {
  kind: Input<'kubernetes'>;
  /** Image by name, tag or digest, where the cluster can pull it. */
  image: Input<string>;
  /** Must be there. Default: `default`. A change replaces the task. */
  namespace?: Input<string>;
  /** Kubeconfig file, absolute. Default: KUBECONFIG, ~/.kube/config, or the pod's own account. */
  kubeconfig?: Input<string>;
  /** Default: the current one. A change replaces the task. */
  context?: Input<string>;
  /** Default: all. */
  cpus?: Input<number | null>;
  /** Default: 1024. */
  memoryMebibytes?: Input<number>;
  /** Pods, each with a share of the tables. Default: 1. Cannot be changed. */
  shards?: Input<number>;
  /** Pods of a Job that take chunks of the full load. Default: none; not beside `shards`. */
  load?: Input<{pods: Input<number>} | null>;
  /** Default: the cluster's. A change replaces the task. */
  storageClass?: Input<string | null>;
  /** Default: 20. A change replaces the task. */
  storageGibibytes?: Input<number>;
  /** Default: true. */
  networkPolicy?: Input<boolean>;
  /** Default: false. */
  serviceMonitor?: Input<boolean>;
  imagePullSecret?: Input<string | null>;
}

interface ThrottleArgs {
  queriesPerSecond?: Input<number | null>;
  rowsPerSecond?: Input<number | null>;
  mebibytesPerSecond?: Input<number | null>;
}
