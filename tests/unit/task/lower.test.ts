import test from 'ava';
import {lower} from '../../../runtime/task/follow.ts';

const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const at = (gtidSet: string, file = 'binlog.000001', offset = 4) => ({
  epoch: 1,
  serverUuid: uuid,
  gtidSet,
  file,
  offset,
  fingerprint: null,
});

test('of two positions the one that comes first is taken', t => {
  const [early, late] = [at(`${uuid}:1-5`), at(`${uuid}:1-9`)];
  t.is(lower(early, late), early);
  t.is(lower(late, early), early);
  const [before, after] = [at('', 'binlog.000009', 700), at('', 'binlog.000010', 4)];
  t.is(lower(after, before), before);
});

test('where neither comes first, reading goes on from what both have', t => {
  const common = lower(at(`${uuid}:1-5:8`), at(`${uuid}:1-6`));
  t.like(common, {gtidSet: `${uuid}:1-5`, file: '', offset: 0, fingerprint: null});
});
