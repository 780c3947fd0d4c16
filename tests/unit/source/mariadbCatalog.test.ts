import test from 'ava';
import {mariadbDefault, mariadbOwnType} from '../../../runtime/source/mariadbCatalog.ts';

test('a default of MariaDB is a constant, nothing, or an expression', t => {
  const constant = (printed: string | null) => mariadbDefault(printed).defaultText;
  t.is(constant("'it''s'"), "it's");
  t.is(constant("'NULL'"), 'NULL');
  t.is(constant('NULL'), null);
  t.is(constant(null), null);
  t.is(constant('-1.50'), '-1.50');
  t.is(constant("b'101'"), "b'101'");
  t.is(constant('uuid()'), null);
  for (const printed of ['uuid()', 'current_timestamp()', "concat('a','b')", '(5 + 1)'])
    t.is(mariadbDefault(printed).defaultExpression, printed);
});

test('a column that is marked by a comment has a type of its own', t => {
  t.is(mariadbOwnType('varchar(50) /*M!100301 COMPRESSED*/', 'varchar'), 'varchar compressed');
  t.is(mariadbOwnType('datetime /* mariadb-5.3 */', 'datetime'), 'datetime mariadb-5.3');
  t.is(mariadbOwnType('varchar(50)', 'varchar'), null);
});
