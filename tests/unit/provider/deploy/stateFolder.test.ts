import {existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {
  prepareFolder,
  readDeployed,
  removeFolder,
  writeTask,
} from '../../../../provider/deploy/stateFolder.ts';

function temporary(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-folder-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  return dir;
}

test('a folder that we made goes as a whole, its task file is for its owner only', t => {
  const dir = join(temporary(t), 'a', 'b');
  prepareFolder(dir, 'shop');
  writeTask(dir, {name: 'shop'});
  t.is(statSync(join(dir, 'task.json')).mode & 0o777, 0o600);
  t.is(statSync(dir).mode & 0o777, 0o700);
  t.deepEqual(readDeployed(dir), {task: 'shop', folder: 'made'});
  removeFolder(dir);
  t.false(existsSync(dir));
});

test('a folder that was there empty stays, and is empty again', t => {
  const dir = temporary(t);
  prepareFolder(dir, 'shop');
  writeFileSync(join(dir, 'ledger.db'), '');
  prepareFolder(dir, 'shop');
  removeFolder(dir);
  t.deepEqual(readdirSync(dir), []);
});

test('what was in a folder before is never removed', t => {
  const dir = temporary(t);
  writeFileSync(join(dir, 'mine.txt'), '');
  prepareFolder(dir, 'shop');
  writeTask(dir, {});
  removeFolder(dir);
  t.deepEqual(readdirSync(dir), ['mine.txt']);
});

test('a folder that no deployment marked is left alone', t => {
  const dir = temporary(t);
  writeFileSync(join(dir, 'task.json'), '{}');
  removeFolder(dir);
  t.deepEqual(readdirSync(dir), ['task.json']);
});
