// What a task looks like to Docker: names, the container's settings, and where a container that is there differs from them.
// Secrets are in none of this: `docker inspect` shows everything here.
import type {ContainerCreateOptions, ContainerInspectInfo} from 'dockerode';
import {
  drainSecondsMax,
  labelsOf,
  runArguments,
  statusPort,
  stateMount,
  taskMount,
} from '../../runtime/places/container.ts';
import type {DeploySpec} from '../../runtime/places/deploySpec.ts';
import {MiB} from '../../runtime/base/sizes.ts';
import type {Deployment} from './deployer.ts';

export type DockerSpec = Extract<DeploySpec, {kind: 'docker'}>;

/** The runtime has a few threads of its own and Node's; this is ten times that. */
const processesMax = 256;
const logBytesMax = '64m';
const logFiles = '2';

export interface DockerNames {
  container: string;
  /** Volume of the state. */
  state: string;
  /** Volume of the task file and the secrets. */
  task: string;
}

/** Names of what is made for task `name`. */
export function namesOf(name: string): DockerNames {
  const container = `synctask-${name}`;
  return {container, state: `${container}-state`, task: `${container}-task`};
}

/** Settings of the container of `deployment`, from image `image`. */
export function containerOf(
  spec: DockerSpec,
  deployment: Deployment,
  image: string,
): ContainerCreateOptions {
  const names = namesOf(deployment.name);
  const isHost = spec.network === 'host';
  const inside = `${statusPort}/tcp`;
  return {
    name: names.container,
    Image: image,
    // On the machine's own network the status server stays on loopback, on a port of its own.
    Cmd: isHost ? runArguments('127.0.0.1', spec.statusPort) : runArguments('0.0.0.0', statusPort),
    Labels: labelsOf({
      name: deployment.name,
      environment: String(deployment.taskFile['environment'] ?? 'default'),
    }),
    StopTimeout: drainSecondsMax,
    HostConfig: {
      ...limitsOf(spec),
      RestartPolicy: {Name: spec.restart ?? restartOf(deployment)},
      NetworkMode: spec.network,
      ReadonlyRootfs: true,
      Tmpfs: {'/tmp': 'size=64m,mode=1777'},
      Mounts: [
        {Type: 'volume', Source: names.state, Target: stateMount},
        {Type: 'volume', Source: names.task, Target: taskMount},
      ],
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: processesMax,
      LogConfig: {Type: 'json-file', Config: {'max-size': logBytesMax, 'max-file': logFiles}},
      ...(isHost
        ? {}
        : {PortBindings: {[inside]: [{HostIp: '127.0.0.1', HostPort: String(spec.statusPort)}]}}),
    },
  };
}

/** A task that ends by itself is not started again for having ended. */
function restartOf({taskFile}: Deployment): string {
  const phases = taskFile['phases'] as string[] | undefined;
  return phases === undefined || phases.includes('incremental') ? 'unless-stopped' : 'on-failure';
}

function limitsOf(spec: DockerSpec): {Memory: number; MemorySwap: number; NanoCpus: number} {
  const bytes = spec.memoryMebibytes * MiB;
  // Memory and swap together: the same number means no swap.
  return {Memory: bytes, MemorySwap: bytes, NanoCpus: Math.round((spec.cpus ?? 0) * 1e9)};
}

/** How `container` differs from what `spec` asks for; `imageId` is what its image is now, null where it is not known. */
export function differencesOf(
  container: ContainerInspectInfo,
  spec: DockerSpec,
  imageId: string | null,
): string[] {
  const {HostConfig: host} = container;
  const wanted = limitsOf(spec);
  const differences: string[] = [];
  const compare = (what: string, is: unknown, asked: unknown): void => {
    if (is !== asked) differences.push(`${what} is ${String(is)}, not ${String(asked)}`);
  };
  if (imageId !== null) compare('its image', container.Image, imageId);
  compare('memory', host.Memory, wanted.Memory);
  compare('cpus', (host.NanoCpus ?? 0) / 1e9, wanted.NanoCpus / 1e9);
  compare('network', host.NetworkMode, spec.network);
  if (spec.restart !== null) compare('restart', host.RestartPolicy?.Name, spec.restart);
  compare('a read-only root', host.ReadonlyRootfs, true);
  return differences;
}

/** Address of the status page on the machine of the daemon; null where none is published. */
export function statusUrlOf(container: ContainerInspectInfo): string | null {
  const [binding] = container.NetworkSettings.Ports?.[`${statusPort}/tcp`] ?? [];
  return binding === undefined ? null : `http://127.0.0.1:${binding.HostPort}`;
}
