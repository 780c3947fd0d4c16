import test from 'ava';
import {
  allowNullSql,
  changeTypeSql,
  commentColumnSql,
  commentTableSql,
  dropColumnsSql,
  isWidening,
  lifecycleSql,
  renameColumnSql,
} from '../../../runtime/sink/alterTable.ts';

const column = (type: string) => ({name: 'order', type, comment: '', nullable: true});

test('every change quotes its names and texts', t => {
  t.is(renameColumnSql('t', 'a', 'order'), 'ALTER TABLE `t` CHANGE COLUMN `a` RENAME TO `order`');
  t.is(dropColumnsSql('t', ['a', 'order']), 'ALTER TABLE `t` DROP COLUMNS `a`, `order`');
  t.is(
    changeTypeSql('t', column('INT'), 'bigint'),
    'ALTER TABLE `t` CHANGE `order` `order` BIGINT',
  );
  t.is(allowNullSql('t', 'a'), 'ALTER TABLE `t` CHANGE COLUMN `a` NULL');
  t.is(commentColumnSql('t', 'a', "it's"), "ALTER TABLE `t` CHANGE COLUMN `a` COMMENT 'it\\'s'");
  t.is(commentTableSql('t', 'x'), "ALTER TABLE `t` SET COMMENT 'x'");
  t.is(lifecycleSql('t', 30), 'ALTER TABLE `t` SET LIFECYCLE 30');
});

test('a new name is checked before anything is sent', t => {
  t.throws(() => renameColumnSql('t', 'a', '1a'), {message: /SYNC4024/});
  t.throws(() => renameColumnSql('t', 'a', 'a'.repeat(129)), {message: /SYNC4024/});
});

test('a type that cannot hold every value is SYNC4046', t => {
  const error = t.throws(() => changeTypeSql('t', column('BIGINT'), 'INT'), {message: /SYNC4046/});
  t.regex(error.message, /t\.order is BIGINT/);
});

const widens = test.macro<[string, string, boolean]>({
  exec: (t, from, to, is) => t.is(isWidening(from, to), is),
  title: (_, from, to, is) => `${from} ${is ? 'widens' : 'does not widen'} to ${to}`,
});

test(widens, 'TINYINT', 'SMALLINT', true);
test(widens, 'SMALLINT', 'BIGINT', true);
test(widens, 'BIGINT', 'INT', false);
test(widens, 'INT', 'INT', false);
test(widens, 'INT', 'DECIMAL(10,0)', true);
test(widens, 'BIGINT', 'DECIMAL(19,2)', false);
test(widens, 'BIGINT', 'DECIMAL', true);
test(widens, 'BIGINT', 'STRING', true);
test(widens, 'FLOAT', 'DOUBLE', true);
test(widens, 'DOUBLE', 'FLOAT', false);
test(widens, 'DECIMAL(12,2)', 'DECIMAL(14,4)', true);
test(widens, 'DECIMAL(12,2)', 'DECIMAL(12,4)', false);
test(widens, 'DECIMAL(12,2)', 'STRING', true);
test(widens, 'CHAR(5)', 'VARCHAR(5)', true);
test(widens, 'VARCHAR(10)', 'VARCHAR(9)', false);
test(widens, 'VARCHAR(10)', 'STRING', true);
test(widens, 'DATE', 'STRING', false);
test(widens, 'ARRAY<INT>', 'ARRAY<BIGINT>', false);
