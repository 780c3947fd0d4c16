// A task as Kubernetes objects: what the provider applies and `synctask plan --manifests` prints. Pure: the same task gives the
// same objects. Formats: the Kubernetes API reference, v1; ServiceMonitor: monitoring.coreos.com/v1.
// A StatefulSet, not a Deployment: two runtimes must never share the state, and its volume comes back with the pod. It has one
// pod, or as many as the task has shards; a pod's ordinal is its share of the tables.
import {createHash} from 'node:crypto';
import {
  containerUser,
  drainSecondsMax,
  labelsOf,
  runArguments,
  secretsFolder,
  stateMount,
  statusPort,
  taskFileName,
  taskMount,
} from './container.ts';
import type {DeploySpec} from './deploySpec.ts';
import {loadJob, loadLabels, loadPort} from './loadJob.ts';

export type KubernetesSpec = Extract<DeploySpec, {kind: 'kubernetes'}>;

/** A Kubernetes object. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [part: string]: unknown;
}

/** What is deployed. */
export interface Workload {
  name: string;
  /** The task file, without secrets. */
  taskFile: Record<string, unknown>;
  /** Names of the secrets that the pod finds as files. */
  secretNames: readonly string[];
  /** Changes with every deployment that needs a new pod. */
  revision: string;
}

/** A StatefulSet's name goes into label values of its pods, with a suffix of eleven characters: 63 − 11. */
const nameLengthMax = 52;
const stateVolume = 'state';
/** The set writes a pod's ordinal into this label (Kubernetes 1.28 and later). */
const podIndex = "metadata.labels['apps.kubernetes.io/pod-index']";
export const revisionAnnotation = 'io.synctask/revision';

/** Name of every object of task `name`. */
export function objectName(name: string): string {
  const full = `synctask-${name}`;
  if (full.length <= nameLengthMax) return full;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${full.slice(0, nameLengthMax - 9).replace(/-+$/, '')}-${digest}`;
}

/** A pod of task `name`: that of its set which runs share `index`. */
export function podName(name: string, index = 0): string {
  return `${objectName(name)}-${index}`;
}

/** The claim of that pod's state. */
export function claimName(name: string, index = 0): string {
  return `${stateVolume}-${podName(name, index)}`;
}

/** All objects but the Secret, in the order in which they are applied: what a pod needs comes before it. */
export function manifestsOf(spec: KubernetesSpec, workload: Workload): Manifest[] {
  return [
    configMap(spec, workload),
    service(spec, workload),
    disruptionBudget(spec, workload),
    ...(spec.networkPolicy ? [networkPolicy(spec, workload)] : []),
    ...(spec.serviceMonitor ? [serviceMonitor(spec, workload)] : []),
    ...Array.from({length: spec.shards}, (_, index) => volumeClaim(spec, workload, index)),
    statefulSet(spec, workload),
    ...(spec.load === null ? [] : [loadPods(spec, spec.load.pods, workload)]),
  ];
}

/** The Secret with `values`, by variable name. */
export function secretManifest(
  spec: KubernetesSpec,
  workload: Workload,
  values: Record<string, string>,
): Manifest {
  return {...head('v1', 'Secret', spec, workload), type: 'Opaque', stringData: values};
}

function configMap(spec: KubernetesSpec, workload: Workload): Manifest {
  const data = {[taskFileName]: `${JSON.stringify(workload.taskFile, null, 2)}\n`};
  return {...head('v1', 'ConfigMap', spec, workload), data};
}

/** Names the pod in DNS, as a StatefulSet wants, and is where metrics are found. */
function service(spec: KubernetesSpec, workload: Workload): Manifest {
  return {
    ...head('v1', 'Service', spec, workload),
    spec: {
      clusterIP: 'None',
      selector: selectorOf(workload),
      ports: [
        {name: 'status', port: statusPort, targetPort: 'status', protocol: 'TCP'},
        ...(spec.load === null ? [] : [{name: 'load', port: loadPort, protocol: 'TCP'}]),
      ],
    },
  };
}

/** One pod may always be moved: it goes on elsewhere from its position. A budget that forbids it would block every drain. */
function disruptionBudget(spec: KubernetesSpec, workload: Workload): Manifest {
  return {
    ...head('policy/v1', 'PodDisruptionBudget', spec, workload),
    spec: {maxUnavailable: 1, selector: {matchLabels: selectorOf(workload)}},
  };
}

/** Nobody comes in but its load pods, and readers of the status port: of this namespace, or of any where metrics are scraped from another. */
function networkPolicy(spec: KubernetesSpec, workload: Workload): Manifest {
  const from = spec.serviceMonitor ? {namespaceSelector: {}} : {podSelector: {}};
  const helpers = {podSelector: {matchLabels: loadLabels(selectorOf(workload))}};
  const ofHelpers = {from: [helpers], ports: [{protocol: 'TCP', port: loadPort}]};
  return {
    ...head('networking.k8s.io/v1', 'NetworkPolicy', spec, workload),
    spec: {
      podSelector: {matchLabels: selectorOf(workload)},
      policyTypes: ['Ingress'],
      ingress: [
        {from: [from], ports: [{protocol: 'TCP', port: statusPort}]},
        ...(spec.load === null ? [] : [ofHelpers]),
      ],
    },
  };
}

function serviceMonitor(spec: KubernetesSpec, workload: Workload): Manifest {
  return {
    ...head('monitoring.coreos.com/v1', 'ServiceMonitor', spec, workload),
    spec: {
      selector: {matchLabels: selectorOf(workload)},
      endpoints: [{port: 'status', path: '/metrics', interval: '30s'}],
    },
  };
}

/** The name under which the set looks for the claim: made here, it carries labels that a set's own claims cannot change. */
function volumeClaim(spec: KubernetesSpec, workload: Workload, index: number): Manifest {
  const claim = head('v1', 'PersistentVolumeClaim', spec, workload);
  const name = claimName(workload.name, index);
  return {...claim, metadata: {...claim.metadata, name}, spec: claimSpec(spec)};
}

function claimSpec({storageClass, storageGibibytes}: KubernetesSpec): object {
  return {
    accessModes: ['ReadWriteOnce'],
    volumeMode: 'Filesystem',
    resources: {requests: {storage: `${storageGibibytes}Gi`}},
    ...(storageClass === null ? {} : {storageClassName: storageClass}),
  };
}

function statefulSet(spec: KubernetesSpec, workload: Workload): Manifest {
  const set = head('apps/v1', 'StatefulSet', spec, workload);
  const {labels, annotations} = set.metadata;
  return {
    ...set,
    spec: {
      replicas: spec.shards,
      serviceName: objectName(workload.name),
      // Else a pod that never gets ready would block the way of the next version.
      podManagementPolicy: 'Parallel',
      selector: {matchLabels: selectorOf(workload)},
      template: {
        metadata: {
          labels,
          annotations: {...annotations, [revisionAnnotation]: workload.revision},
        },
        spec: podSpec(spec, workload),
      },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: {name: stateVolume, labels: selectorOf(workload)},
          spec: claimSpec(spec),
        },
      ],
    },
  };
}

function podSpec(spec: KubernetesSpec, workload: Workload): object {
  const name = objectName(workload.name);
  const ids = {runAsUser: containerUser, runAsGroup: containerUser, fsGroup: containerUser};
  const secretItems = workload.secretNames.map(key => ({key, path: `${secretsFolder}/${key}`}));
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // A little more than the drain, so that the runtime ends by itself.
    terminationGracePeriodSeconds: drainSecondsMax + 10,
    securityContext: {runAsNonRoot: true, ...ids, seccompProfile: {type: 'RuntimeDefault'}},
    ...(spec.imagePullSecret === null ? {} : {imagePullSecrets: [{name: spec.imagePullSecret}]}),
    containers: [container(spec)],
    volumes: [
      {name: 'tmp', emptyDir: {sizeLimit: '64Mi'}},
      {
        name: 'task',
        projected: {
          defaultMode: 0o440,
          sources: [
            {configMap: {name, items: [{key: taskFileName, path: taskFileName}]}},
            ...(secretItems.length === 0 ? [] : [{secret: {name, items: secretItems}}]),
          ],
        },
      },
    ],
  };
}

function container(spec: KubernetesSpec): object {
  const probe = {httpGet: {path: '/healthz', port: 'status'}, timeoutSeconds: 10};
  return {
    name: 'runtime',
    image: spec.image,
    ...argumentsOf(spec),
    ports: [
      {name: 'status', containerPort: statusPort, protocol: 'TCP'},
      ...(spec.load === null ? [] : [{name: 'load', containerPort: loadPort, protocol: 'TCP'}]),
    ],
    ...confinement(spec),
    // A runtime waits for its lease and reads its ledger before it answers: two minutes at most.
    startupProbe: {...probe, periodSeconds: 2, failureThreshold: 60},
    livenessProbe: {...probe, periodSeconds: 30, failureThreshold: 4},
    readinessProbe: {...probe, periodSeconds: 10},
    // The end of the log is kept with the pod: it says why a runtime ended.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{name: stateVolume, mountPath: stateMount}, ...commonMounts],
  };
}

const commonMounts = [
  {name: 'task', mountPath: taskMount, readOnly: true},
  {name: 'tmp', mountPath: '/tmp'},
];

/** What the runtime is told by its command line: nothing of a secret. */
function argumentsOf({shards, load}: KubernetesSpec): object {
  const run = runArguments('0.0.0.0', statusPort);
  if (load !== null)
    return {args: [...run, '--load-port', String(loadPort), '--load-pods', String(load.pods)]};
  if (shards === 1) return {args: run};
  const fieldRef = {apiVersion: 'v1', fieldPath: podIndex};
  return {
    args: [...run, '--shard', `$(POD_INDEX)/${shards}`],
    env: [{name: 'POD_INDEX', valueFrom: {fieldRef}}],
  };
}

/** What a container may use and do. */
function confinement(spec: KubernetesSpec) {
  const memory = `${spec.memoryMebibytes}Mi`;
  return {
    resources: {
      requests: {memory, cpu: '250m'},
      limits: {memory, ...(spec.cpus === null ? {} : {cpu: `${Math.round(spec.cpus * 1000)}m`})},
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: {drop: ['ALL']},
    },
  };
}

function loadPods(spec: KubernetesSpec, pods: number, workload: Workload): Manifest {
  const {name} = workload;
  return loadJob(spec, pods, {
    head: head('batch/v1', 'Job', spec, workload),
    conductor: `${podName(name)}.${objectName(name)}.${spec.namespace}.svc`,
    pod: podSpec(spec, workload),
    container: {...confinement(spec), volumeMounts: commonMounts},
  });
}

function head(
  apiVersion: string,
  kind: string,
  spec: KubernetesSpec,
  {name, taskFile}: Workload,
): Manifest {
  const environment = String(taskFile['environment'] ?? 'default');
  return {
    apiVersion,
    kind,
    metadata: {
      name: objectName(name),
      namespace: spec.namespace,
      labels: {
        ...labelsOf({name, environment: labelValue(environment)}),
        'app.kubernetes.io/name': 'synctask',
        'app.kubernetes.io/instance': objectName(name),
        'app.kubernetes.io/managed-by': 'pulumi-synctask',
      },
      annotations: {'io.synctask/environment': environment},
    },
  };
}

/** What never changes while the task lives. */
function selectorOf({name}: Workload): Record<string, string> {
  return {'app.kubernetes.io/name': 'synctask', 'app.kubernetes.io/instance': objectName(name)};
}

/** Labels take fewer characters than an environment may have; its annotation has it in full. */
function labelValue(text: string): string {
  const value = text.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 63);
  return value.replace(/^[^A-Za-z0-9]+/, '').replace(/[^A-Za-z0-9]+$/, '') || 'default';
}
