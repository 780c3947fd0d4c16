// The README's first command, as a user runs it: twice, then down. It compares every row itself and fails on a difference.
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {cacheDir, checkoutDir, isAlive} from '../../scripts/setup/cache.mjs';
import {finish} from '../../scripts/setup/command.mjs';
import {runningServer} from '../../scripts/setup/mysqlServer.mjs';

interface Connection {
  mysql: {password: string};
  target: {accessKeySecret: string};
  pid: number;
  writerPid: number;
  stateDir: string;
}

test('the quick start shows load, following, proof and edit, runs twice, and leaves nothing after --down', async t => {
  t.timeout(15 * 60_000);
  const name = `quickstart-${process.pid}`;
  const home = mkdtempSync(join(tmpdir(), 'synctask-quickstart-'));
  const env = {...process.env, SYNCTASK_QUICKSTART: name, XDG_STATE_HOME: home};
  const quickstart = (...args: string[]) =>
    finish([process.execPath, join(checkoutDir, 'scripts/quickstart.mjs'), ...args], {env});
  t.teardown(async () => {
    await quickstart('--down');
    rmSync(home, {recursive: true, force: true});
  });

  const first = await quickstart();
  const text = `${first.stdout}${first.stderr}`;
  t.is(first.code, 0, text);
  const orders = text.match(/orders +\d+ rows: equal/g) ?? [];
  t.is(orders.length, 2, 'compared before and after the edit');
  t.regex(text, /reviews +\d+ rows: equal/);

  const file = join(cacheDir, name, 'connection.json');
  t.is(statSync(file).mode & 0o777, 0o600);
  const connection = JSON.parse(readFileSync(file, 'utf8')) as Connection;
  t.true(isAlive(connection.pid));
  t.true(isAlive(connection.writerPid));
  for (const secret of [connection.mysql.password, connection.target.accessKeySecret])
    t.deepEqual(filesWith(secret, [join(cacheDir, name, 'state'), connection.stateDir]), []);

  const second = await quickstart();
  t.is(second.code, 0, `${second.stdout}${second.stderr}`);
  t.regex(second.stdout.toString(), /unchanged/);

  const down = await quickstart('--down');
  t.is(down.code, 0, `${down.stdout}${down.stderr}`);
  t.false(existsSync(join(cacheDir, name)));
  t.is(runningServer(name), null);
  t.false(isAlive(connection.pid));
  t.false(isAlive(connection.writerPid));
});

/** Files below the folders whose bytes hold `text`. */
function filesWith(text: string, folders: string[]): string[] {
  return folders.flatMap(folder =>
    readdirSync(folder, {recursive: true})
      .map(path => join(folder, String(path)))
      .filter(path => statSync(path).isFile() && readFileSync(path).includes(text)),
  );
}
