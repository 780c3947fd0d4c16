import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {openLog, silentLog} from '../../../runtime/base/log.ts';
import {rememberSecret} from '../../../runtime/base/secretTexts.ts';

function written(write: (log: ReturnType<typeof openLog>) => void): string {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-log-'));
  try {
    const path = join(dir, 'deep', 'runtime.log');
    write(openLog(path));
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(dir, {recursive: true});
  }
}

test('an entry is one line of JSON with the time, written at once', t => {
  const text = written(log => log.info({table: 'orders'}, 'loaded'));
  const entry = JSON.parse(text) as Record<string, unknown>;
  t.like(entry, {level: 30, table: 'orders', msg: 'loaded'});
  t.false(Number.isNaN(Date.parse(entry['time'] as string)));
  t.is(text.split('\n').length, 2);
});

test('secrets are hidden by key at three levels', t => {
  const text = written(log =>
    log.info({password: 's1', a: {token: 's2', b: {accessKeySecret: 's3'}}}, 'x'),
  );
  t.notRegex(text, /s1|s2|s3/);
});

test('a remembered secret is hidden wherever a library puts it', t => {
  rememberSecret('in-a-message');
  const text = written(log => log.error({err: new Error('login in-a-message refused')}, 'x'));
  t.false(text.includes('in-a-message'));
  t.regex(text, /login \[secret\] refused/);
});

test('the silent log takes everything and writes nothing', t => {
  t.notThrows(() => silentLog().error('x'));
});
