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
export const writable = (task: Whole<Omit<TaskInput, Loose>>): Whole<Omit<Plain, Loose>> => task;
/** A secret may be null in a task file; the others are compared by their paths. */
type Loose =
  | 'objects'
  | 'deploy'
  | 'sourcePassword'
  | 'sourceTlsKey'
  | 'targetAccessKeySecret'
  | 'targetSecurityToken';

/** With every setting there, so that only their values are compared. */
type Whole<T> = T extends readonly (infer Element)[]
  ? Whole<Element>[]
  : T extends object
    ? {[K in keyof T]-?: Whole<Exclude<T[K], undefined>>}
    : T;

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

/** Every path of a task's settings, `source.load.query`; what takes free names ends there. */
type Paths<T> = T extends readonly (infer Element)[]
  ? Paths<Element>
  : T extends object
    ? string extends keyof T
      ? never
      : {[K in keyof T & string]: K | `${K}.${Paths<NonNullable<T[K]>>}`}[keyof T & string]
    : never;

/** Takes nothing but `never`: the compiler names what a program cannot write, or could write in vain. */
type Nothing<T extends never> = T;
export type Unwritable = Nothing<Exclude<Paths<TaskInput>, Paths<Plain>>>;
/** The types of a place to run and of an entry of `tables` are the provider's alone. */
export type InVain = Nothing<
  Exclude<Paths<Plain>, Paths<TaskInput> | `deploy.${string}` | `objects.tables.${string}`>
>;
