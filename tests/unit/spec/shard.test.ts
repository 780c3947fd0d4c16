import test from 'ava';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {parseShard, shardOf, shareOfTask} from '../../../runtime/spec/shard.ts';
import {selectTable} from '../../../runtime/source/selection.ts';
import {minimalTask, taskWith} from '../../support/taskInput.ts';

test('the share of a table hangs on its name and the number of shares alone, for ever', t => {
  t.deepEqual(
    ['orders', 'lines', 'visits', 'users'].map(table => shardOf('shop', table, 4)),
    [3, 2, 0, 0],
  );
  t.is(shardOf('shop', 'Orders', 7), shardOf('SHOP', 'orders', 7));
});

test('many tables spread over the shares, none in two and none in none', t => {
  const {task} = parseTask({...minimalTask(), objects: [{database: 'shop', tables: ['*']}]});
  const tables = Array.from({length: 1000}, (_, i) => `t${i}`);
  const shares = [0, 1, 2, 3].map(index => shareOfTask(task!, {index, count: 4}));
  const sizes = shares.map(
    ({objects}) => tables.filter(table => selectTable(objects, 'shop', table) !== null).length,
  );
  t.is(
    sizes.reduce((sum, size) => sum + size, 0),
    1000,
  );
  for (const size of sizes) t.true(size > 200 && size < 300, String(sizes));
});

test('a share is nobody else: its name is no task’s, and its server id its own', t => {
  const {task} = parseTask(taskWith(['source', 'serverId'], 4_294_967_295));
  const [first, second] = [0, 1].map(index => shareOfTask(task!, {index, count: 2}));
  t.is(first!.name, `${task!.name}/0`);
  t.deepEqual([first!.source.serverId, second!.source.serverId], [4_294_967_295, 1]);
});

test('a share reads index/count, and nothing else', t => {
  t.deepEqual(parseShard('2/4'), {index: 2, count: 4});
  for (const text of ['4/4', '0/0', '0/33', '-1/4', '1', 'a/b', '1/4 '])
    t.is(parseShard(text), null);
});
