// deploy: {kind: 'docker'} against a real daemon: from zero to streaming, an edit, drift, a kill, an upgrade, destroy.
// Where no daemon can be had, the tests print the reason and check nothing.
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import Docker from 'dockerode';
import {startDocker} from '../../scripts/setup/docker.mjs';
import {SetupError} from '../../scripts/setup/progress.mjs';
import {dockerDeployer} from '../../provider/deploy/docker.ts';
import {namesOf} from '../../provider/deploy/dockerContainer.ts';
import {bringImage} from '../../provider/deploy/dockerImage.ts';
import {create, read, remove, update} from '../../provider/lifecycle.ts';
import {diff} from '../../provider/diff.ts';
import {parseDeploy} from '../../runtime/places/deploySpec.ts';
import {openExample} from '../support/example.ts';
import {openPlaceTask} from '../support/placeTask.ts';

interface Context {
  daemon: Awaited<ReturnType<typeof startDocker>> | null;
  reason: string;
  /** Built of this checkout, once for all tests. */
  image: string;
}

const test = anyTest.serial as unknown as TestFn<Context>;
const {signal} = new AbortController();
const suite: Context = {daemon: null, reason: '', image: ''};

anyTest.before(async () => {
  try {
    suite.daemon = await startDocker();
    suite.image = await bringImage(new Docker({socketPath: suite.daemon.socketPath}), null);
  } catch (error) {
    if (!(error instanceof SetupError) || process.env['CI'] === 'true') throw error;
    suite.reason = error.message;
  }
});
anyTest.after.always(() => suite.daemon?.stop());

interface Place {
  docker: Docker;
  deploy: {kind: 'docker'; daemon: string; network: string; image: string; memoryMebibytes: number};
}

/** The daemon; null, with the reason printed, where there is none. */
function openDocker(t: ExecutionContext<Context>): Place | null {
  if (suite.daemon === null) {
    t.log(`not checked: ${suite.reason}`);
    t.pass();
    return null;
  }
  const {image} = suite;
  const {socketPath} = suite.daemon;
  const daemon = `unix://${socketPath}`;
  return {
    docker: new Docker({socketPath}),
    deploy: {kind: 'docker', daemon, network: 'host', image, memoryMebibytes: 700},
  };
}

function deployerOf(name: string, deploy: object) {
  const parsed = parseDeploy(deploy).deploy;
  if (parsed?.kind !== 'docker') throw new Error('no docker spec');
  return dockerDeployer(name, parsed);
}

test('from zero to streaming: labelled, locked down, taken over, and no secret to be seen', async t => {
  const place = openDocker(t);
  if (place === null) return;
  const {docker, deploy} = place;
  const task = await openPlaceTask(t);
  const inputs = task.inputs(deploy);
  const deployer = deployerOf(task.name, deploy);
  t.teardown(() => deployer.delete(signal));
  const made = await create(inputs, signal);
  t.like(made.properties, {stateDir: null, targetTables: ['orders_base', 'orders_log']});
  await task.database.query("INSERT INTO orders VALUES (4, 'while it follows')");
  await task.caughtUp(deployer);
  // A stack that lost its state makes the task again: what is there is taken over, tables and position included.
  await create(inputs, signal);
  t.like((await task.caughtUp(deployer)).tables[0], {rowsLoaded: 3, rowsFollowed: 1});
  await task.equal('orders');

  const names = namesOf(task.name);
  const container = await docker.getContainer(names.container).inspect();
  t.like(container.Config, {User: '65532:65532'});
  t.like(container.HostConfig, {ReadonlyRootfs: true, Memory: 700 * 1024 ** 2, CapDrop: ['ALL']});
  const volumes = await Promise.all(
    [names.state, names.task].map(name => docker.getVolume(name).inspect()),
  );
  for (const labels of [container.Config.Labels, ...volumes.map(volume => volume.Labels)])
    t.like(labels, {'io.synctask.environment': 'test', 'io.synctask.task': task.name});
  const image = await docker.getImage(container.Image).inspect();
  const seen = JSON.stringify([
    container,
    volumes,
    image,
    await docker.getImage(image.Id).history(),
  ]);
  const logs = await deployer.logs(1000);
  t.regex(logs, /"environment":"test"/);
  for (const secret of task.secrets) t.false(`${seen}${logs}`.includes(secret));
  t.log(`image: ${Math.round(image.Size / 1e6)} MB`);

  // The one built at the start is found again by what is in it.
  t.is(await bringImage(docker, null), deploy.image);
  const {properties} = await read(task.name, made.properties, signal);
  t.deepEqual(diff(properties, inputs), {edits: [], drift: [], changes: false, replaces: []});
  await remove(task.name, properties, signal);
  t.deepEqual(await docker.listContainers({all: true}), []);
  t.deepEqual((await docker.listVolumes()).Volumes, []);
});

test('drift, a kill and a table more: an update puts all right from the position', async t => {
  const place = openDocker(t);
  if (place === null) return;
  const {docker, deploy} = place;
  const task = await openPlaceTask(t);
  const inputs = task.inputs(deploy);
  const deployer = deployerOf(task.name, deploy);
  t.teardown(() => deployer.delete(signal));
  let {properties} = await create(inputs, signal);
  const container = docker.getContainer(namesOf(task.name).container);
  await container.update({Memory: 600 * 1024 ** 2, MemorySwap: 600 * 1024 ** 2});
  ({properties} = await read(task.name, properties, signal));
  t.regex(diff(properties, inputs).drift.join(), /memory is 629145600, not 734003200/);

  await container.kill();
  await task.database.query("INSERT INTO orders VALUES (5, 'while it is down')");
  ({properties} = await read(task.name, properties, signal));
  t.is(properties['state'], 'dead');
  const more = {...inputs, objects: [{database: task.database.name, tables: ['orders', 'items']}]};
  properties = await update(properties, more, signal);
  await task.caughtUp(deployer);
  await task.equal('orders');
  await task.equal('items');
  ({properties} = await read(task.name, properties, signal));
  t.deepEqual(diff(properties, more), {edits: [], drift: [], changes: false, replaces: []});

  properties = await update(properties, {...more, desiredState: 'paused'}, signal);
  t.is(properties['state'], 'paused');
  await deployer.stop(signal);
  t.is((await deployer.read()).state, 'stopped');
});

test('a new image while the task runs: drained, started anew, nothing loaded twice', async t => {
  const place = openDocker(t);
  if (place === null) return;
  const {docker, deploy} = place;
  const task = await openPlaceTask(t);
  const built = deploy.image;
  const first = await docker.getImage(built).inspect();
  await docker.getImage(built).tag({repo: 'registry.example/synctask', tag: 'one'});
  const inputs = task.inputs({...deploy, image: 'registry.example/synctask:one'});
  const deployer = deployerOf(task.name, inputs['deploy'] as object);
  t.teardown(() => deployer.delete(signal));
  let {properties} = await create(inputs, signal);
  // Another image of the same content: its id is another one.
  const container = docker.getContainer(namesOf(task.name).container);
  await container.commit({repo: 'registry.example/synctask', tag: 'two', comment: 'upgraded'});
  await task.database.query("INSERT INTO orders VALUES (6, 'before the upgrade')");
  const upgraded = task.inputs({...deploy, image: 'registry.example/synctask:two'});
  upgraded['source'] = inputs['source'];
  t.deepEqual(
    diff(properties, upgraded).edits.map(({path, kind}) => [path, kind]),
    [['deploy.image', 'restart']],
  );
  properties = await update(properties, upgraded, signal);
  const status = await task.caughtUp(deployer);
  t.like(status.tables[0], {rowsLoaded: 3, rowsFollowed: 1});
  await task.equal('orders');
  t.not((await container.inspect()).Image, first.Id);
  // The same name means another image now: a refresh tells.
  await docker.getImage(built).tag({repo: 'registry.example/synctask', tag: 'two'});
  ({properties} = await read(task.name, properties, signal));
  t.regex(diff(properties, upgraded).drift.join(), /its image is sha256:/);
  const codes = (properties['findings'] as {code: string}[]).map(({code}) => code);
  t.true(codes.includes('SYNC7015'));
});

test('a container that is not ours is left alone, and an image that is nowhere is told', async t => {
  const place = openDocker(t);
  if (place === null) return;
  const {docker, deploy} = place;
  const name = namesOf('stranger').container;
  const stranger = await docker.createContainer({name, Image: deploy.image});
  t.teardown(() => stranger.remove());
  const deployment = {name: 'stranger', taskFile: {}, environment: {}};
  const deployer = deployerOf('stranger', deploy);
  await t.throwsAsync(deployer.create(deployment, signal), {message: /SYNC7013/});
  const lost = deployerOf('lost', {...deploy, image: 'localhost:1/nothing:here'});
  await t.throwsAsync(lost.create({...deployment, name: 'lost'}, signal), {message: /SYNC7014/});
  const gone = deployerOf('gone', {...deploy, daemon: 'unix:///nonexistent/docker.sock'});
  await t.throwsAsync(gone.read(), {message: /SYNC7012/});
  const wrong = deployerOf('wrong', {...deploy, network: 'no-such-network'});
  t.teardown(() => deployerOf('wrong', deploy).delete(signal));
  await t.throwsAsync(wrong.create({...deployment, name: 'wrong'}, signal), {message: /SYNC7016/});
});

test('the example: up, an empty preview, an edit, destroy', async t => {
  const place = openDocker(t);
  if (place === null) return;
  const {daemon, image, network} = place.deploy;
  const example = await openExample(t, 'docker');
  await example.set({daemon, image, network});
  t.like(await example.up(), {targetTables: ['orders_base', 'orders_log']});
  await example.pulumi('preview', '--stack', 'dev', '--expect-no-changes');
  await example.set({commitSeconds: 2});
  await example.up();
  await example.pulumi('preview', '--stack', 'dev', '--expect-no-changes');
  await example.pulumi('destroy', '--yes', '--stack', 'dev');
  t.deepEqual(await place.docker.listContainers({all: true}), []);
});
