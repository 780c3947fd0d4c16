// Where a runtime runs, as users write it in `deploy`. Strict: the task itself keeps these keys loose, since a task file carries
// them without effect.
import {isAbsolute} from 'node:path';
import {z} from 'zod';
import {finding, type Finding} from '../base/errors.ts';
import {loadPodsMax} from '../spec/limits.ts';
import {formatPath} from '../spec/path.ts';
import {shardsMax} from '../spec/shard.ts';
import {memoryMebibytesDefault} from './container.ts';

const statusPortOf = (description: string) =>
  z.int().min(0).max(65535).default(0).meta({description});

const processSpec = z.strictObject({
  kind: z.literal('process').default('process'),
  stateDir: z.string().refine(isAbsolute, {message: 'must be an absolute path'}).optional().meta({
    description: 'Folder of checkpoint, spool and logs. Default: in the user’s state folder.',
  }),
  statusPort: statusPortOf('Loopback port of status and control; 0 picks a free one and keeps it.'),
});

const limits = {
  cpus: z.number().positive().max(1024).nullable().default(null).meta({
    description: 'CPUs that it may use; null: all.',
  }),
  memoryMebibytes: z
    .int()
    .min(256)
    .max(1_048_576)
    .default(memoryMebibytesDefault)
    .meta({description: 'Memory that it may use.'}),
};

const dockerSpec = z.strictObject({
  kind: z.literal('docker'),
  image: z.string().min(1).nullable().default(null).meta({
    description:
      'Image by name, tag or digest; pulled where the daemon lacks it. Default: built of this package.',
  }),
  daemon: z
    .string()
    .regex(/^(unix:\/\/\/|(tcp|https?):\/\/)\S+$/, 'must begin with unix:///, tcp:// or http://')
    .nullable()
    .default(null)
    .meta({description: 'Address of the daemon. Default: DOCKER_HOST, else the one here.'}),
  network: z.string().min(1).default('bridge').meta({
    description: 'Network of the container: bridge, host, or one of your own.',
  }),
  statusPort: statusPortOf('Loopback port of the daemon’s machine; 0 picks a free one.'),
  ...limits,
  restart: z.enum(['unless-stopped', 'on-failure', 'no']).nullable().default(null).meta({
    description:
      'What Docker does when it ends. Default: unless-stopped, or on-failure for a task that ends by itself.',
  }),
});

const kubernetesSpec = z.strictObject({
  kind: z.literal('kubernetes'),
  image: z.string().min(1).nullable().default(null).meta({
    description: 'Image by name, tag or digest, where the cluster can pull it. Required.',
  }),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
    .default('default')
    .meta({description: 'Namespace, which must be there.'}),
  kubeconfig: z.string().refine(isAbsolute, {message: 'must be an absolute path'}).optional().meta({
    description: 'Kubeconfig file. Default: KUBECONFIG, ~/.kube/config, or the pod’s own account.',
  }),
  context: z.string().min(1).optional().meta({
    description: 'Context of the kubeconfig. Default: its current one.',
  }),
  ...limits,
  shards: z.int().min(1).max(shardsMax).default(1).meta({
    description:
      'Pods, each with a share of the tables: its own reader of the binlog, volume and limits.',
  }),
  load: z
    .strictObject({
      pods: z.int().min(1).max(loadPodsMax).meta({
        description: 'Pods of a Job that take chunks of the full load and end with it.',
      }),
    })
    .nullable()
    .default(null)
    .meta({description: 'Further pods for the full load. Default: the task’s own pod alone.'}),
  storageClass: z.string().min(1).nullable().default(null).meta({
    description: 'Storage class of the state. Default: the cluster’s.',
  }),
  storageGibibytes: z.int().min(1).max(65_536).default(20).meta({
    description: 'Size of the volume of state and spool, of each pod.',
  }),
  networkPolicy: z.boolean().default(true).meta({
    description: 'Lets nobody in but the status page’s readers of the namespace.',
  }),
  serviceMonitor: z.boolean().default(false).meta({
    description: 'Makes a ServiceMonitor, where the Prometheus operator is installed.',
  }),
  imagePullSecret: z.string().min(1).nullable().default(null).meta({
    description: 'Secret of the namespace with which the image is pulled.',
  }),
});

const noneSpec = z.strictObject({
  kind: z.literal('none').meta({description: 'Nothing is deployed; the task is only described.'}),
});

/** Every kind of `deploy`, for those who describe it. */
export const deploySpecs = z.union([processSpec, dockerSpec, kubernetesSpec, noneSpec]);

/** `deploy` after parsing. */
export type DeploySpec = z.infer<typeof deploySpecs>;

export type ParsedDeploy = {deploy: DeploySpec; findings: []} | {deploy: null; findings: Finding[]};

/** Parses `deploy`. Findings SYNC1001, SYNC1002 name paths. */
export function parseDeploy(input: unknown): ParsedDeploy {
  const kind = (input as {kind?: unknown} | undefined)?.kind ?? 'process';
  const result = specOf(kind).safeParse(input ?? {});
  if (result.success) {
    const {data: deploy} = result;
    // A cluster cannot build the image of the machine that runs Pulumi.
    if (deploy.kind !== 'kubernetes') return {deploy, findings: []};
    const problems: {path: string; problem: string}[] = [];
    if (deploy.image === null)
      problems.push({path: 'deploy.image', problem: 'must be given for a cluster'});
    if (deploy.load !== null && deploy.shards > 1)
      problems.push({path: 'deploy.load', problem: 'must not be given beside deploy.shards'});
    if (problems.length === 0) return {deploy, findings: []};
    const findings = problems.map(found => finding('SYNC1001', found, {where: found.path}));
    return {deploy: null, findings};
  }
  return {deploy: null, findings: result.error.issues.flatMap(issueFindings)};
}

function specOf(kind: unknown): z.ZodType<DeploySpec> {
  if (kind === 'docker') return dockerSpec;
  if (kind === 'kubernetes') return kubernetesSpec;
  return kind === 'none' ? noneSpec : processSpec;
}

function issueFindings(issue: z.core.$ZodIssue): Finding[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => {
      const path = formatPath(['deploy', ...issue.path, key]);
      return finding('SYNC1002', {path}, {where: path});
    });
  const path = formatPath(['deploy', ...issue.path]);
  const problem = issue.message.replace(/^Invalid input: /, '');
  return [finding('SYNC1001', {path, problem}, {where: path})];
}
