// The name of a task's pod for the DNS of the test cluster, kept right while the pod is moved; and the load pods that ask for it.
import {renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {CoreV1Api, KubeConfig} from '@kubernetes/client-node';
import {wait} from '../../runtime/base/wait.ts';
import type {Manifest} from '../../runtime/places/manifests.ts';
import type {TestCluster, TestNamespace} from './cluster.ts';

const lookMs = 200;
const waitMsMax = 120_000;

export interface Names {
  /** Deletes the load pods that run, at once. */
  deleteLoadPods: () => Promise<void>;
  /** Waits until `job` is complete. */
  jobEnded: (job: Manifest) => Promise<void>;
}

/** Answers for pod `name` of the namespace until the test ends. */
export function followNames(
  t: ExecutionContext<any>,
  cluster: TestCluster,
  {api, spec}: TestNamespace,
  name: string,
): Names {
  const {namespace} = spec;
  const file = join(cluster.dir, 'names.json');
  const service = name.replace(/-0$/, '');
  const ended = new AbortController();
  const {signal} = ended;
  const write = (ip: string | null) => {
    const found = ip === null ? {} : {[`${name}.${service}.${namespace}.svc.cluster.local`]: ip};
    const both = ip === null ? {} : {...found, [`${name}.${service}.${namespace}.svc`]: ip};
    writeFileSync(`${file}.new`, JSON.stringify(both));
    renameSync(`${file}.new`, file);
  };
  const follow = async (): Promise<void> => {
    write(null);
    await cluster.names(file);
    while (!signal.aborted) {
      write((await api.pod(name))?.status?.podIP ?? null);
      await wait(lookMs, signal);
    }
  };
  const following = follow().catch((error: unknown) => {
    if (!signal.aborted) t.log(error);
  });
  t.teardown(async () => {
    ended.abort();
    await following;
  });
  const config = new KubeConfig();
  config.loadFromFile(spec.kubeconfig!);
  const core = config.makeApiClient(CoreV1Api);
  return {
    async deleteLoadPods() {
      const labelSelector = 'app.kubernetes.io/component=load';
      await core.deleteCollectionNamespacedPod({namespace, labelSelector, gracePeriodSeconds: 0});
    },
    async jobEnded(job) {
      const endMs = performance.now() + waitMsMax;
      for (;;) {
        const found = await api.get(job);
        const {succeeded = 0} = (found?.['status'] ?? {}) as {succeeded?: number};
        const {completions} = job['spec'] as {completions: number};
        if (succeeded === completions) return;
        if (performance.now() > endMs)
          throw new Error(`the Job is not over: ${JSON.stringify(found)}`);
        await wait(lookMs, signal);
      }
    },
  };
}
