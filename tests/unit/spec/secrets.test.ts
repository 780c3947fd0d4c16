import test from 'ava';
import {hideSecrets} from '../../../runtime/base/secretTexts.ts';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {resolveSecrets} from '../../../runtime/spec/secrets.ts';
import {minimalTask, taskWith} from '../../support/taskInput.ts';

const task = parseTask(minimalTask()).task!;

test('a secret is a text, or what its variable holds', t => {
  t.deepEqual(resolveSecrets(task, {DB_PASSWORD: 'from-the-environment'}), {
    sourcePassword: 'from-the-environment',
    sourceTlsKey: null,
    targetAccessKeySecret: 'secret',
    targetSecurityToken: null,
  });
});

test('a variable that is not set is SYNC1004, with path and name', t => {
  const error = t.throws(() => resolveSecrets(task, {}), {code: 'SYNC1004'});
  t.regex(error.message, /sourcePassword names the environment variable DB_PASSWORD/);
});

test('a source without a password has the empty one', t => {
  const {task: open} = parseTask(taskWith(['sourcePassword'], undefined));
  t.is(resolveSecrets(open!, {}).sourcePassword, '');
});

test('what was resolved is hidden from then on', t => {
  resolveSecrets(task, {DB_PASSWORD: 'never-seen-again'});
  t.is(hideSecrets('Access denied: never-seen-again'), 'Access denied: [secret]');
});
