import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {identify, lives} from '../../../../provider/deploy/processIdentity.ts';

test('a process is known by its start, not by its number alone', t => {
  const self = identify(process.pid)!;
  t.true(lives(self));
  t.false(lives({...self, started: 'before the number was used again'}));
});

test('a process that has ended lives no more', async t => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const identity = identify(child.pid!)!;
  t.true(lives(identity));
  child.kill();
  await once(child, 'exit');
  t.false(lives(identity));
  t.false(lives(null));
});
