import test from 'ava';
import type {Status} from '../../../runtime/task/progress.ts';
import {describeTables, outputsOf, tableNames} from '../../../provider/outputs.ts';

const status = {
  state: 'following',
  phase: 'incremental',
  holds: [{reason: 'operator'}],
  error: null,
  findings: [],
  tables: [
    {database: 'shop', table: 'users', target: 'members', state: 'following'},
    {database: 'shop', table: 'old', target: 'old', state: 'left'},
  ],
} as unknown as Status;

test('target tables are those of all tables that the task has not left', t => {
  t.deepEqual(tableNames(status), ['members_base', 'members_log']);
  t.deepEqual(tableNames(null), []);
});

test('a hold of the operator shows as paused', t => {
  const deployed = {
    stateDir: '/s',
    statusUrl: 'http://127.0.0.1:1',
    state: 'following' as const,
    status,
    last: '',
    crashes: 0,
    place: '/s',
    log: '/s/runtime.log',
    findings: [],
  };
  t.is(outputsOf('shop', deployed, '', []).state, 'paused');
  t.is(outputsOf('shop', {...deployed, status: {...status, holds: []}}, '', []).state, 'following');
  t.is(outputsOf('shop', {...deployed, state: 'dead'}, '', []).state, 'dead');
});

test('a new task is told table by table', t => {
  t.regex(describeTables(status), /^shop\.users: members_base and members_log$/m);
});
