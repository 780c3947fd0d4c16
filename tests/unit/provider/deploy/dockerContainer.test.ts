import type {ContainerInspectInfo} from 'dockerode';
import test from 'ava';
import {
  containerOf,
  differencesOf,
  statusUrlOf,
  type DockerSpec,
} from '../../../../provider/deploy/dockerContainer.ts';
import {parseDeploy} from '../../../../runtime/places/deploySpec.ts';
import {handOver} from '../../../../runtime/places/handOver.ts';
import {syncTaskInputs} from '../../../support/syncTaskInputs.ts';

const specOf = (changes = {}): DockerSpec =>
  parseDeploy({kind: 'docker', ...changes}).deploy as DockerSpec;
const deployment = {name: 'shop-dev', ...handOver(syncTaskInputs())};

test('a container says whose it is and in which environment, and holds no secret', t => {
  const settings = containerOf(specOf(), deployment, 'synctask:1');
  t.deepEqual(settings.Labels, {
    'io.synctask.task': 'shop-dev',
    'io.synctask.environment': 'dev',
    'io.synctask.managed-by': 'pulumi-synctask',
  });
  t.false(JSON.stringify(settings).includes('S3cret'));
  t.is(settings.Env, undefined);
});

test('the status page is published on loopback alone; on the network of the machine it stays there', t => {
  const bridged = containerOf(specOf({statusPort: 9000}), deployment, 'i');
  t.deepEqual(bridged.HostConfig!.PortBindings, {
    '8080/tcp': [{HostIp: '127.0.0.1', HostPort: '9000'}],
  });
  t.true(bridged.Cmd!.join(' ').endsWith('--status-host 0.0.0.0 --status-port 8080'));
  const host = containerOf(specOf({network: 'host', statusPort: 9000}), deployment, 'i');
  t.is(host.HostConfig!.PortBindings, undefined);
  t.true(host.Cmd!.join(' ').endsWith('--status-host 127.0.0.1 --status-port 9000'));
});

test('a task that ends by itself is not started again for that', t => {
  const restart = (phases?: string[]) => {
    const taskFile = {...deployment.taskFile, ...(phases && {phases})};
    return containerOf(specOf(), {...deployment, taskFile}, 'i').HostConfig!.RestartPolicy!.Name;
  };
  t.is(restart(), 'unless-stopped');
  t.is(restart(['schema', 'full', 'incremental']), 'unless-stopped');
  t.is(restart(['schema', 'full']), 'on-failure');
});

test('what was changed from outside is named, with both values', t => {
  const HostConfig = {
    Memory: 1024 * 1024 ** 2,
    NanoCpus: 2e9,
    NetworkMode: 'bridge',
    ReadonlyRootfs: true,
    RestartPolicy: {Name: 'unless-stopped'},
  };
  const there = {Image: 'sha256:a', HostConfig} as unknown as ContainerInspectInfo;
  t.deepEqual(differencesOf(there, specOf({cpus: 2}), null), []);
  t.deepEqual(differencesOf(there, specOf({cpus: 2}), 'sha256:a'), []);
  t.deepEqual(differencesOf(there, specOf({network: 'own', restart: 'no'}), 'sha256:b'), [
    'its image is sha256:a, not sha256:b',
    'cpus is 2, not 0',
    'network is bridge, not own',
    'restart is unless-stopped, not no',
  ]);
});

test('the address of the page is the published port', t => {
  const at = (Ports: object) =>
    statusUrlOf({NetworkSettings: {Ports}} as unknown as ContainerInspectInfo);
  t.is(at({'8080/tcp': [{HostIp: '127.0.0.1', HostPort: '49153'}]}), 'http://127.0.0.1:49153');
  t.is(at({}), null);
});
