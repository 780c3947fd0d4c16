// Environment tags for a whole stack: a transform that gives every resource the environment of its stack, and a policy that
// refuses what has none. Both are optional; a SyncTask has its own environment without them.
// Stack transformations, which every language host knows, and not resource transforms, which an old one drops without a word.
// Shapes: Pulumi's stack transformations, and a ResourceValidationPolicy of @pulumi/policy, which this file does not need.
import * as pulumi from '@pulumi/pulumi';

/** Resources of these types take a map of texts under `tags`; others are told by their own arguments. */
const taggedTypes = [
  'alicloud:ecs/disk:Disk',
  'alicloud:ecs/ecsDisk:EcsDisk',
  'alicloud:ecs/instance:Instance',
  'alicloud:ecs/securityGroup:SecurityGroup',
  'alicloud:eci/containerGroup:ContainerGroup',
  'alicloud:kms/key:Key',
  'alicloud:log/project:Project',
  'alicloud:maxcompute/project:Project',
  'alicloud:oss/bucket:Bucket',
  'alicloud:ram/role:Role',
  'alicloud:rds/instance:Instance',
  'alicloud:vpc/network:Network',
  'alicloud:vpc/switch:Switch',
];

/** The dynamic face and the plugin's. */
const taskTypes = ['pulumi-nodejs:dynamic/synctask:SyncTask', 'synctask:index:SyncTask'];
const kubernetesType = /^kubernetes:(?!.*List$)/;
/** Kubernetes takes these characters alone in a label. */
const noLabelCharacter = /[^A-Za-z0-9._-]/g;

/** What tagEnvironment was told: the default of every SyncTask made after it. */
let environmentOfStack: string | null = null;

/** The environment of a task: its own, else what the stack is configured or told to be, else the stack's name. */
export function environmentOfTask(asked: pulumi.Input<string> | undefined): pulumi.Input<string> {
  return asked ?? new pulumi.Config('synctask').get('environment') ?? defaultEnvironment();
}

/** The default environment of a task: as tagEnvironment says, else the stack's name. */
function defaultEnvironment(): string {
  return environmentOfStack ?? pulumi.getStack();
}

export interface EnvironmentTagOptions {
  /** Default: the stack's name. */
  environment?: string;
  /** Name of the tag and the label. Default: `environment`. */
  tag?: string;
  /** Further types whose `tags` is a map of texts. */
  types?: readonly string[];
}

/**
 * From now on every SyncTask of the stack has this environment, every resource that takes tags has it as a tag, and every
 * Kubernetes object as a label. What a program says itself stays. Call it before anything is made.
 */
export function tagEnvironment(options: EnvironmentTagOptions = {}): void {
  const environment = options.environment ?? pulumi.getStack();
  environmentOfStack = environment;
  pulumi.runtime.registerStackTransformation(({type, props, opts}) => ({
    props: withEnvironment(type, props, environment, options),
    opts,
  }));
}

/** The properties of a resource with its environment; a test holds what each kind gets. */
export function withEnvironment(
  type: string,
  props: Record<string, unknown>,
  environment: string,
  {tag = 'environment', types = []}: Omit<EnvironmentTagOptions, 'environment'> = {},
): Record<string, unknown> {
  if (taskTypes.includes(type)) return {...props, environment: props['environment'] ?? environment};
  if (kubernetesType.test(type)) {
    const label = environment.replaceAll(noLabelCharacter, '_');
    const metadata = props['metadata'];
    return {...props, metadata: merged(metadata, ['labels'], {[tag]: label})};
  }
  const takesTags = 'tags' in props || taggedTypes.includes(type) || types.includes(type);
  return takesTags ? {...props, tags: merged(props['tags'], [], {[tag]: environment})} : props;
}

/** `added` under the map at `path` of `value`, below what is there; a value that is not known yet is waited for. */
function merged(value: unknown, path: string[], added: Record<string, string>): unknown {
  if (value !== undefined && value !== null && typeof value !== 'object') return value;
  if (Array.isArray(value)) return value;
  if (pulumi.Output.isInstance(value)) return value.apply(known => merged(known, path, added));
  const [key, ...rest] = path;
  const map = (value ?? {}) as Record<string, unknown>;
  return key === undefined ? {...added, ...map} : {...map, [key]: merged(map[key], rest, added)};
}

export interface EnvironmentPolicyOptions {
  /** Environments that may be named. Default: any. */
  allowed?: readonly string[];
  /** Name of the tag and the label. Default: `environment`. */
  tag?: string;
  /** Further types whose `tags` is a map of texts. */
  types?: readonly string[];
  /** What a violation does under @pulumi/policy. Default: `mandatory`. */
  enforcementLevel?: 'advisory' | 'mandatory';
}

/** One policy of a policy pack, as @pulumi/policy takes it. */
export interface EnvironmentPolicy {
  name: string;
  description: string;
  enforcementLevel: 'advisory' | 'mandatory';
  validateResource: (
    args: {type: string; name: string; props: Record<string, any>},
    reportViolation: (message: string) => void,
  ) => void;
  /** Holds the policy in the program itself, without a policy pack: a resource that breaks it fails before it is made. */
  enforce: () => void;
}

/** A policy: every SyncTask, everything that takes tags and every Kubernetes object names its environment. */
export function requireEnvironment(options: EnvironmentPolicyOptions = {}): EnvironmentPolicy {
  const {allowed, tag = 'environment', types = [], enforcementLevel = 'mandatory'} = options;
  const validateResource: EnvironmentPolicy['validateResource'] = ({type, name, props}, report) => {
    const found = environmentOf(type, props, tag, types);
    if (found === undefined) return;
    const problem = problemOf(found, allowed);
    if (problem !== null) report(`${name} (${type}) ${problem}`);
  };
  return {
    name: 'require-environment',
    description: 'Every resource that can be tagged names its environment.',
    enforcementLevel,
    validateResource,
    enforce: () =>
      pulumi.runtime.registerStackTransformation(({type, name, props, opts}) => {
        const judge = (known: Record<string, unknown>): void =>
          validateResource({type, name, props: known}, message => {
            throw new pulumi.RunError(message);
          });
        const key = placeOf(type);
        const value: unknown = props[key];
        if (!pulumi.Output.isInstance(value)) return void judge(props);
        const judged = value.apply(known => {
          judge({...props, [key]: known});
          return known as unknown;
        });
        return {props: {...props, [key]: judged}, opts};
      }),
  };
}

/** The argument in which a resource says it. */
function placeOf(type: string): 'environment' | 'metadata' | 'tags' {
  if (taskTypes.includes(type)) return 'environment';
  return kubernetesType.test(type) ? 'metadata' : 'tags';
}

/** What a resource says of its environment: null for nothing, undefined for one that has no place to say it. */
function environmentOf(
  type: string,
  props: Record<string, any>,
  tag: string,
  types: readonly string[],
): unknown {
  if (taskTypes.includes(type)) return props['environment'] ?? null;
  if (kubernetesType.test(type)) return props['metadata']?.labels?.[tag] ?? null;
  const takesTags = 'tags' in props || taggedTypes.includes(type) || types.includes(type);
  return takesTags ? (props['tags']?.[tag] ?? null) : undefined;
}

function problemOf(environment: unknown, allowed: readonly string[] | undefined): string | null {
  if (typeof environment !== 'string' || environment === '') return 'names no environment.';
  if (allowed === undefined || allowed.includes(environment)) return null;
  return `names the environment ${environment}; allowed are ${allowed.join(', ')}.`;
}
