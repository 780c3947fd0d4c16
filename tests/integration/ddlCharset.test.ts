// Schema changes by clients of other character sets than UTF-8: names and texts of their statements are what the server
// read, and none of their bytes is taken for a quote.
import test from 'ava';
import {World} from '../support/world.ts';

test('statements of latin1 and gbk clients are followed by the names that they mean', async t => {
  const columns = '(id INT PRIMARY KEY, e INT, c INT)';
  await using world = await World.open(t, {
    setup: ['a', '`t é`', '`b乣`'].map(table => `CREATE TABLE ${table} ${columns}`),
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  const latin1 = await world.database.connect({charset: 'LATIN1_SWEDISH_CI'});
  const gbk = await world.database.connect({charset: 'GBK_CHINESE_CI'});
  await world.mysql.query('INSERT INTO a VALUES (1, 2, 3)');
  await latin1.query("ALTER TABLE `t é` ADD COLUMN v VARCHAR(9) COMMENT 'é', RENAME COLUMN e TO f");
  await world.mysql.query("INSERT INTO `t é` VALUES (1, 2, 3, 'é')");
  await gbk.query("ALTER TABLE `b乣` ADD COLUMN v VARCHAR(9) COMMENT '乗', RENAME COLUMN c TO g");
  await world.mysql.query("INSERT INTO `b乣` VALUES (1, 2, 3, '乗')");
  await latin1.query('RENAME TABLE `t é` TO `swap é`, a TO `t é`, `swap é` TO a');
  await world.mysql.query('INSERT INTO `t é` VALUES (2, 3, 4)');
  await world.mysql.query("INSERT INTO a VALUES (2, 3, 4, 'a')");
  await world.caughtUp(runtime);
  await world.equal('t é', 't__');
  await world.equal('a');
  await world.equal('b乣', 'b_');
  await world.stop(runtime);
});
