// `docker kill` ten times, while loading and while following, with a writer at work: then every row is compared.
// Its own command: npm run test:docker
import anyTest, {type TestFn} from 'ava';
import Docker from 'dockerode';
import {startDocker} from '../../scripts/setup/docker.mjs';
import {dockerDeployer} from '../../provider/deploy/docker.ts';
import {namesOf, type DockerSpec} from '../../provider/deploy/dockerContainer.ts';
import {create} from '../../provider/lifecycle.ts';
import {parseDeploy} from '../../runtime/places/deploySpec.ts';
import {endAtWork} from '../support/endAtWork.ts';
import {openPlaceTask} from '../support/placeTask.ts';
import {shopSetup} from '../support/shop.ts';

const test = anyTest as TestFn;
const {signal} = new AbortController();

test('a container killed ten times loses and doubles no row', async t => {
  const daemon = await startDocker();
  t.teardown(() => daemon.stop());
  const task = await openPlaceTask(t);
  await task.mysql.query('DROP TABLE orders, items');
  for (const sql of shopSetup(30_000)) await task.mysql.query(sql);
  const address = `unix://${daemon.socketPath}`;
  const deploy = {kind: 'docker', daemon: address, network: 'host', memoryMebibytes: 700};
  const tables = ['orders', 'lines', 'visits'];
  const inputs = task.inputs(deploy, {
    objects: [{database: task.database.name, tables}],
    full: {workers: 2, throttle: {rowsPerSecond: 2000}},
  });
  const deployer = dockerDeployer(task.name, parseDeploy(deploy).deploy as DockerSpec);
  t.teardown(() => deployer.delete(signal));
  await create(inputs, signal);
  const container = new Docker({socketPath: daemon.socketPath}).getContainer(
    namesOf(task.name).container,
  );

  await endAtWork(t, task, deployer, {loading: 4, following: 6}, tables, async () => {
    await container.kill();
    await container.start();
  });
});
