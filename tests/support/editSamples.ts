// One edit of every input of a task: what a user may write there instead, and whether it can be carried out beside the tests' one
// source and one target. Values are such that the task still works after each.
import type {Properties} from '../../provider/inputs.ts';

export interface EditSample {
  /** The input, as diff names it. */
  path: string;
  /** The inputs after the edit. */
  edit(inputs: Properties): Properties;
  /** Why it is not carried out; null where it is. */
  onlyPlanned: string | null;
}

/** As much of a certificate or key as a setting looks at. */
const pem = (what: string): string => `-----BEGIN ${what}-----\nMIIB\n-----END ${what}-----\n`;

const elsewhere = 'there is no second server to move to';

/** Samples for `inputs`, whose `objects[0]` names tables `orders` and `items` of `database`. */
export function editSamples(database: string): EditSample[] {
  const at = (path: string, value: unknown, onlyPlanned: string | null = null): EditSample => ({
    path,
    edit: inputs => replaced(inputs, path.split('.'), value),
    onlyPlanned,
  });
  const table = (setting: string, value: unknown): EditSample => ({
    path: `objects[0].tables[0].${setting}`,
    edit: inputs => ({
      ...inputs,
      objects: [
        {database, tables: [replaced({name: 'orders'}, setting.split('.'), value), 'items']},
      ],
    }),
    onlyPlanned: null,
  });
  const objects = (
    path: string,
    change: object,
    onlyPlanned: string | null = null,
  ): EditSample => ({
    path,
    edit: inputs => ({...inputs, objects: [{database, tables: ['orders', 'items'], ...change}]}),
    onlyPlanned,
  });
  return [
    at('name', 'another-name', 'it is another task'),
    at('source.host', 'localhost'),
    at('source.port', 3307, elsewhere),
    at('source.hosts', ['other.example:3306'], elsewhere),
    at('source.user', 'other', elsewhere),
    at('source.serverId', 77_001),
    at('source.timeZone', 'Asia/Shanghai', 'no column of these tables becomes an instant'),
    at('source.tls.mode', 'required'),
    at('source.tls', {mode: 'verify-ca', ca: pem('CERTIFICATE')}, elsewhere),
    at('source.load.threadsRunningMax', 500),
    at('source.load.replicaLagSecondsMax', 900),
    at('source.load.query', 'SELECT 0'),
    at('source.load.checkSeconds', 30),
    at('sourcePassword', 'another password', elsewhere),
    {
      path: 'sourceTlsKey',
      edit: inputs => ({
        ...replaced(inputs, ['source', 'tls'], {mode: 'required', certificate: pem('CERTIFICATE')}),
        sourceTlsKey: pem('PRIVATE KEY'),
      }),
      onlyPlanned: elsewhere,
    },
    at('target.endpoint', 'http://127.0.0.1:9/api', 'it is another task'),
    at('target.project', 'other_project', 'it is another task'),
    at('target.schema', 'other_schema', 'it is another task'),
    at('target.accessKeyId', 'other', elsewhere),
    at('target.tunnelEndpoint', 'http://127.0.0.1:9', elsewhere),
    at('target.quota', 'default'),
    at('target.region', 'cn-shanghai'),
    {
      path: 'target.credentials',
      edit: inputs => ({
        ...inputs,
        target: {...(inputs['target'] as object), accessKeyId: null, credentials: 'environment'},
        targetAccessKeySecret: undefined,
      }),
      onlyPlanned: elsewhere,
    },
    at('targetAccessKeySecret', 'another secret', elsewhere),
    at('targetSecurityToken', 'a token'),
    objects('objects[0].tables[1]', {tables: ['orders', 'more']}),
    objects('objects[0].as', {as: 'shop'}),
    objects('objects[0].exclude', {exclude: ['nothing_*']}),
    objects('objects[0].newTables', {newTables: 'ignore'}),
    table('as', 'purchases'),
    table('where', 'id > 1'),
    table('columns.include', ['id']),
    table('columns.exclude', ['note']),
    table('columns.rename', {note: 'remark'}),
    table('columns.types', {id: 'BIGINT'}),
    table('columns.policies', {note: {invalidText: 'replace'}}),
    table('operations', ['insert', 'update']),
    table('ddl', 'none'),
    table('otherDdl', 'ignore'),
    table('reload', 'never'),
    table('transforms', [{column: 'note', truncate: 3}]),
    at('phases', ['schema', 'full'], 'the task would end'),
    at('types', 'v1', 'it is the one edit of a type system'),
    at('naming.additionalColumns', 'previous'),
    at('naming.case', 'lower'),
    at('log.partitionBy', ['year', 'month']),
    at('log.timeZone', 'Asia/Shanghai'),
    at('log.lifecycleDays', 30),
    at('conflictingTables', 'adopt'),
    at('full.workers', 3),
    at('full.consistency', 'consistent'),
    at('full.throttle.queriesPerSecond', 500),
    at('full.throttle.rowsPerSecond', 50_000),
    at('full.throttle.mebibytesPerSecond', 90),
    at('incremental.delivery', 'low-latency'),
    at('incremental.commitSeconds', 0.75),
    at('incremental.commitMebibytes', 8),
    at(
      'incremental',
      {commitSeconds: 0.5, heartbeat: true, heartbeatTable: 'other.heartbeat'},
      'it needs a table that the account may write',
    ),
    at('incremental.spool.mebibytes', 512),
    at('incremental.verifyChecksums', true),
    at('incremental.relayLog', {mebibytes: 256}),
    at('incremental.throttle.rowsPerSecond', 50_000),
    at('incremental.throttle.mebibytesPerSecond', 90),
    at('retry.connectionMinutes', 30),
    at('retry.otherMinutes', 5),
    {
      path: 'alerts',
      edit: inputs => ({
        ...inputs,
        alerts: [{on: 'failure', webhook: 'ops'}],
        alertWebhooks: {ops: 'http://127.0.0.1:9/hook'},
      }),
      onlyPlanned: null,
    },
    at('hashKeys', {ids: 'a key'}),
    at('alertWebhooks', {ops: 'http://127.0.0.1:9/hook'}),
    at('environment', 'staging'),
    at('precheckFrom', 'runtime'),
    at('preflight', 'live'),
    at('acknowledge', ['P17']),
    at('deploy.kind', 'none', 'it is another task'),
    at('deploy.stateDir', '/elsewhere', 'it is another task'),
    at('deploy.statusPort', 0, 'that is its default'),
    at('desiredState', 'paused'),
    at('onDelete.targetTables', 'drop'),
    at('onDelete.inProduction', true),
  ];
}

function replaced(inputs: Properties, [key = '', ...rest]: string[], value: unknown): Properties {
  if (rest.length === 0) return {...inputs, [key]: value};
  return {...inputs, [key]: replaced((inputs[key] ?? {}) as Properties, rest, value)};
}
