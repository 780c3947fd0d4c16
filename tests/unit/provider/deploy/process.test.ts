import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {identify} from '../../../../provider/deploy/processIdentity.ts';
import {processDeployer} from '../../../../provider/deploy/process.ts';
import {prepareFolder, writeSupervisor} from '../../../../provider/deploy/stateFolder.ts';

const deployment = {name: 'shop', taskFile: {name: 'shop'}, environment: {}};
const {signal} = new AbortController();

function deployerIn(t: ExecutionContext) {
  const stateDir = mkdtempSync(join(tmpdir(), 'synctask-process-'));
  t.teardown(() => rmSync(stateDir, {recursive: true, force: true}));
  return {stateDir, deployer: processDeployer('shop', {kind: 'process', stateDir, statusPort: 0})};
}

test('nothing deployed: reading says dead, stopping and pausing do no harm', async t => {
  const {deployer} = deployerIn(t);
  t.like(await deployer.read(), {state: 'dead', status: null, statusUrl: null});
  await t.notThrowsAsync(deployer.stop(signal));
  await t.notThrowsAsync(deployer.pause(true));
});

test('a folder with the running supervisor of another task is refused', async t => {
  const {stateDir, deployer} = deployerIn(t);
  prepareFolder(stateDir, 'other');
  const runs = {runtime: null, ended: null, crashes: 0, last: '', port: 0} as const;
  writeSupervisor(stateDir, {supervisor: identify(process.pid)!, ...runs});
  await t.throwsAsync(deployer.create(deployment, signal), {message: /SYNC7008/});
  // The same number, another process: that task is gone.
  writeSupervisor(stateDir, {supervisor: {pid: process.pid, started: 'before'}, ...runs});
  t.is((await deployer.read()).state, 'dead');
});

test('a supervisor that cannot write into its folder is told', async t => {
  const {stateDir, deployer} = deployerIn(t);
  mkdirSync(join(stateDir, 'supervisor.json.new'));
  await t.throwsAsync(deployer.create(deployment, signal), {message: /SYNC7007/});
});
