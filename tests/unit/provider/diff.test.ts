import test from 'ava';
import {finding} from '../../../runtime/base/errors.ts';
import {diff} from '../../../provider/diff.ts';
import type {Properties} from '../../../provider/inputs.ts';
import {unknownValue} from '../../../provider/unknowns.ts';
import {syncTaskInputs as inputs} from '../../support/syncTaskInputs.ts';

const outputs = {taskId: 'shop-dev', state: 'following', findings: [], editPlan: ''};
const between = (news: Properties, olds: Properties = {...inputs(), ...outputs}) =>
  diff(olds, news);

test('nothing changed: no edits, no drift', t => {
  t.deepEqual(between(inputs()), {edits: [], drift: [], changes: false, replaces: []});
});

test('another way to write the same is no edit', t => {
  const {changes} = between(
    inputs({
      source: {host: 'db.example', user: 'sync', port: 3306},
      objects: [{database: 'shop', tables: [{name: 'orders'}, {name: 'users', as: 'members'}]}],
      phases: ['schema', 'full', 'incremental'],
      deploy: {kind: 'process', statusPort: 0},
    }),
  );
  t.false(changes);
});

test('the order of tables is no edit', t => {
  const tables = [{name: 'users', as: 'members'}, 'orders'];
  t.false(between(inputs({objects: [{database: 'shop', tables}]})).changes);
});

test('name and target project make a new task, named by their top-level inputs', t => {
  const target = {endpoint: 'http://127.0.0.1:8731/api', project: 'other', accessKeyId: 'key'};
  t.deepEqual(between(inputs({name: 'shop-two', target})).replaces, ['name', 'target']);
});

test('an added table is backfilled, a removed one is left, the rest is not named', t => {
  const tables = [{name: 'users', as: 'members'}, 'items'];
  const {edits, replaces} = between(inputs({objects: [{database: 'shop', tables}]}));
  t.deepEqual(
    edits.map(e => [e.path, e.kind, e.object]),
    [
      ['objects[0].tables[1]', 'backfill', 'shop.items'],
      ['objects[0].tables[0]', 'restart', 'shop.orders'],
    ],
  );
  t.deepEqual(replaces, []);
});

test('a table with another target name or other columns loads anew', t => {
  const edit = (users: object) =>
    between(inputs({objects: [{database: 'shop', tables: ['orders', users]}]})).edits;
  t.like(edit({name: 'users', as: 'people'}), [
    {path: 'objects[0].tables[1].as', kind: 'backfill'},
  ]);
  t.like(edit({name: 'users', as: 'members', columns: {exclude: ['phone']}}), [
    {path: 'objects[0].tables[1].columns.exclude', kind: 'backfill'},
  ]);
});

test('pausing is done in place', t => {
  t.like(between(inputs({desiredState: 'paused'})).edits, [
    {path: 'desiredState', kind: 'in-place'},
  ]);
});

test('an unknown new value counts as a change, and only that one does', t => {
  const {edits, changes} = between(
    inputs({source: {host: unknownValue, user: 'sync'}, sourcePassword: unknownValue}),
  );
  t.true(changes);
  t.deepEqual(
    edits.map(e => [e.path, e.kind]),
    [
      ['source.host', 'restart'],
      ['sourcePassword', 'restart'],
    ],
  );
});

test('an unknown list of objects does not stop the comparison of the rest', t => {
  const {edits} = between(inputs({objects: unknownValue, environment: 'test'}));
  t.deepEqual(edits.map(e => e.path).toSorted(), ['environment', 'objects']);
});

test('a runtime that a refresh found dead is a change', t => {
  const dead = finding('SYNC7004', {
    place: '/s',
    state: 'dead',
    last: 'it was killed',
    log: '/s/runtime.log',
  });
  const {drift, changes} = between(inputs(), {
    ...inputs(),
    ...outputs,
    state: 'dead',
    findings: [dead],
  });
  t.true(changes);
  t.is(drift.length, 1);
  t.true(between(inputs(), {...inputs(), ...outputs, state: 'failed'}).changes);
});

test('a target table that a refresh missed is a change, a warning is not', t => {
  const gone = finding('SYNC7005', {table: 'orders_base', project: 'local'});
  t.true(between(inputs(), {...inputs(), ...outputs, findings: [gone]}).changes);
  const warning = finding('SYNC1001', {path: 'x', problem: 'y'}, {severity: 'warning'});
  t.false(between(inputs(), {...inputs(), ...outputs, findings: [warning]}).changes);
});

test('a task paused by hand is brought back to what the program says', t => {
  t.true(between(inputs(), {...inputs(), ...outputs, state: 'paused'}).changes);
  const paused = inputs({desiredState: 'paused'});
  t.false(between(paused, {...paused, ...outputs, state: 'paused'}).changes);
  t.true(between(paused, {...paused, ...outputs, state: 'following'}).changes);
});

test('what is not deployed by us is never down', t => {
  const none = inputs({deploy: {kind: 'none'}});
  t.false(between(none, {...none, ...outputs, state: 'not deployed'}).changes);
});

test('no line about an edit holds a secret', t => {
  const {edits} = between(inputs({sourcePassword: 'another S3cret'}));
  t.false(JSON.stringify(edits).includes('S3cret'));
});

test('state that this version cannot parse is compared as it is written', t => {
  const old = {...inputs(), ...outputs, retired: 'setting of another version'};
  t.deepEqual(
    between(inputs(), old).edits.map(e => [e.path, e.kind]),
    [['retired', 'restart']],
  );
});
