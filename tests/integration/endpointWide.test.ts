// Rows of many KiB: DuckDB holds thousands of them at once when it writes a table's part anew.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {columnsOf, commit, key, openUpload, putBlock, sql, stream} from '../support/tunnel.ts';

const rowsPerCommit = 20;
const commits = 24;
const valueBytes = 300_000;

test('wide rows in small commits are all there, after a restart as well', async t => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-wide-'));
  t.teardown(() => rm(dataDir, {recursive: true, force: true}));
  const options = {dataDir, port: 0, project: 'local', ...key};
  const {endpoint, close} = await startEndpoint(options);
  const columns = columnsOf({a: 'bigint', s: 'string'});
  for (const table of ['t', 'u']) await sql(endpoint, `CREATE TABLE ${table} (a BIGINT, s STRING)`);
  for (let i = 0; i < commits; i++) {
    const table = i % 2 === 0 ? 't' : 'u';
    const id = await openUpload(endpoint, table);
    const rows = Array.from({length: rowsPerCommit}, (_, j) => {
      const a = BigInt(i * rowsPerCommit + j);
      return [a, String.fromCodePoint(97 + (j % 26)).repeat(valueBytes + i)];
    });
    t.is((await putBlock(endpoint, table, id, 0, stream(columns, rows))).status, 200);
    t.is((await commit(endpoint, table, id)).status, 200, `commit ${i}`);
  }
  const count =
    'SELECT COUNT(*) AS n, COUNT(DISTINCT a) AS d, MIN(LENGTH(s)) AS l FROM (SELECT * FROM t UNION ALL SELECT * FROM u) x';
  const due = `"n","d","l"\n${commits * rowsPerCommit},${commits * rowsPerCommit},${valueBytes}\n`;
  t.is(await sql(endpoint, count), due);
  await close();
  const again = await startEndpoint(options);
  t.teardown(() => again.close());
  t.is(await sql(again.endpoint, count), due);
});
