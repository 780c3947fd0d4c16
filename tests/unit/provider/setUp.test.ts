import test from 'ava';
import {finding} from '../../../runtime/base/errors.ts';
import type {Status} from '../../../runtime/task/progress.ts';
import type {Deployed} from '../../../provider/deploy/deployer.ts';
import {reasonsAgainst} from '../../../provider/setUp.ts';

const deployed = (changes: Partial<Deployed>): Deployed => ({
  stateDir: '/s',
  statusUrl: null,
  state: 'starting',
  status: null,
  last: 'it was just started',
  crashes: 0,
  place: '/s',
  log: '/s/runtime.log',
  findings: [],
  ...changes,
});
const codes = (changes: Partial<Deployed>, late: number | null = null) =>
  reasonsAgainst(deployed(changes), late).map(({code}) => code);

test('a runtime on its way is waited for, until the bound', t => {
  t.deepEqual(codes({state: 'starting'}), []);
  t.deepEqual(codes({state: 'preparing'}), []);
  t.deepEqual(codes({state: 'preparing'}, 10), ['SYNC7009']);
});

test('a runtime that ended tells its own error and findings, each once', t => {
  const error = finding('SYNC1001', {path: 'x', problem: 'y'});
  const warning = finding('SYNC1002', {path: 'z'}, {severity: 'warning'});
  const status = {error, findings: [error, warning]} as unknown as Status;
  t.deepEqual(codes({state: 'failed', status}), ['SYNC1001']);
});

test('a runtime that ended without a word is told as such', t => {
  t.deepEqual(codes({state: 'dead'}), ['SYNC7006']);
});

test('trouble at the start is waited out for a few starts only', t => {
  const status = {error: finding('SYNC7007', {stateDir: '/s', seconds: 1}), findings: []};
  const restarting = {state: 'restarting', status: status as unknown as Status} as const;
  t.deepEqual(codes({...restarting, crashes: 1}), []);
  t.deepEqual(codes({...restarting, crashes: 3}), ['SYNC7007']);
});
