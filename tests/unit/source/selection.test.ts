import test from 'ava';
import {helperTableOf, selectDatabases, selectTable} from '../../../runtime/source/selection.ts';

const select = (tables: Array<string | {name: string}>, table: string, exclude: string[] = []) =>
  selectTable([{database: 'd', tables, exclude}], 'd', table)?.tableIndex ?? null;

const matches = test.macro<[string, string[], string[]]>({
  exec: (t, pattern, yes, no) => {
    for (const name of yes) t.is(select([pattern], name), 0, name);
    for (const name of no) t.is(select([pattern], name), null, name);
  },
  title: (_, pattern) => `the pattern ${pattern}`,
});
test(matches, 'orders', ['orders'], ['Orders', 'orders2', 'order']);
test(matches, '*', ['a', 'ünïcode', 'with space', 'a.b'], []);
test(matches, '*_2026', ['log_2026', '_2026'], ['log_2026x', 'log_2025']);
test(matches, 'a?c', ['abc', 'a€c', 'a😀c'], ['ac', 'abbc']);
test(matches, 't[0-9]', ['t0', 't9'], ['ta', 't', 't10']);
test(matches, 't[!0-9]', ['ta'], ['t0']);
test(matches, 'a.b*', ['a.b', 'a.bc'], ['axb']);
test(matches, '(x)*', ['(x)', '(x)y'], ['x']);
test(matches, '/^log_\\d+$/', ['log_1', 'log_22'], ['log_', 'xlog_1']);
test(matches, '/log/', ['catalogue', 'log'], ['lag']);

test('a plain name wins over a pattern before it, and then the first pattern counts', t => {
  t.is(select(['*', {name: 'users'}], 'users'), 1);
  t.is(select(['u*', '*s'], 'users'), 0);
  t.is(select(['x*', '*s'], 'users'), 1);
});

test('what is excluded is not selected, by name or by pattern', t => {
  t.is(select(['*'], 'a', ['a']), null);
  t.is(select(['*', 'tmp_1'], 'tmp_1', ['tmp_*']), null);
  t.is(select(['*'], 'b', ['a']), 0);
});

test('patterns never mean helper tables of online schema changes; their own names do', t => {
  for (const name of ['_orders_gho', '_orders_ghc', '_orders_del', '_orders_new', '__orders_old']) {
    t.is(select(['*', '/.*/'], name), null, name);
    t.is(select(['*', name], name), 1, name);
    t.is(helperTableOf(name), 'orders');
  }
  t.is(select(['*'], 'orders_new'), 0);
  t.is(helperTableOf('orders_new'), null);
});

test('entries of several objects are tried in order, in their own database only', t => {
  const objects = [
    {database: 'a', tables: ['*'], exclude: ['skipped']},
    {database: 'b', tables: ['*'], exclude: []},
    {database: 'a', tables: ['x', 'skipped'], exclude: []},
  ];
  t.deepEqual(selectTable(objects, 'a', 'y'), {objectIndex: 0, tableIndex: 0});
  t.deepEqual(selectTable(objects, 'a', 'x'), {objectIndex: 2, tableIndex: 0});
  t.deepEqual(selectTable(objects, 'a', 'skipped'), {objectIndex: 2, tableIndex: 1});
  t.deepEqual(selectTable(objects, 'b', 'x'), {objectIndex: 1, tableIndex: 0});
  t.is(selectTable(objects, 'c', 'x'), null);
});

test('a database may be a pattern, which never means those of the server; one named plainly wins', t => {
  const objects = [
    {database: 'shop_*', tables: ['*'], exclude: ['tmp']},
    {database: '/^(mysql|sys|crm)$/', tables: ['*'], exclude: []},
    {database: 'shop_1', tables: ['orders'], exclude: []},
  ];
  t.is(selectTable(objects, 'shop_1', 'orders')?.objectIndex, 2);
  t.is(selectTable(objects, 'shop_1', 'items')?.objectIndex, 0);
  t.is(selectTable(objects, 'shop_2', 'tmp'), null);
  t.is(selectTable(objects, 'crm', 'a')?.objectIndex, 1);
  t.is(selectTable(objects, 'mysql', 'user'), null);
  const names = ['crm', 'mysql', 'other', 'shop_1', 'shop_x', 'sys'];
  t.deepEqual(selectDatabases(objects, names), ['crm', 'shop_1', 'shop_x']);
});
