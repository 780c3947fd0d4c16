// `docker kill` ten times, while loading and while following, with a writer at work: then every row is compared.
// Its own command: npm run test:docker
import anyTest, {type TestFn} from 'ava';
import Docker from 'dockerode';
import {startDocker} from '../../scripts/setup/docker.mjs';
import {dockerDeployer} from '../../provider/deploy/docker.ts';
import {namesOf, type DockerSpec} from '../../provider/deploy/dockerContainer.ts';
import {create} from '../../provider/lifecycle.ts';
import {parseDeploy} from '../../runtime/places/deploySpec.ts';
import {openPlaceTask} from '../support/placeTask.ts';
import {shopSetup, writeShop} from '../support/shop.ts';

const test = anyTest as TestFn;
const {signal} = new AbortController();
const seed = Number(process.env['SEED'] ?? 20261122);
const killsMax = 10;

test('a container killed ten times loses and doubles no row', async t => {
  const daemon = await startDocker();
  t.teardown(() => daemon.stop());
  const task = await openPlaceTask(t);
  await task.mysql.query('DROP TABLE orders, items');
  for (const sql of shopSetup(20_000)) await task.mysql.query(sql);
  const address = `unix://${daemon.socketPath}`;
  const deploy = {kind: 'docker', daemon: address, network: 'host', memoryMebibytes: 700};
  const tables = ['orders', 'lines', 'visits'];
  const inputs = task.inputs(deploy, {
    objects: [{database: task.database.name, tables}],
    full: {workers: 2, throttle: {rowsPerSecond: 8000}},
  });
  const deployer = dockerDeployer(task.name, parseDeploy(deploy).deploy as DockerSpec);
  t.teardown(() => deployer.delete(signal));
  await create(inputs, signal);
  const container = new Docker({socketPath: daemon.socketPath}).getContainer(
    namesOf(task.name).container,
  );

  let over = false;
  const writing = writeShop(await task.database.connect(), seed, () => over, 20);
  const killed: Record<string, number> = {};
  const rowsOf = (status: {tables: {rowsLoaded: number; rowsFollowed: number}[]} | null): number =>
    (status?.tables ?? []).reduce((sum, table) => sum + table.rowsLoaded + table.rowsFollowed, 0);
  for (let kills = 0; kills < killsMax; kills++) {
    let first: number | null = null;
    // It must have moved since its last start, or a kill shows nothing.
    const {state} = await task.until(deployer, deployed => {
      if (deployed.state !== 'loading' && deployed.state !== 'following') return false;
      first ??= rowsOf(deployed.status);
      return rowsOf(deployed.status) > first;
    });
    await container.kill();
    killed[state] = (killed[state] ?? 0) + 1;
    await container.start();
  }
  over = true;
  t.log(`killed ${JSON.stringify(killed)}, ${await writing} transactions, SEED=${seed}`);
  t.truthy(killed['loading']);
  t.truthy(killed['following']);
  await task.caughtUp(deployer);
  for (const table of tables) await task.equal(table);
});
