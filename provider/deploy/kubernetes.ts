// deploy: {kind: 'kubernetes'}: the runtime as a StatefulSet of one pod, or of one a shard, each with a volume, by server-side apply.
// What is applied is written in runtime/places/manifests.ts; this file owns when, and what the pod then tells.
import {randomBytes, randomUUID} from 'node:crypto';
import type {V1ContainerStatus, V1Pod, V1StatefulSet} from '@kubernetes/client-node';
import {fail, finding, type Finding} from '../../runtime/base/errors.ts';
import {minuteMs} from '../../runtime/base/sizes.ts';
import {wait} from '../../runtime/base/wait.ts';
import {drainSecondsMax, program, stateMount} from '../../runtime/places/container.ts';
import {loadTokenName} from '../../runtime/places/loadJob.ts';
import {
  manifestsOf,
  objectName,
  podName,
  revisionAnnotation,
  secretManifest,
  type KubernetesSpec,
  type Manifest,
  type Workload,
} from '../../runtime/places/manifests.ts';
import type {Status} from '../../runtime/task/progress.ts';
import type {Deployed, DeployedState, Deployer, Deployment} from './deployer.ts';
import {connectKubernetes, type KubernetesApi} from './kubernetesApi.ts';
import {sumDeployed} from './sumDeployed.ts';

/** A drain, and a minute for the cluster. */
const podMsMax = drainSecondsMax * 1000 + minuteMs;
const lookMs = 250;
/** Failed starts in a row after which a crash is no longer one of the moment. */
const crashesShown = 3;
/** What a pod that cannot have its image waits for. */
const imageReasons = ['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'];

/** The deployer of the pods of task `name`. */
export function kubernetesDeployer(name: string, spec: KubernetesSpec): Deployer {
  const api = connectKubernetes(spec);
  const place: Place = {api, name, spec};
  return {
    adopts: true,
    async create(deployment, signal) {
      const there = await api.set(objectName(name));
      if (there !== null && there.metadata?.labels?.['io.synctask.task'] !== name)
        throw fail('SYNC7013', {place: `StatefulSet ${spec.namespace}/${objectName(name)}`});
      await deployAll(place, deployment, signal);
    },
    async update(deployment, restart, signal) {
      const there = await api.set(objectName(name));
      if (restart || there === null) return await deployAll(place, deployment, signal);
      // Read at the next start; the pod that runs is not touched.
      const [config] = manifestsOf(spec, workloadOf(deployment, ''));
      await api.apply(config!);
    },
    read: () => read(place),
    async pause(paused) {
      const call = [...program, paused ? 'pause' : 'resume', '--state', stateMount];
      for (const pod of podsOf(place)) {
        const answer = await api.run(pod, call);
        if (answer !== null && !answer.ok)
          throw fail('SYNC7016', {what: call.at(-3)!, status: 1, problem: answer.output.trim()});
      }
    },
    stop: signal => stop(place, signal),
    async delete(signal) {
      await stop(place, signal);
      const workload = {name, taskFile: {}, secretNames: [], revision: ''};
      const optional = {networkPolicy: true, serviceMonitor: true, load: {pods: 1}};
      const made = manifestsOf({...spec, ...optional}, workload);
      for (const manifest of [...made, secretManifest(spec, workload, {})].toReversed())
        await api.remove(manifest);
    },
    async logs(lines) {
      const logs = await Promise.all(podsOf(place).map(pod => api.log(pod, lines)));
      return logs.join('');
    },
  };
}

interface Place {
  api: KubernetesApi;
  name: string;
  spec: KubernetesSpec;
}

/** Its pods, in the order of their shares. */
function podsOf({name, spec}: Place): string[] {
  return Array.from({length: spec.shards}, (_, index) => podName(name, index));
}

function workloadOf({name, taskFile, environment}: Deployment, revision: string): Workload {
  return {name, taskFile, secretNames: Object.keys(environment).toSorted(), revision};
}

/** Applies everything and waits until every pod is a new one: what an old one tells would be taken for its own. */
async function deployAll(place: Place, deployment: Deployment, signal: AbortSignal): Promise<void> {
  const {api, spec} = place;
  const revision = randomUUID();
  // Load pods of an earlier deployment have another token.
  const token = {[loadTokenName]: randomBytes(32).toString('hex')};
  const environment = {...deployment.environment, ...(spec.load === null ? {} : token)};
  const workload = workloadOf({...deployment, environment}, revision);
  await removeLoad(place, signal);
  await api.apply(secretManifest(spec, workload, environment));
  for (const manifest of manifestsOf(spec, workload)) await api.apply(manifest);
  // One after the other: a set goes from the last pod to the first.
  const endMs = performance.now() + podMsMax * spec.shards;
  for (;;) {
    const pods = await Promise.all(podsOf(place).map(api.pod));
    const old = pods.filter(pod => pod?.metadata?.annotations?.[revisionAnnotation] !== revision);
    if (old.length === 0 || performance.now() > endMs) return;
    // A set leaves a pod that never got ready for ever: it waits for it.
    for (const pod of old)
      if (pod !== null && !isReady(pod) && pod.metadata?.deletionTimestamp === undefined)
        await api.remove(headOf(pod));
    await wait(lookMs, signal);
  }
}

function headOf(pod: V1Pod): Manifest {
  const {name = '', namespace = ''} = pod.metadata ?? {};
  return {apiVersion: 'v1', kind: 'Pod', metadata: {name, namespace}};
}

function isReady(pod: V1Pod): boolean {
  return (
    pod.status?.conditions?.some(({type, status}) => type === 'Ready' && status === 'True') ?? false
  );
}

/** A Job cannot be changed, so each deployment makes one. */
async function removeLoad({api, name, spec}: Place, signal: AbortSignal): Promise<void> {
  const workload = {name, taskFile: {}, secretNames: [], revision: ''};
  const job = manifestsOf({...spec, load: {pods: 1}}, workload).find(({kind}) => kind === 'Job')!;
  await api.remove(job);
  const endMs = performance.now() + podMsMax;
  while ((await api.get(job)) !== null && performance.now() < endMs) await wait(lookMs, signal);
}

/** No pod, and the state stays. The next create or update starts them again. */
async function stop(place: Place, signal: AbortSignal): Promise<void> {
  const {api, name} = place;
  await removeLoad(place, signal);
  await api.scale(objectName(name), 0);
  const endMs = performance.now() + podMsMax;
  const isThere = async () =>
    (await Promise.all(podsOf(place).map(api.pod))).some(pod => pod !== null);
  while ((await isThere()) && performance.now() < endMs) await wait(lookMs, signal);
}

async function read(place: Place): Promise<Deployed> {
  const {api, name} = place;
  const set = await api.set(objectName(name));
  const shares = await Promise.all(podsOf(place).map(pod => readPod(place, set, pod)));
  const whole = sumDeployed(name, shares);
  if (set === null || whole.state === 'stopped') return whole;
  return {...whole, findings: [...whole.findings, ...(await driftOf(place, set))]};
}

async function readPod(
  {api, spec}: Place,
  set: V1StatefulSet | null,
  pod: string,
): Promise<Deployed> {
  const where = `pod ${spec.namespace}/${pod}`;
  const log = `kubectl logs -n ${spec.namespace} ${pod}`;
  const there = set === null ? null : await api.pod(pod);
  const container = there?.status?.containerStatuses?.[0];
  const isRunning = container?.state?.running !== undefined;
  const status = isRunning ? await statusInside(api, pod) : null;
  const state = stateOf(set, there, container, status);
  const last = lastOf(set, container);
  const isDown = ['dead', 'failed', 'stopped'].includes(state);
  return {
    stateDir: null,
    statusUrl: null,
    state,
    status,
    last,
    crashes: container?.restartCount ?? 0,
    place: where,
    log,
    findings: isDown ? [finding('SYNC7004', {place: where, state, last, log})] : [],
  };
}

function stateOf(
  set: V1StatefulSet | null,
  pod: V1Pod | null,
  container: V1ContainerStatus | undefined,
  status: Status | null,
): DeployedState {
  if (set === null) return 'dead';
  if (set.spec?.replicas === 0) return 'stopped';
  if (pod === null || pod.metadata?.deletionTimestamp !== undefined) return 'starting';
  const crashes = container?.restartCount ?? 0;
  if (status !== null)
    return status.state === 'failed' || status.state === 'stopped' ? 'restarting' : status.state;
  const waitsFor = container?.state?.waiting?.reason ?? '';
  if (imageReasons.includes(waitsFor)) return 'failed';
  // The cluster tries on with growing pauses, but whoever waits for the task is told.
  if (waitsFor === 'CrashLoopBackOff') return crashes >= crashesShown ? 'failed' : 'restarting';
  return crashes > 0 ? 'restarting' : 'starting';
}

/** How the last runtime ended; a pod keeps the end of its log. */
function lastOf(set: V1StatefulSet | null, container: V1ContainerStatus | undefined): string {
  if (set === null) return 'there is no StatefulSet';
  const {terminated} = container?.lastState ?? {};
  if (terminated !== undefined) {
    const said = (terminated.message ?? '').trim().split('\n').slice(-6).join(' ');
    const why = terminated.reason === 'OOMKilled' ? ' because its memory was used up' : '';
    const at = new Date(terminated.finishedAt ?? 0).toISOString();
    return `it exited with ${terminated.exitCode}${why} at ${at}${said && `; it said: ${said}`}`;
  }
  const waiting = container?.state?.waiting;
  if (waiting !== undefined) return `it waits: ${waiting.reason} ${waiting.message ?? ''}`.trim();
  return 'no runtime of it has ended';
}

async function statusInside(api: KubernetesApi, pod: string): Promise<Status | null> {
  const answer = await api.run(pod, [...program, 'status', '--state', stateMount, '--json']);
  if (answer === null || !answer.ok) return null;
  return JSON.parse(answer.output) as Status;
}

/** Applied without effect: the server itself tells whether that would change the set. */
async function driftOf({api, name, spec}: Place, set: V1StatefulSet): Promise<Finding[]> {
  const template = set.spec?.template;
  const revision = template?.metadata?.annotations?.[revisionAnnotation] ?? '';
  const secretNames = secretNamesOf(set);
  const environment = set.metadata?.annotations?.['io.synctask/environment'] ?? 'default';
  const workload = {name, taskFile: {environment}, secretNames, revision};
  const wanted = manifestsOf(spec, workload).find(({kind}) => kind === 'StatefulSet')!;
  const would = await api.apply<V1StatefulSet>(wanted, true);
  const differences = await missingOf(api, manifestsOf(spec, workload));
  if (would.metadata?.generation !== set.metadata?.generation)
    differences.push(...differencesOf(set, would));
  if (differences.length === 0) return [];
  const place = `${spec.namespace}/${objectName(name)}`;
  return [finding('SYNC7015', {place, differences})];
}

async function missingOf(api: KubernetesApi, manifests: readonly Manifest[]): Promise<string[]> {
  const found = await Promise.all(manifests.map(manifest => api.get(manifest)));
  return manifests.filter((_, i) => found[i] === null).map(({kind}) => `the ${kind} is gone`);
}

function differencesOf(is: V1StatefulSet, would: V1StatefulSet): string[] {
  const shown = (set: V1StatefulSet): Record<string, string> => {
    const [container] = set.spec?.template.spec?.containers ?? [];
    return {
      replicas: String(set.spec?.replicas),
      image: String(container?.image),
      resources: JSON.stringify(container?.resources),
    };
  };
  const [now, wanted] = [shown(is), shown(would)];
  const found = Object.keys(now).filter(key => now[key] !== wanted[key]);
  if (found.length === 0) return ['a setting of the StatefulSet was changed'];
  return found.map(key => `${key} is ${now[key]}, not ${wanted[key]}`);
}

function secretNamesOf(set: V1StatefulSet): string[] {
  const volumes = set.spec?.template.spec?.volumes ?? [];
  const sources = volumes.find(({name}) => name === 'task')?.projected?.sources ?? [];
  return (sources.find(({secret}) => secret)?.secret?.items ?? []).map(({key}) => key);
}
