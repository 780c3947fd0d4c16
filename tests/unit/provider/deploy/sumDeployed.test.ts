import test from 'ava';
import {sumDeployed} from '../../../../provider/deploy/sumDeployed.ts';
import type {Deployed} from '../../../../provider/deploy/deployer.ts';
import type {Status} from '../../../../runtime/task/progress.ts';

const statusOf = (index: number, changes: Partial<Status>): Status =>
  ({
    name: `shop/${index}`,
    environment: 'test',
    state: 'following',
    phase: 'incremental',
    holds: [],
    lagSeconds: 0,
    latency: null,
    position: {epoch: 1, serverUuid: 'u', gtidSet: 'u:1-9', file: 'f', offset: 4},
    retention: null,
    error: null,
    findings: [],
    tables: [{table: `t${index}`}],
    rates: {rowsLoadedPerSecond: 1, rowsFollowedPerSecond: 10, bytesReadPerSecond: 100},
    startedAt: `2026-01-0${index + 1}T00:00:00Z`,
    loadEtaSeconds: null,
    ...changes,
  }) as unknown as Status;

const deployedOf = (index: number, changes: Partial<Deployed> = {}): Deployed => ({
  stateDir: null,
  statusUrl: null,
  state: 'following',
  status: statusOf(index, {}),
  last: 'no runtime of it has ended',
  crashes: 0,
  place: `pod n/shop-${index}`,
  log: `kubectl logs shop-${index}`,
  findings: [],
  ...changes,
});

test('one pod is told as it is', t => {
  const one = deployedOf(0);
  t.is(sumDeployed('shop', [one]), one);
});

test('rows and rates of the shares are added up, and every table is there', t => {
  const {status} = sumDeployed('shop', [
    deployedOf(0),
    deployedOf(1, {status: statusOf(1, {lagSeconds: 7})}),
  ]);
  t.like(status, {name: 'shop', lagSeconds: 7, startedAt: '2026-01-01T00:00:00Z'});
  t.deepEqual(
    status!.tables.map(({table}) => table),
    ['t0', 't1'],
  );
  t.is(status!.rates.rowsFollowedPerSecond, 20);
  t.is(status!.position!.gtidSet, 'u:1-9');
});

test('the share that needs help most decides the state, and shares at different positions have none', t => {
  const loading = statusOf(1, {
    state: 'loading',
    phase: 'full',
    lagSeconds: null,
    loadEtaSeconds: 60,
    position: {epoch: 1, serverUuid: 'u', gtidSet: 'u:1-7', file: 'f', offset: 4},
  });
  const whole = sumDeployed('shop', [
    deployedOf(0),
    deployedOf(1, {state: 'loading', status: loading}),
  ]);
  t.is(whole.state, 'loading');
  t.like(whole.status, {state: 'loading', phase: 'full', lagSeconds: null, loadEtaSeconds: 60});
  t.is(whole.status!.position, null);
  const down = deployedOf(2, {state: 'failed', status: null, crashes: 3, last: 'it exited with 1'});
  t.like(sumDeployed('shop', [deployedOf(0), down]), {
    state: 'failed',
    crashes: 3,
    place: 'pod n/shop-2',
    status: null,
  });
});
