import test from 'ava';
import type {Unwrap} from '@pulumi/pulumi';
import {taskSpec, type TaskInput} from '../../../runtime/spec/task.ts';
import type {SyncTaskArgs} from '../../../provider/index.ts';

type Plain = Unwrap<SyncTaskArgs>;

/** Compiles only while both have the same keys: what a program may write is what a task has. */
const sameKeys: Record<keyof TaskInput, true> & Record<keyof SyncTaskArgs, true> =
  Object.fromEntries(Object.keys(taskSpec.shape).map(key => [key, true])) as never;

/** Each compiles only while what a program may write there is what the task takes. */
const taken = (args: Plain): Omit<TaskInput, 'name' | 'objects' | 'deploy' | 'alerts'> => args;

test('the arguments of a SyncTask are the inputs of a task', t => {
  const args: Plain = {
    source: {host: 'h', user: 'u', tls: {mode: 'required', ca: null}},
    target: {endpoint: 'http://h/api', project: 'demo', credentials: 'environment'},
    objects: [{database: 'd', tables: ['a', {name: 'b', ddl: 'all', columns: {rename: {x: 'y'}}}]}],
    log: {partitionBy: ['year', 'month'], lifecycleDays: 30},
    incremental: {spool: {mebibytes: 10}, throttle: {rowsPerSecond: 5}},
    alerts: [{on: 'lag', lagSeconds: 60, webhook: 'ops'}],
    alertWebhooks: {ops: {env: 'OPS'}},
    deploy: {kind: 'process', statusPort: 0},
    onDelete: {targetTables: 'drop'},
  };
  t.true(taskSpec.safeParse({name: 'n', ...taken(args)}).success);
  t.deepEqual(Object.keys(sameKeys).toSorted(), Object.keys(taskSpec.shape).toSorted());
});
