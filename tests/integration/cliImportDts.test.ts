import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {commandLine} from '../support/cliProcess.ts';

test('import-dts prints objects on stdout and what it left out on stderr, and refuses other files', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-dts-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  const write = (name: string, value: unknown) => {
    writeFileSync(join(dir, name), JSON.stringify(value));
    return join(dir, name);
  };
  const {run} = commandLine(t);
  const list = {shop: {name: 'x', all: false, Table: {orders: {name: 'orders', all: true}}}};
  const {code, stdout, stderr} = await run(['import-dts', write('list.json', list)]);
  t.is(code, 0, stderr);
  t.deepEqual(JSON.parse(stdout), {objects: [{database: 'shop', tables: ['orders']}]});
  t.regex(stderr, /^shop\.name: x is left out/);
  t.regex(stderr, /1 databases, 1 tables or patterns, 1 notes/);
  const refused = await run(['import-dts', write('wrong.json', [1])]);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /SYNC1003/);
});
