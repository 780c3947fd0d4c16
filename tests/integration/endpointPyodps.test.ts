import {readFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {runPyodps} from '../support/pyodps.ts';

const program = readFileSync(new URL('../support/endpointPyodps.py', import.meta.url), 'utf8');

test('PyODPS, unmodified, makes, writes, reads and queries tables', async t => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-pyodps-'));
  const key = {accessKeyId: 'pyodpsId', accessKeySecret: 'pyodps/Secret+1'};
  await using endpoint = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
  t.teardown(() => rm(dataDir, {recursive: true, force: true}));
  const printed = await runPyodps(t, program, {
    ODPS_ID: key.accessKeyId,
    ODPS_SECRET: key.accessKeySecret,
    ODPS_ENDPOINT: endpoint.endpoint,
  });
  if (printed === null) return t.pass();
  t.deepEqual(JSON.parse(printed), {
    written: {none: true, deflate: true},
    tunnel: [
      ['näme 0', '-1.000000000000000000', '1999-12-31'],
      ['näme 1', '-1.000000000000000001', '1999-12-31'],
    ],
    csv: '"id","name","at"\n\\N,\\N,\\N\n1,"näme 1",2020-01-01 12:30:01\n',
    partitions: ["dt='2020',hh='1'", "dt='x',hh='7'"],
    exist: [true, false],
    partition: [
      [11, 'x', 'x', '7'],
      [12, null, 'x', '7'],
    ],
    grouped: [['2020', 1, 2, 3]],
    schema: [
      ['a', 'BIGINT', ''],
      ['b', 'STRING', ''],
      ['c', 'DECIMAL(20,2)', 'later'],
      ['dt', 'STRING', ''],
      ['hh', 'BIGINT', ''],
    ],
    tables: ['kinds', 'parts'],
    missing: [false, false],
    errors: ['NoSuchTable', 'ParseError', 'NoSuchTable', 'SignatureNotMatch', null],
    dropped: false,
    is_delta: true,
    progress: true,
    delta: [[99, 4941]],
    upserted: [
      [6, 'n6', 3],
      [7, 'again', null],
      [8, null, 1.5],
      [10, 'n10', 5],
    ],
  });
});
