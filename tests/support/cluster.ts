// A cluster for tests with this checkout's image in its node, and a namespace a test: restricted by pod security, with volumes.
import {randomBytes} from 'node:crypto';
import {createWriteStream, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import Docker from 'dockerode';
import {startDocker} from '../../scripts/setup/docker.mjs';
import {startKubernetes, type Cluster} from '../../scripts/setup/kubernetes.mjs';
import {bringImage} from '../../provider/deploy/dockerImage.ts';
import {connectKubernetes, type KubernetesApi} from '../../provider/deploy/kubernetesApi.ts';
import {parseDeploy} from '../../runtime/places/deploySpec.ts';
import type {KubernetesSpec, Manifest} from '../../runtime/places/manifests.ts';

export interface TestCluster extends Cluster {
  /** Two names of the image: an upgrade goes from one to the other. */
  images: [string, string];
}

/** Builds the image, starts the cluster and takes the image into it. */
export async function startCluster(): Promise<TestCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-cluster-'));
  const images: [string, string] = ['lab.local/synctask:one', 'lab.local/synctask:two'];
  const cluster = await startKubernetes();
  try {
    const daemon = await startDocker();
    try {
      const docker = new Docker({socketPath: daemon.socketPath});
      const image = docker.getImage(await bringImage(docker, null));
      for (const name of images) {
        const [repo, tag] = name.split(':');
        await image.tag({repo: repo!, tag: tag!});
        const archive = join(dir, `${tag}.tar`);
        await pipeline(await docker.getImage(name).get(), createWriteStream(archive));
        await cluster.image(archive);
      }
    } finally {
      await daemon.stop();
    }
    return {...cluster, images};
  } catch (error) {
    await cluster.stop();
    throw error;
  } finally {
    rmSync(dir, {recursive: true, force: true});
  }
}

export interface TestNamespace {
  deploy: Record<string, unknown>;
  spec: KubernetesSpec;
  api: KubernetesApi;
}

/** A namespace in which only restricted pods may run, and a volume for each pod, of a storage class of its own. */
export async function openNamespace(
  cluster: TestCluster,
  settings: Record<string, unknown> = {},
): Promise<TestNamespace> {
  const namespace = `t-${randomBytes(4).toString('hex')}`;
  const deploy = {
    kind: 'kubernetes',
    image: cluster.images[0],
    namespace,
    kubeconfig: cluster.kubeconfig,
    memoryMebibytes: 700,
    storageClass: namespace,
    storageGibibytes: 1,
    ...settings,
  };
  const spec = parseDeploy(deploy).deploy as KubernetesSpec;
  const api = connectKubernetes(spec);
  for (const manifest of clusterObjects(namespace)) await api.apply(manifest);
  for (let index = 0; index < spec.shards; index++) {
    const path = join(cluster.dir, 'volumes', `${namespace}-${index}`);
    mkdirSync(path, {recursive: true});
    await api.apply(volumeAt(namespace, index, path));
  }
  return {deploy, spec, api};
}

function clusterObjects(name: string): Manifest[] {
  const labels = {'pod-security.kubernetes.io/enforce': 'restricted'};
  const objects = [
    {apiVersion: 'v1', kind: 'Namespace', metadata: {name, labels}},
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {name},
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
  ];
  // These belong to no namespace.
  return objects as unknown as Manifest[];
}

/** A `local` volume, since the controller manager's own belong to root whatever the pod says. */
function volumeAt(storageClass: string, index: number, path: string): Manifest {
  const onNode = {key: 'kubernetes.io/hostname', operator: 'In', values: ['node1']};
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {name: `${storageClass}-${index}`},
    spec: {
      capacity: {storage: '1Gi'},
      accessModes: ['ReadWriteOnce'],
      storageClassName: storageClass,
      local: {path},
      nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [onNode]}]}},
    },
  };
  return volume as unknown as Manifest;
}
