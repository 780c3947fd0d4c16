// Wrong task files, objects and tables: each is answered with exactly its own field, value, cause and fix.
import test from 'ava';
import {answered} from '../../support/wrongTask.ts';

test(
  answered,
  'no objects',
  {objects: undefined},
  {
    where: 'objects',
    observed: null,
    cause: 'objects: is required.',
    fix: 'Add objects; it has no default.',
  },
);
test(
  answered,
  'an empty list of objects',
  {objects: []},
  {
    where: 'objects',
    observed: 'an empty list',
    cause: 'objects: must have at least 1 entry; it is an empty list.',
    fix: 'Change objects: it must have at least 1 entry.',
  },
);
test(
  answered,
  'objects as in the old service',
  {objects: {shop: {name: 'shop'}}},
  {
    where: 'objects',
    observed: 'an object',
    cause: 'objects: must be a list; it is an object.',
    fix: 'Change objects: it must be a list.',
  },
);
test(
  answered,
  'an object without database',
  {'objects[0]': {tables: ['a']}},
  {
    where: 'objects[0].database',
    observed: null,
    cause: 'objects[0].database: is required.',
    fix: 'Add objects[0].database; it has no default.',
  },
);
test(
  answered,
  'a database with its table',
  {'objects[0].database': 'shop.orders'},
  {
    where: 'objects[0].database',
    observed: '"shop.orders"',
    cause:
      'objects[0].database: must be one name without a dot; the database is objects[].database; it is "shop.orders".',
    fix: 'Change objects[0].database: it must be one name without a dot; the database is objects[].database.',
  },
);
test(
  answered,
  'a database in backquotes',
  {'objects[0].database': '`shop`'},
  {
    where: 'objects[0].database',
    observed: '"`shop`"',
    cause: 'objects[0].database: must be written without backquotes; it is "`shop`".',
    fix: 'Change objects[0].database: it must be written without backquotes.',
  },
);
test(
  answered,
  'a prefix for many databases',
  {'objects[0]': {database: 'shop_*', as: 'x'}},
  {
    where: 'objects[0].as',
    observed: '"x"',
    cause:
      'objects[0].as: must hold $0 or $1, since shop_* may match more than one name; it is "x".',
    fix: 'Change objects[0].as: it must hold $0 or $1, since shop_* may match more than one name.',
  },
);
test(
  answered,
  'a table with its database',
  {'objects[0].tables': ['shop.orders']},
  {
    where: 'objects[0].tables[0]',
    observed: '"shop.orders"',
    cause:
      'objects[0].tables[0]: must be one name without a dot; the database is objects[].database; it is "shop.orders".',
    fix: 'Change objects[0].tables[0]: it must be one name without a dot; the database is objects[].database.',
  },
);
test(
  answered,
  'a table that is a number',
  {'objects[0].tables': [7]},
  {
    where: 'objects[0].tables[0]',
    observed: '7',
    cause: 'objects[0].tables[0]: must be an object; it is 7.',
    fix: 'Change objects[0].tables[0]: it must be an object.',
  },
);
test(
  answered,
  'an empty list of tables',
  {'objects[0].tables': []},
  {
    where: 'objects[0].tables',
    observed: 'an empty list',
    cause: 'objects[0].tables: must have at least 1 entry; it is an empty list.',
    fix: 'Change objects[0].tables: it must have at least 1 entry.',
  },
);
test(
  answered,
  'tables as one text',
  {'objects[0].tables': 'orders'},
  {
    where: 'objects[0].tables',
    observed: '"orders"',
    cause: 'objects[0].tables: must be a list; it is "orders".',
    fix: 'Write objects[0].tables as a list: ["orders"].',
  },
);
test(
  answered,
  'a misspelt key of a table',
  {'objects[0].tables[0].were': 'id > 1'},
  {
    code: 'SYNC1002',
    where: 'objects[0].tables[0].were',
    observed: null,
    cause: 'objects[0].tables[0].were is not a setting of a task.',
    fix: 'Write objects[0].tables[0].where instead of objects[0].tables[0].were; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'a rename under the word of the console',
  {'objects[0].tables[0].rename': 'x'},
  {
    code: 'SYNC1002',
    where: 'objects[0].tables[0].rename',
    observed: null,
    cause: 'objects[0].tables[0].rename is not a setting of a task.',
    fix: 'Write objects[].tables[].as instead of objects[0].tables[0].rename; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'a regular expression without its end',
  {'objects[0].tables[0].name': '/^log_'},
  {
    where: 'objects[0].tables[0].name',
    observed: '"/^log_"',
    cause: 'objects[0].tables[0].name: must end with / where it begins with /; it is "/^log_".',
    fix: 'Change objects[0].tables[0].name: it must end with / where it begins with /.',
  },
);
test(
  answered,
  'a regular expression that does not parse',
  {'objects[0].tables[0].name': '/log_(/'},
  {
    where: 'objects[0].tables[0].name',
    observed: '"/log_(/"',
    cause:
      'objects[0].tables[0].name: must be a regular expression: /log_(/u: Unterminated group; it is "/log_(/".',
    fix: 'Change objects[0].tables[0].name: it must be a regular expression: /log_(/u: Unterminated group.',
  },
);
test(
  answered,
  'a glob without its bracket',
  {'objects[0].tables[0].name': 'log_[0-9'},
  {
    where: 'objects[0].tables[0].name',
    observed: '"log_[0-9"',
    cause: 'objects[0].tables[0].name: must close the [ with a ]; it is "log_[0-9".',
    fix: 'Change objects[0].tables[0].name: it must close the [ with a ].',
  },
);
test(
  answered,
  'a table name of 65 letters',
  {
    'objects[0].tables[0].name':
      'ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt',
  },
  {
    where: 'objects[0].tables[0].name',
    observed: '"ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"',
    cause:
      'objects[0].tables[0].name: must have at most 64 characters, as names in MySQL have; it is "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt".',
    fix: 'Change objects[0].tables[0].name: it must have at most 64 characters, as names in MySQL have.',
  },
);
test(
  answered,
  'one target name for a pattern',
  {'objects[0].tables[0]': {name: 'log_*', as: 'logs'}},
  {
    where: 'objects[0].tables[0].as',
    observed: '"logs"',
    cause:
      'objects[0].tables[0].as: must hold $0 or $1, since log_* may match more than one name; it is "logs".',
    fix: 'Change objects[0].tables[0].as: it must hold $0 or $1, since log_* may match more than one name.',
  },
);
test(
  answered,
  'a place that the pattern does not fill',
  {'objects[0].tables[0]': {name: 'log_*', as: 'logs_$2'}},
  {
    where: 'objects[0].tables[0].as',
    observed: '"logs_$2"',
    cause:
      'objects[0].tables[0].as: must not ask for $2: log_* has 1 group or wildcard; it is "logs_$2".',
    fix: 'Change objects[0].tables[0].as: it must not ask for $2: log_* has 1 group or wildcard.',
  },
);
test(
  answered,
  'a place in the name of one table',
  {'objects[0].tables[0]': {name: 'orders', as: 'o_$1'}},
  {
    where: 'objects[0].tables[0].as',
    observed: '"o_$1"',
    cause:
      'objects[0].tables[0].as: must not hold $0 to $9, since orders is a plain name; it is "o_$1".',
    fix: 'Change objects[0].tables[0].as: it must not hold $0 to $9, since orders is a plain name.',
  },
);
test(
  answered,
  'a target name of 124 letters',
  {
    'objects[0].tables[0]': {
      name: 'orders',
      as: 'oooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo',
    },
  },
  {
    where: 'objects[0].tables[0].as',
    observed: '"ooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo…',
    cause:
      'objects[0].tables[0].as: must have at most 123 characters; it is "ooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo….',
    fix: 'Change objects[0].tables[0].as: it must have at most 123 characters.',
  },
);
test(
  answered,
  'an exclusion that does not parse',
  {'objects[0].exclude': ['/[/']},
  {
    where: 'objects[0].exclude[0]',
    observed: '"/[/"',
    cause:
      'objects[0].exclude[0]: must be a regular expression: /[/u: Unterminated character class; it is "/[/".',
    fix: 'Change objects[0].exclude[0]: it must be a regular expression: /[/u: Unterminated character class.',
  },
);
test(
  answered,
  'exclusions as one text',
  {'objects[0].exclude': 'tmp_*'},
  {
    where: 'objects[0].exclude',
    observed: '"tmp_*"',
    cause: 'objects[0].exclude: must be a list; it is "tmp_*".',
    fix: 'Write objects[0].exclude as a list: ["tmp_*"].',
  },
);
test(
  answered,
  'a table selected twice',
  {'objects[0].tables': ['orders', {name: 'orders', where: 'id > 1'}]},
  {
    where: 'objects[0].tables[1]',
    observed: 'an object',
    cause:
      'objects[0].tables[1]: selects shop.orders, which objects[0].tables[0] selects already; it is an object.',
    fix: 'Remove objects[0].tables[1] or objects[0].tables[0].',
  },
);
test(
  answered,
  'a database selected twice',
  {objects: [{database: 'shop'}, {database: 'shop'}]},
  {
    where: 'objects[1].tables[0]',
    observed: null,
    cause: 'objects[1].tables[0]: selects shop.*, which objects[0].tables[0] selects already.',
    fix: 'Remove objects[1].tables[0] or objects[0].tables[0].',
  },
);
test(
  answered,
  'two tables under one target name',
  {'objects[0].tables': ['orders', {name: 'orders_old', as: 'Orders'}]},
  {
    where: 'objects[0].tables[1].as',
    observed: '"Orders"',
    cause:
      'objects[0].tables[1].as: gives the target name orders, which objects[0].tables[0] has already; it is "Orders".',
    fix: 'Set another `as` at objects[0].tables[1], or at objects[0].',
  },
);
test(
  answered,
  'tables of two databases under one name',
  {
    objects: [
      {database: 'a', tables: ['t']},
      {database: 'b', tables: ['t']},
    ],
  },
  {
    where: 'objects[1].tables[0]',
    observed: '"t"',
    cause:
      'objects[1].tables[0]: gives the target name t, which objects[0].tables[0] has already; it is "t".',
    fix: 'Set another `as` at objects[1].tables[0], or at objects[1].',
  },
);
