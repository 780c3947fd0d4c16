// What the client puts on the wire, call by call, against the protocol as the service's own clients speak it: methods,
// paths, parameters and headers. No server of ours takes part, so none can share a mistake.
import test from 'ava';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import {writeRecords} from '../../runtime/codec/recordWriter.ts';
import type {TargetClient} from '../../runtime/sink/client.ts';
import {downloadRows, openDownload} from '../../runtime/sink/download.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {StreamSession} from '../../runtime/sink/streamSession.ts';
import {getTable, listPartitions} from '../../runtime/sink/tables.ts';
import {UploadSession} from '../../runtime/sink/uploadSession.ts';
import {UpsertSession} from '../../runtime/sink/upsertSession.ts';
import {ScriptedService, type Arrival, type Script} from '../support/scriptedService.ts';
import {codeOf, openClient} from '../support/target.ts';

const {signal} = new AbortController();
const columns = [{name: 'id', type: 'bigint', nullable: false, column_id: '1'}];
const block = writeRecords([[1n]], [{name: 'id', type: parseOdpsType('bigint')}]);
const schema = {columns, partitionKeys: []};
const upload = {UploadID: 'u 1', Status: 'NORMAL', UploadedBlockList: [{BlockID: 0}]};
const routed = {'odps-tunnel-routed-server': 'w1:1', 'odps-tunnel-slot-num': '1'};

/** The service's answers, by the parameters that tell calls apart. */
function answer({method, url, headers}: Arrival): Script {
  const json = (value: object, more = {}): Script => ({body: JSON.stringify(value), headers: more});
  if (url.includes('/tunnel?')) return {body: 'tunnel.example.test/base'};
  if (url.includes('downloads'))
    return json({DownloadID: 'd1', Status: 'NORMAL', RecordCount: 1, Schema: schema});
  if (url.includes('downloadid')) return {body: block};
  if (url.includes('/streams'))
    return json(
      {session_name: 's1', status: 'normal', slots: [[0, 'w1:1']], schema, schema_version: 3},
      routed,
    );
  if (url.includes('/upserts')) {
    const slots = [{slot_id: 's7', buckets: [0], worker_addr: 'w7:1'}];
    const status =
      method === 'POST' && headers['odps-tunnel-routed-server'] ? 'committed' : 'normal';
    return json({id: 'x1', status, hasher: 'default', hash_key: ['id'], schema, slots});
  }
  if (url.includes('upload')) {
    const isCommit = method === 'POST' && url.includes('uploadid');
    return json({...upload, Status: isCommit ? 'CLOSED' : 'NORMAL'});
  }
  if (url.includes('/instances')) return {status: 200, headers: {location: '/i1'}, body: result};
  const about = JSON.stringify({columns: [{name: 'id', type: 'BIGINT'}], tableProperties: {}});
  if (url.includes('partitions')) return {body: '<Partitions><Marker/></Partitions>'};
  return {body: `<Table><Name>t</Name><Schema><![CDATA[${about}]]></Schema></Table>`};
}
const result =
  '<Instance><Tasks><Task><Result><![CDATA["a"\n]]></Result></Task></Tasks></Instance>';

/** Runs `work` with a client of a project with schema and quota; gives the requests as `METHOD /path?parameters`, sorted. */
async function wireOf(
  t: Parameters<typeof openClient>[0],
  work: (client: TargetClient) => Promise<unknown>,
): Promise<{lines: string[]; arrivals: Arrival[]}> {
  await using service = await ScriptedService.start(answer);
  await work(openClient(t, `${service.url}/api`, {schema: 's', quota: 'q'}));
  const lines = service.arrivals.map(({method, url}) => {
    const [path, query = ''] = url.split('?');
    const parameters = query
      .split('&')
      .filter(p => !/^curr_(project=test_project|schema=s)$/.test(p));
    return `${method} ${path} ${parameters.toSorted().join(' ')}`;
  });
  for (const {url} of service.arrivals)
    t.regex(url, /[?&]curr_project=test_project&curr_schema=s$/);
  return {lines, arrivals: service.arrivals};
}

const table = '/api/projects/test_project/schemas/s/tables/t';
const rest = '/api/projects/test_project';

test('a batch upload is made, filled, looked at and committed by these calls', async t => {
  const {lines, arrivals} = await wireOf(t, async client => {
    const options = {partition: 'dt=1,hh=2', overwrite: true, signal};
    await using session = await UploadSession.create(client, 't', options);
    await session.putBlock(0, block, 'zstd', signal);
    await session.commit([0], signal);
  });
  t.deepEqual(lines, [
    `POST ${table} create_partition=true overwrite=true partition=dt%3D1%2Chh%3D2 quotaName=q uploads=1`,
    `PUT ${table} blockid=0 partition=dt%3D1%2Chh%3D2 quotaName=q uploadid=u%201`,
    `GET ${table} partition=dt%3D1%2Chh%3D2 quotaName=q uploadid=u%201`,
    `POST ${table} partition=dt%3D1%2Chh%3D2 quotaName=q uploadid=u%201`,
  ]);
  for (const {headers} of arrivals) {
    t.is(headers['x-odps-tunnel-version'], '6');
    t.is(headers['odps-tunnel-date-transform'], 'v1');
    t.is(headers['odps-tunnel-sdk-support-schema-evolution'], 'true');
    t.is(headers['odps-tunnel-retry-index'], '0');
    t.regex(String(headers['date']), / GMT$/);
    t.is(headers['user-agent'], headers['x-odps-user-agent']);
  }
  const {headers, body} = arrivals[1]!;
  t.is(headers['content-type'], 'application/octet-stream');
  t.is(headers['content-encoding'], 'zstd');
  t.is(headers['transfer-encoding'], 'chunked');
  t.deepEqual(body, block);
  t.is(arrivals[0]!.headers['content-length'], '0');
});

test('the speed of a connection is known before the target answers, from a block sent in parts', async t => {
  const body = Buffer.from('record bytes '.repeat(80_000));
  const pieces = [
    body.subarray(0, 300_000),
    body.subarray(300_000, 300_001),
    body.subarray(300_001),
  ];
  let client: TargetClient | null = null;
  const known: (number | null)[] = [];
  await using service = await ScriptedService.start(arrival => {
    if (arrival.method === 'PUT') known.push(client!.bytesPerSecond);
    return answer(arrival);
  });
  client = openClient(t, `${service.url}/api`);
  await using session = await UploadSession.create(client, 't', {
    partition: null,
    overwrite: false,
    signal,
  });
  t.is(client.bytesPerSecond, null);
  await session.putBlock(0, pieces, 'none', signal);
  t.deepEqual(service.arrivals.at(-1)!.body, body);
  t.is(service.arrivals.at(-1)!.headers['transfer-encoding'], 'chunked');
  t.deepEqual(known, [client.bytesPerSecond]);
  t.true(known[0]! > 0);
});

test('a stream is opened with slots and written with the address of one', async t => {
  const {lines, arrivals} = await wireOf(t, async client => {
    await using session = await StreamSession.create(client, 't', {
      partition: 'dt=1',
      slots: 2,
      schemaVersion: null,
      inDoubt: 'raise',
      signal,
    });
    await session.write(block, 1, 'none', signal);
  });
  t.deepEqual(lines, [
    `POST ${table}/streams create_partition partition=dt%3D1 quotaName=q`,
    `PUT ${table}/streams partition=dt%3D1 quotaName=q record_count=1 schema_version=3 slotid=0 uploadid=s1`,
  ]);
  t.is(arrivals[0]!.headers['odps-slot-num'], '2');
  t.is(arrivals[0]!.headers['odps-tunnel-slot-num'], '2');
  t.is(arrivals[1]!.headers['odps-tunnel-routed-server'], 'w1:1');
  t.is(arrivals[1]!.headers['odps-tunnel-slot-num'], '1');
});

test('an upsert session is opened, flushed by bucket and committed at the server of bucket 0', async t => {
  const {lines, arrivals} = await wireOf(t, async client => {
    await using session = await UpsertSession.create(client, 't', {partition: null, signal});
    await session.upsert([1n], signal);
    await session.commit(signal);
  });
  t.deepEqual(lines, [
    `POST ${table}/upserts quotaName=q slotnum=1`,
    `PUT ${table}/upserts bucketid=0 quotaName=q record_count=1 slotid=s7 upsertid=x1`,
    `POST ${table}/upserts quotaName=q upsertid=x1`,
  ]);
  t.deepEqual(
    arrivals.map(({headers}) => headers['odps-tunnel-routed-server']),
    [undefined, 'w7:1', 'w7:1'],
  );
  t.regex(String(arrivals[1]!.headers['content-length']), /^\d+$/);
});

test('a download is a session and ranges of its rows', async t => {
  const {lines, arrivals} = await wireOf(t, async client => {
    const session = await openDownload(client, {table: 't', partition: 'dt=1'}, signal);
    for await (const rows of downloadRows(client, session, {columns: ['id'], signal}))
      t.is(rows.length, 1);
  });
  t.deepEqual(lines, [
    `POST ${table} downloads partition=dt%3D1 quotaName=q`,
    `GET ${table} columns=id data downloadid=d1 partition=dt%3D1 quotaName=q rowrange=(0%2C1)`,
  ]);
  t.is(arrivals[1]!.headers['accept-encoding'], 'zstd');
});

test('tables and partitions are asked for at the project, the schema being a parameter', async t => {
  const {lines} = await wireOf(t, async client => {
    await getTable(client, 't', signal);
    await listPartitions(client, 't', signal);
  });
  t.deepEqual(lines, [
    `GET ${rest}/tables/t `,
    `GET ${rest}/tables/t expectmarker=true partitions`,
  ]);
});

test('a statement is a job with settings, a query that ends with ; and a Guid', async t => {
  const {lines, arrivals} = await wireOf(t, client =>
    runSql(client, 'SET a.b=1;\nSELECT "]]>" AS a', {signal}),
  );
  t.deepEqual(lines, [`POST ${rest}/instances `]);
  t.is(arrivals[0]!.headers['content-type'], 'application/xml');
  const body = arrivals[0]!.body.toString();
  t.true(body.includes('<Query><![CDATA[SELECT "]]]]><![CDATA[>" AS a;]]></Query>'));
  t.regex(body, /<Guid>[0-9a-f-]{36}<\/Guid><Priority>9<\/Priority>/);
  const settings = /<Name>settings<\/Name><Value>(.*?)<\/Value>/.exec(body)![1]!;
  t.deepEqual(JSON.parse(settings), {
    'odps.sql.type.system.odps2': 'true',
    'odps.sql.decimal.odps2': 'true',
    'odps.sql.timezone': 'UTC',
    'odps.namespace.schema': 'true',
    'odps.sql.allow.namespace.schema': 'true',
    'odps.default.schema': 's',
    'a.b': '1',
  });
});

test('the tunnel is asked for by quota, and its address may have a base path', async t => {
  await using service = await ScriptedService.start(answer);
  const client = openClient(t, service.url, {quota: 'q', tunnelEndpoint: null});
  const [first, second] = await Promise.all([
    client.tunnelEndpoint(signal),
    client.tunnelEndpoint(signal),
  ]);
  t.is(first, 'http://tunnel.example.test/base');
  t.is(second, first);
  t.deepEqual(
    service.arrivals.map(({url}) => url),
    ['/projects/test_project/tunnel?service&quotaName=q&curr_project=test_project'],
  );
});

test('a temporary key sends its token, and an expired one is asked for anew', async t => {
  const expired = '<Error><Code>AuthenticationRequestExpired</Code><Message>m</Message></Error>';
  await using service = await ScriptedService.start(arrival =>
    arrival.headers['authorization-sts-token'] === 'old'
      ? {status: 403, body: expired}
      : answer(arrival),
  );
  const refused: unknown[] = [];
  const client = openClient(t, service.url, {
    credentials: async key => {
      refused.push(key?.securityToken);
      return {accessKeyId: 'i', accessKeySecret: 's', securityToken: key === null ? 'old' : 'new'};
    },
  });
  t.is(await codeOf(getTable(client, 't', signal)), 'none');
  t.deepEqual(refused, [undefined, 'old']);
});
