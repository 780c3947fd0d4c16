// PyODPS, unmodified, in some hundred cases: tests/support/pyodps/*.py, each file a program on an endpoint of its own.
import {readFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {runPyodps} from '../support/pyodps.ts';

const passes = test.macro<[file: string, casesMin: number]>({
  exec: async (t, file, casesMin) => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-conformance-'));
    const key = {accessKeyId: 'pyodpsId', accessKeySecret: 'pyodps/Secret+1'};
    await using endpoint = await startEndpoint({dataDir, port: 0, project: 'local', ...key});
    t.teardown(() => rm(dataDir, {recursive: true, force: true}));
    const program = ['kit.py', file]
      .map(name => readFileSync(new URL(`../support/pyodps/${name}`, import.meta.url), 'utf8'))
      .concat('run_cases()\n')
      .join('\n');
    const printed = await runPyodps(t, program, {
      ODPS_ID: key.accessKeyId,
      ODPS_SECRET: key.accessKeySecret,
      ODPS_ENDPOINT: endpoint.endpoint,
    });
    if (printed === null) return t.pass();
    const found = JSON.parse(printed) as {cases: number; failed: Record<string, string>};
    t.deepEqual(found.failed, {});
    t.true(found.cases >= casesMin, `${found.cases} cases`);
  },
  title: (_, file) => `PyODPS finds what it expects in every case of ${file}`,
});

test(passes, 'tables.py', 20);
test(passes, 'tunnel.py', 20);
test(passes, 'sql.py', 11);
test(passes, 'more.py', 10);
