import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {runForeign} from '../support/foreignProgram.ts';
import {javaProgram} from '../support/javaProgram.ts';

test('the Java SDK, unmodified, makes, writes, streams, upserts, reads and queries tables', async t => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-java-'));
  const key = {accessKeyId: 'javaId', accessKeySecret: 'java/Secret+1'};
  await using endpoint = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(() => rm(dataDir, {recursive: true, force: true}));
  const printed = await runForeign(t, await javaProgram('tests/judges/java'), [], {
    ODPS_ID: key.accessKeyId,
    ODPS_SECRET: key.accessKeySecret,
    ODPS_ENDPOINT: endpoint.endpoint,
    TZ: 'UTC',
    // Arrow reaches into a buffer of the JDK.
    JDK_JAVA_OPTIONS: '--add-opens=java.base/java.nio=ALL-UNNAMED',
  });
  if (printed === null) return t.pass();
  t.deepEqual(JSON.parse(printed), {
    kinds: [
      [
        '-128',
        '32767',
        '-2147483648',
        '9223372036854775807',
        '1.1',
        '-0.0',
        '12345678901234567890.123456789012345678',
        'true',
        'näme \0 😀',
        'väry',
        'ab',
        '[0, -1, 10]',
        '1969-12-31',
        '2020-01-01T12:30:01.123Z',
        '1969-12-31T23:59:59.500000001Z',
        '2026-11-22T08:00:00.000000001',
        '{"a":[1,null]}',
        '[a, null, ]',
        '{k=1, none=null}',
        '[5, null]',
      ],
      Array.from({length: 20}, () => 'null'),
    ],
    schema: [
      'TINYINT',
      'SMALLINT',
      'INT',
      'BIGINT',
      'FLOAT',
      'DOUBLE',
      'DECIMAL(38,18)',
      'BOOLEAN',
      'STRING',
      'VARCHAR(20)',
      'CHAR(5)',
      'BINARY',
      'DATE',
      'DATETIME',
      'TIMESTAMP',
      'TIMESTAMP_NTZ',
      'JSON',
      'ARRAY<STRING>',
      'MAP<STRING,BIGINT>',
      'STRUCT<a:BIGINT,b:STRING>',
    ],
    blocks: [0, 1, 2, 3, 4],
    status: 'CLOSED',
    squeezed: '"c","d","s"\n8001,8001,47995999\n',
    sums: Array.from({length: 5}, () => 47_995_999),
    arrow: [1000, 499_500, 'näme 999'],
    partitions: ['dt=2026/hh=1'],
    partition: [['7']],
    hasPartition: [true, false],
    afterDrop: 0,
    streamed: '"name","c"\n"ODPS_LZ4_FRAME",100\n"ODPS_RAW",100\n"ODPS_ZLIB",100\n',
    delta: '"id","name","n"\n6,"n6",6\n7,"again",\\N\n9,"only the name",9\n',
    deltaRows: '"c","s"\n49,1210\n',
    primaryKey: ['id'],
    transactional: true,
    result: ['2001 ODPS_ZLIB row 1', '2000 ODPS_ZLIB row 0'],
    tunneled: [
      ['2001', 'ODPS_ZLIB row 1'],
      ['2000', 'ODPS_ZLIB row 0'],
    ],
    succeeded: true,
    v4: true,
    missing: [false, false],
    tables: ['columnar', 'delta', 'kinds', 'parts', 'squeezed', 'streamed'],
    errors: [
      'TunnelException NoSuchTable',
      'TunnelException NoSuchPartition',
      'TunnelException MissingPartitionSpec',
      'TunnelException NoSuchUpload',
      'OdpsException ODPS-0130131',
      'OdpsException ODPS-0130161',
      'OdpsException ODPS-0410042',
      'NoSuchObjectException NoSuchTable',
      'TunnelException InvalidArgument',
    ],
  });
});
