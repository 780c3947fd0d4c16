// deploy: {kind: 'kubernetes'} on a real cluster of one node: from zero to streaming, drift, upgrade and roll-back, pods deleted
// while loading and while following, destroy. Its own command: npm run test:kubernetes
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import {kubernetesDeployer} from '../../provider/deploy/kubernetes.ts';
import {create, remove, update} from '../../provider/lifecycle.ts';
import type {Properties} from '../../provider/inputs.ts';
import {loadTokenName} from '../../runtime/places/loadJob.ts';
import {
  manifestsOf,
  podName,
  secretManifest,
  type Manifest,
} from '../../runtime/places/manifests.ts';
import {
  openNamespace,
  startCluster,
  type TestCluster,
  type TestNamespace,
} from '../support/cluster.ts';
import {followNames} from '../support/clusterNames.ts';
import {endAtWork} from '../support/endAtWork.ts';
import {openExample} from '../support/example.ts';
import {openPlaceTask, type PlaceTask} from '../support/placeTask.ts';
import {shopSetup} from '../support/shop.ts';

const test = anyTest.serial as TestFn;
const {signal} = new AbortController();
let cluster: TestCluster | null = null;

anyTest.before(async () => {
  cluster = await startCluster();
});
anyTest.after.always(() => cluster?.stop());

/** A task whose ends the pods reach, and a namespace for it. */
async function open(t: ExecutionContext<any>, settings: Properties = {}) {
  const at = cluster!;
  const space = await openNamespace(at, settings);
  const task = await openPlaceTask(t);
  const endpoint = new URL(task.target.endpoint);
  const {port} = task.database.server;
  await at.reach(port);
  await at.reach(Number(endpoint.port));
  endpoint.hostname = at.address;
  // The provider of this test stands outside the network of the pods.
  const inputsOf = (deploy: Properties, changes: Properties = {}): Properties => {
    const inputs = task.inputs(deploy, {precheckFrom: 'runtime', ...changes});
    const target = {...(inputs['target'] as Properties), endpoint: endpoint.href};
    return {
      ...inputs,
      source: {...(inputs['source'] as Properties), host: at.address},
      target: {...target, tunnelEndpoint: endpoint.origin},
    };
  };
  const deployer = kubernetesDeployer(task.name, space.spec);
  t.teardown(() => deployer.delete(signal));
  return {space, task, inputsOf, deployer};
}

/** Every object of the task that is there. */
async function objectsOf({api, spec}: TestNamespace, {name}: PlaceTask): Promise<Manifest[]> {
  const workload = {name, taskFile: {}, secretNames: [], revision: ''};
  const pod = {...manifestsOf(spec, workload)[0]!, apiVersion: 'v1', kind: 'Pod'};
  const all = [
    ...manifestsOf(spec, workload),
    secretManifest(spec, workload, {}),
    {...pod, metadata: {...pod.metadata, name: podName(name)}},
  ];
  const found = await Promise.all(all.map(manifest => api.get(manifest)));
  return found.filter(manifest => manifest !== null);
}

/** A secret as it is, and as a Secret holds it. */
const textsOf = (secret: string) => [secret, Buffer.from(secret).toString('base64')];

test('from zero to streaming: labelled, restricted, no secret outside the Secret; drift is seen', async t => {
  const {space, task, inputsOf, deployer} = await open(t);
  const {properties} = await create(inputsOf(space.deploy), signal);
  await task.database.query("INSERT INTO orders VALUES (4, 'while it follows')");
  await task.caughtUp(deployer);
  await task.equal('orders');

  const objects = await objectsOf(space, task);
  t.is(objects.length, 8);
  for (const {metadata} of objects)
    t.like(metadata.labels, {'io.synctask.environment': 'test', 'io.synctask.task': task.name});
  const logs = await deployer.logs(1000);
  t.regex(logs, /"environment":"test"/);
  const seen = JSON.stringify(objects.filter(({kind}) => kind !== 'Secret')) + logs;
  t.deepEqual(
    task.secrets.flatMap(textsOf).filter(text => seen.includes(text)),
    [],
  );
  t.deepEqual(
    (await deployer.read()).findings.filter(({code}) => code.startsWith('SYNC7')),
    [],
  );

  const set = objects.find(({kind}) => kind === 'StatefulSet')!;
  const limits = {...space.spec, memoryMebibytes: 650};
  const workload = {
    name: task.name,
    taskFile: {environment: 'test'},
    secretNames: [],
    revision: 'x',
  };
  const [changed] = manifestsOf(limits, workload).filter(({kind}) => kind === set.kind);
  await space.api.apply(changed!);
  const drift = (await deployer.read()).findings.find(({code}) => code === 'SYNC7015');
  t.regex(drift!.cause, /resources is \{.*650Mi/);
  await update(properties, inputsOf(space.deploy), signal);
  await task.caughtUp(deployer);
  t.deepEqual(
    (await deployer.read()).findings.filter(({code}) => code === 'SYNC7015'),
    [],
  );

  await remove(task.name, properties, signal);
  t.deepEqual(await objectsOf(space, task), []);
});

test('an upgrade keeps the position; one that cannot start is told, and rolled back', async t => {
  const {space, task, inputsOf, deployer} = await open(t);
  const first = inputsOf(space.deploy);
  let {properties} = await create(first, signal);
  await task.database.query("INSERT INTO orders VALUES (5, 'before the upgrade')");
  const to = (image: string) => ({...first, deploy: {...space.deploy, image}});
  properties = await update(properties, to(cluster!.images[1]), signal);
  const status = await task.caughtUp(deployer);
  t.like(status.tables[0], {rowsLoaded: 3, rowsFollowed: 1});
  const broken = await t.throwsAsync(update(properties, to('lab.local/synctask:none'), signal));
  t.regex(broken!.message, /SYNC7006[^]*(ImagePullBackOff|ErrImageNeverPull)/);
  await task.database.query("INSERT INTO orders VALUES (6, 'while it is down')");
  const after = (broken as unknown as {properties: Properties}).properties;
  await update(after, to(cluster!.images[0]), signal);
  await task.caughtUp(deployer);
  await task.equal('orders');
});

test('pods deleted while loading and while following lose and double no row', async t => {
  const {space, task, inputsOf, deployer} = await open(t);
  await task.mysql.query('DROP TABLE orders, items');
  for (const sql of shopSetup(20_000)) await task.mysql.query(sql);
  const tables = ['orders', 'lines', 'visits'];
  await create(
    inputsOf(space.deploy, {
      objects: [{database: task.database.name, tables}],
      full: {workers: 2, throttle: {rowsPerSecond: 1500}},
    }),
    signal,
  );
  const metadata = {name: podName(task.name), namespace: space.spec.namespace};
  await endAtWork(t, task, deployer, {loading: 3, following: 3}, tables, () =>
    space.api.remove({apiVersion: 'v1', kind: 'Pod', metadata}),
  );
});

test('two shards: pods deleted in turn while loading and while following lose and double no row', async t => {
  const {space, task, inputsOf, deployer} = await open(t, {shards: 2, memoryMebibytes: 400});
  await task.mysql.query('DROP TABLE orders, items');
  for (const sql of shopSetup(15_000)) await task.mysql.query(sql);
  const tables = ['orders', 'lines', 'visits'];
  await create(
    inputsOf(space.deploy, {
      objects: [{database: task.database.name, tables}],
      full: {workers: 1, throttle: {rowsPerSecond: 1000}},
    }),
    signal,
  );
  const objects = await objectsOf(space, task);
  t.is(objects.filter(({kind}) => kind === 'PersistentVolumeClaim').length, 2);
  for (const {metadata} of objects)
    t.like(metadata.labels, {'io.synctask.environment': 'test', 'io.synctask.task': task.name});
  let ended = 0;
  await endAtWork(t, task, deployer, {loading: 2, following: 4}, tables, () => {
    const metadata = {name: podName(task.name, ended++ % 2), namespace: space.spec.namespace};
    return space.api.remove({apiVersion: 'v1', kind: 'Pod', metadata});
  });
  const status = await task.caughtUp(deployer);
  t.deepEqual(status.tables.map(({table}) => table).toSorted(), tables.toSorted());
  t.is(status.name, task.name);
});

test('load pods: they and the conductor deleted while they load lose and double no row; then the Job is complete', async t => {
  const {space, task, inputsOf, deployer} = await open(t, {
    load: {pods: 2},
    memoryMebibytes: 400,
  });
  await task.mysql.query('DROP TABLE orders, items');
  for (const sql of shopSetup(2000)) await task.mysql.query(sql);
  await task.mysql.query('CREATE TABLE wide (id INT PRIMARY KEY AUTO_INCREMENT, body TEXT)');
  await task.mysql.query(`INSERT INTO wide (body) WITH RECURSIVE n AS
    (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT CONCAT(i, REPEAT('x', 1000)) FROM n`);
  const {namespace} = space.spec;
  const names = followNames(t, cluster!, space, podName(task.name));
  const tables = ['orders', 'lines', 'visits', 'wide'];
  await create(
    inputsOf(space.deploy, {
      objects: [{database: task.database.name, tables}],
      full: {workers: 1, throttle: {rowsPerSecond: 1500}},
    }),
    signal,
  );
  const objects = await objectsOf(space, task);
  const job = objects.find(({kind}) => kind === 'Job')!;
  t.like(job.metadata.labels, {'io.synctask.environment': 'test', 'io.synctask.task': task.name});
  const secret = objects.find(({kind}) => kind === 'Secret') as Manifest & {data: Properties};
  const token = Buffer.from(String(secret.data[loadTokenName]), 'base64').toString();
  t.is(token.length, 64);
  const hidden = [token, ...task.secrets].flatMap(textsOf);
  const ends = ['load', 'conductor', 'load'];
  await endAtWork(t, task, deployer, {loading: 3, following: 0}, tables, async () => {
    if (ends.shift() === 'load') await names.deleteLoadPods();
    else {
      const metadata = {name: podName(task.name), namespace};
      await space.api.remove({apiVersion: 'v1', kind: 'Pod', metadata});
    }
  });
  const logs = await deployer.logs(2000);
  t.regex(logs, /"chunks":[1-9][0-9]*,"msg":"load pods have read chunks/);
  const seen = JSON.stringify(objects.filter(one => one !== secret)) + logs;
  t.deepEqual(
    hidden.filter(text => seen.includes(text)),
    [],
  );
  await names.jobEnded(job);
});

test('the example: up, an empty preview, destroy', async t => {
  const {space, task} = await open(t);
  const example = await openExample(t, 'kubernetes');
  const endpoint = new URL(example.target.endpoint);
  await cluster!.reach(Number(endpoint.port));
  endpoint.hostname = cluster!.address;
  const {image, namespace, kubeconfig} = space.spec;
  await example.set({
    mysqlHost: cluster!.address,
    mysqlPort: task.database.server.port,
    endpoint: endpoint.href,
    image: image!,
    namespace,
    kubeconfig: kubeconfig!,
    storageClass: namespace,
    storageGibibytes: 1,
  });
  const {state} = await example.up();
  t.true(['loading', 'following'].includes(String(state)));
  await example.pulumi('preview', '--stack', 'dev', '--expect-no-changes');
  await example.pulumi('destroy', '--yes', '--stack', 'dev');
});
