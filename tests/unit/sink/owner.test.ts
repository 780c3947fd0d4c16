import test from 'ava';
import {formatOwner, parseOwner} from '../../../runtime/sink/owner.ts';

test('an owner mark reads back, also when the uid holds colons', t => {
  const owner = {uid: 'a:b', generation: 2, epoch: 7};
  t.is(formatOwner(owner), 'a:b:2:7');
  t.deepEqual(parseOwner('a:b:2:7'), owner);
  t.is(parseOwner('none'), null);
});
