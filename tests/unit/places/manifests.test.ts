import test from 'ava';
import {parseDeploy} from '../../../runtime/places/deploySpec.ts';
import {handOver} from '../../../runtime/places/handOver.ts';
import {
  claimName,
  manifestsOf,
  objectName,
  secretManifest,
  type KubernetesSpec,
  type Manifest,
} from '../../../runtime/places/manifests.ts';
import {syncTaskInputs} from '../../support/syncTaskInputs.ts';

const specOf = (changes = {}): KubernetesSpec =>
  parseDeploy({kind: 'kubernetes', image: 'registry.example/synctask:1', ...changes})
    .deploy as KubernetesSpec;
const {taskFile, environment} = handOver(syncTaskInputs({environment: 'pre prod'}));
const secretNames = Object.keys(environment).toSorted();
const workload = {name: 'shop-dev', taskFile, secretNames, revision: 'r1'};

/** What is at `path` of an object, `.` between keys. */
function at(manifest: Manifest | undefined, path: string): any {
  return path.split('.').reduce((value: any, key) => value?.[key], manifest);
}
const find = (manifests: readonly Manifest[], kind: string) =>
  manifests.find(manifest => manifest.kind === kind);
const podOf = (manifests: readonly Manifest[]) =>
  at(find(manifests, 'StatefulSet'), 'spec.template.spec');

test('a task is these objects, what a pod needs before the pod; a ServiceMonitor on request', t => {
  const kinds = (spec: KubernetesSpec) => manifestsOf(spec, workload).map(({kind}) => kind);
  t.deepEqual(kinds(specOf()), [
    'ConfigMap',
    'Service',
    'PodDisruptionBudget',
    'NetworkPolicy',
    'PersistentVolumeClaim',
    'StatefulSet',
  ]);
  t.true(kinds(specOf({serviceMonitor: true})).includes('ServiceMonitor'));
  t.false(kinds(specOf({networkPolicy: false})).includes('NetworkPolicy'));
});

test('every object says its task and its environment: as a label, and in full as an annotation', t => {
  const made = [
    ...manifestsOf(specOf({serviceMonitor: true}), workload),
    secretManifest(specOf(), workload, environment),
  ];
  for (const {metadata} of made) {
    t.is(metadata.namespace, 'default');
    t.like(metadata.labels, {
      'io.synctask.task': 'shop-dev',
      'io.synctask.environment': 'pre_prod',
    });
    t.is(metadata.annotations?.['io.synctask/environment'], 'pre prod');
  }
  const pod = at(find(made, 'StatefulSet'), 'spec.template.metadata');
  t.is(pod.labels['io.synctask.environment'], 'pre_prod');
  t.is(pod.annotations['io.synctask/revision'], 'r1');
});

test('secrets are in the Secret alone, and files in the pod', t => {
  const made = manifestsOf(specOf(), workload);
  t.false(JSON.stringify(made).includes('S3cret'));
  t.deepEqual(secretManifest(specOf(), workload, environment)['stringData'], environment);
  const [, secret] = podOf(made).volumes.find(({name}: {name: string}) => name === 'task').projected
    .sources;
  t.deepEqual(secret.secret.items[0], {
    key: 'SYNCTASK_SOURCE_PASSWORD',
    path: 'secrets/SYNCTASK_SOURCE_PASSWORD',
  });
});

test('a task of shards is one set with a pod, a claim and a share of the tables for each', t => {
  const made = manifestsOf(specOf({shards: 3}), workload);
  const claims = made.filter(({kind}) => kind === 'PersistentVolumeClaim');
  t.deepEqual(
    claims.map(({metadata}) => metadata.name),
    [0, 1, 2].map(index => claimName('shop-dev', index)),
  );
  for (const {metadata} of claims) t.like(metadata.labels, {'io.synctask.environment': 'pre_prod'});
  const set = find(made, 'StatefulSet');
  t.is(at(set, 'spec.replicas'), 3);
  const [{args, env}] = podOf(made).containers;
  t.deepEqual(args.slice(-2), ['--shard', '$(POD_INDEX)/3']);
  t.is(env[0].valueFrom.fieldRef.fieldPath, "metadata.labels['apps.kubernetes.io/pod-index']");
  t.false(JSON.stringify(manifestsOf(specOf(), workload)).includes('--shard'));
});

test('load pods are an Indexed Job beside the set, with other labels, the same confinement and no state', t => {
  const made = manifestsOf(specOf({load: {pods: 5}}), workload);
  const job = find(made, 'Job');
  t.like(at(job, 'spec'), {completionMode: 'Indexed', completions: 5, parallelism: 5});
  t.like(job!.metadata.labels, {'io.synctask.environment': 'pre_prod'});
  const labels = at(job, 'spec.template.metadata.labels');
  t.is(labels['io.synctask.environment'], 'pre_prod');
  const selector = at(find(made, 'StatefulSet'), 'spec.selector.matchLabels');
  t.not(labels['app.kubernetes.io/instance'], selector['app.kubernetes.io/instance']);
  const pod = at(job, 'spec.template.spec');
  t.false(pod.automountServiceAccountToken);
  const [container] = pod.containers;
  t.true(container.securityContext.readOnlyRootFilesystem);
  t.deepEqual(container.args.slice(0, 2), ['load-pod', '/run/synctask/task.json']);
  t.true(container.args.includes('synctask-shop-dev-0.synctask-shop-dev.default.svc:8081'));
  t.false(JSON.stringify(container).includes('/state'));
  const [conductor] = podOf(made).containers;
  t.deepEqual(conductor.args.slice(-4), ['--load-port', '8081', '--load-pods', '5']);
  const [, ofPods] = at(find(made, 'NetworkPolicy'), 'spec.ingress');
  t.is(ofPods.ports[0].port, 8081);
  for (const [key, value] of Object.entries(ofPods.from[0].podSelector.matchLabels))
    t.is(labels[key], value);
});

test('the pod may do nothing that it need not: the restricted profile of pod security', t => {
  const {securityContext, automountServiceAccountToken, containers} = podOf(
    manifestsOf(specOf({cpus: 1.5, memoryMebibytes: 700}), workload),
  );
  t.like(securityContext, {runAsNonRoot: true, runAsUser: 65_532, fsGroup: 65_532});
  t.deepEqual(securityContext.seccompProfile, {type: 'RuntimeDefault'});
  t.false(automountServiceAccountToken);
  t.deepEqual(containers[0].securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: {drop: ['ALL']},
  });
  t.deepEqual(containers[0].resources.limits, {memory: '700Mi', cpu: '1500m'});
});

test('the claim has the name under which the set looks for it, and its settings', t => {
  const made = manifestsOf(specOf({storageClass: 'fast', storageGibibytes: 5}), workload);
  const claim = find(made, 'PersistentVolumeClaim')!;
  t.is(claim.metadata.name, claimName('shop-dev'));
  t.is(claim.metadata.name, 'state-synctask-shop-dev-0');
  const [template] = at(find(made, 'StatefulSet'), 'spec.volumeClaimTemplates');
  t.deepEqual(claim['spec'], template.spec);
  t.like(template.spec, {storageClassName: 'fast', resources: {requests: {storage: '5Gi'}}});
});

test('the network policy lets in readers of the status port: of the namespace, or scrapers of any', t => {
  const ingress = (changes: object) =>
    at(find(manifestsOf(specOf(changes), workload), 'NetworkPolicy'), 'spec.ingress');
  const ports = [{protocol: 'TCP', port: 8080}];
  t.deepEqual(ingress({}), [{from: [{podSelector: {}}], ports}]);
  t.deepEqual(ingress({serviceMonitor: true}), [{from: [{namespaceSelector: {}}], ports}]);
});

test('a long name is cut and stays its own; selectors do not hang on the environment', t => {
  t.is(objectName('shop'), 'synctask-shop');
  const [one, other] = ['a', 'b'].map(end => objectName(`${'x'.repeat(62)}${end}`));
  t.not(one, other);
  t.true(one!.length <= 52 && /^[a-z0-9-]+[a-z0-9]$/.test(one!));
  const selector = (environment: string) => {
    const made = manifestsOf(specOf(), {...workload, taskFile: {...taskFile, environment}});
    return at(find(made, 'StatefulSet'), 'spec.selector');
  };
  t.deepEqual(selector('dev'), selector('production'));
});
