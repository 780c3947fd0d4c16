// One namespace of one cluster through the Kubernetes client: apply, read, remove, run, log. What the client throws is classified
// here by its status and nowhere else.
import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';
import {
  ApiException,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
  type V1Pod,
  type V1StatefulSet,
  type V1Status,
} from '@kubernetes/client-node';
import {fail, isSyncError} from '../../runtime/base/errors.ts';
import type {KubernetesSpec, Manifest} from '../../runtime/places/manifests.ts';

/** Who set a field, as the server remembers it. */
const fieldManager = 'pulumi-synctask';
const containerName = 'runtime';

export interface KubernetesApi {
  /** Makes `manifest` so, whoever changed it before; dry: tells what that would give. */
  apply: <T extends KubernetesObject>(manifest: Manifest, dry?: boolean) => Promise<T>;
  /** The object as it is; null when there is none, or no such kind of object. */
  get: (manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'metadata'>) => Promise<Manifest | null>;
  remove: (manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'metadata'>) => Promise<void>;
  set: (name: string) => Promise<V1StatefulSet | null>;
  pod: (name: string) => Promise<V1Pod | null>;
  scale: (name: string, replicas: number) => Promise<void>;
  /** Runs a command in the pod; null when that cannot be done now. */
  run: (pod: string, command: readonly string[]) => Promise<{ok: boolean; output: string} | null>;
  log: (pod: string, lines: number) => Promise<string>;
}

/** Connects by the kubeconfig of `spec`. Raises SYNC7017 when there is none to use. */
export function connectKubernetes(spec: KubernetesSpec): KubernetesApi {
  const config = loadConfig(spec);
  const objects = KubernetesObjectApi.makeApiClient(config);
  const core = config.makeApiClient(CoreV1Api);
  const exec = new Exec(config);
  const {namespace} = spec;
  const get: KubernetesApi['get'] = manifest =>
    unlessGone(`the look at a ${manifest.kind}`, null, () =>
      objects.read(asHeader(manifest)),
    ) as Promise<Manifest | null>;
  const headOf = (apiVersion: string, kind: string, name: string) => ({
    apiVersion,
    kind,
    metadata: {name, namespace},
  });
  return {
    get,
    apply: (manifest, dry = false) =>
      ask(`the ${manifest.kind} ${manifest.metadata.name}`, () =>
        objects.patch(
          manifest as never,
          undefined,
          dry ? 'All' : undefined,
          fieldManager,
          true,
          PatchStrategy.ServerSideApply,
        ),
      ) as never,
    remove: async manifest => {
      await unlessGone(`the removal of a ${manifest.kind}`, null, () =>
        // Pods of a Job that is deleted would stay by themselves.
        objects.delete(
          manifest as KubernetesObject,
          undefined,
          undefined,
          undefined,
          undefined,
          'Background',
        ),
      );
    },
    set: name => get(headOf('apps/v1', 'StatefulSet', name)) as Promise<V1StatefulSet | null>,
    pod: name =>
      unlessGone('the look at the pod', null, () => core.readNamespacedPod({name, namespace})),
    scale: async (name, replicas) => {
      const patch = {...headOf('apps/v1', 'StatefulSet', name), spec: {replicas}};
      await unlessGone('the scaling of the set', null, () =>
        objects.patch(
          patch as never,
          undefined,
          undefined,
          undefined,
          undefined,
          PatchStrategy.MergePatch,
        ),
      );
    },
    run: (pod, command) => runInPod(exec, namespace, pod, command),
    log: (pod, lines) =>
      unlessGone('the look at the log', '', () =>
        core.readNamespacedPodLog({name: pod, namespace, tailLines: lines}),
      ),
  };
}

function loadConfig({kubeconfig, context}: KubernetesSpec): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw fail('SYNC7017', {problem: `the kubeconfig cannot be read: ${problemOf(error)}`}, error);
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null)
      throw fail('SYNC7017', {problem: `the kubeconfig has no context ${context}`});
    config.setCurrentContext(context);
  }
  return config;
}

/** The client wants a type that names every part of metadata. */
function asHeader(manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'metadata'>) {
  const {name, namespace} = manifest.metadata;
  return {apiVersion: manifest.apiVersion, kind: manifest.kind, metadata: {name, namespace}};
}

/** A pod that is starting or ending refuses commands: that is no error of ours. */
async function runInPod(
  exec: Exec,
  namespace: string,
  pod: string,
  command: readonly string[],
): Promise<{ok: boolean; output: string} | null> {
  const out = new PassThrough();
  const output = text(out);
  try {
    const status = await new Promise<V1Status>((resolve, reject) => {
      exec
        .exec(namespace, pod, containerName, [...command], out, null, null, false, resolve)
        .then(socket => {
          socket.onclose = () => reject(new Error('the connection was closed'));
          socket.onerror = () => reject(new Error('the connection failed'));
        }, reject);
    });
    out.end();
    return {ok: status.status === 'Success', output: await output};
  } catch {
    out.end();
    return null;
  }
}

/** Does `act`; what the server answers is raised as SYNC7016, silence as SYNC7017. */
async function ask<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (isSyncError(error)) throw error;
    const problem = problemOf(error);
    if (error instanceof ApiException)
      throw fail('SYNC7016', {what, status: error.code, problem}, error);
    throw fail('SYNC7017', {problem}, error);
  }
}

async function unlessGone<T, O>(what: string, otherwise: O, act: () => Promise<T>): Promise<T | O> {
  return await ask(what, async () => {
    try {
      return await act();
    } catch (error) {
      const isGone = error instanceof ApiException && error.code === 404;
      // A kind that the cluster does not know (no Prometheus operator) has no objects.
      const isUnknownKind = /Unrecognized API version and kind/.test(String(error));
      if (isGone || isUnknownKind) return otherwise;
      throw error;
    }
  });
}

/** The server's own sentence. */
function problemOf(error: unknown): string {
  const {body, message, cause} = error as {
    body?: string | {message?: string};
    message?: string;
    cause?: {code?: string; message?: string};
  };
  const inBody = typeof body === 'string' ? readMessage(body) : body?.message;
  const told = inBody ?? cause?.message ?? cause?.code ?? message ?? 'no reason given';
  return told.trim().split('\n')[0]!.replace(/\.$/, '');
}

function readMessage(body: string): string | undefined {
  try {
    return (JSON.parse(body) as {message?: string}).message;
  } catch {
    return undefined;
  }
}
