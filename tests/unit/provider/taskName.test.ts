import test from 'ava';
import {taskNamePattern} from '../../../runtime/spec/limits.ts';
import {defaultTaskName} from '../../../provider/taskName.ts';

test('the default name is project, stack and resource', t => {
  t.is(defaultTaskName('quickstart', 'dev', 'shop'), 'quickstart-dev-shop');
});

test('characters that a name cannot hold become one dash', t => {
  t.is(defaultTaskName('My Shop!', 'a/b', 'über_x'), 'my-shop-a-b-ber-x');
});

test('every default name is inside the pattern, long ones keep apart by a hash', t => {
  const long = 'x'.repeat(70);
  const names = [
    defaultTaskName('9lives', 'dev', 'a'),
    defaultTaskName('日本', '日本', '日本'),
    defaultTaskName(long, 'dev', 'a'),
    defaultTaskName(long, 'dev', 'b'),
  ];
  for (const name of names) t.regex(name, taskNamePattern);
  t.is(new Set(names).size, names.length);
});
