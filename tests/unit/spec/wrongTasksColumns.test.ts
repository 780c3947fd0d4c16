// Wrong task files, operations, columns and their values: each is answered with exactly its own field, value, cause and fix.
import test from 'ava';
import {answered} from '../../support/wrongTask.ts';

test(
  answered,
  'an empty filter',
  {'objects[0].tables[0].where': ''},
  {
    where: 'objects[0].tables[0].where',
    observed: '""',
    cause: 'objects[0].tables[0].where: must not be empty; it is "".',
    fix: 'Change objects[0].tables[0].where: it must not be empty.',
  },
);
test(
  answered,
  'no operation',
  {'objects[0].tables[0].operations': []},
  {
    where: 'objects[0].tables[0].operations',
    observed: 'an empty list',
    cause: 'objects[0].tables[0].operations: must have at least 1 entry; it is an empty list.',
    fix: 'Change objects[0].tables[0].operations: it must have at least 1 entry.',
  },
);
test(
  answered,
  'an operation in capitals',
  {'objects[0].tables[0].operations': ['INSERT']},
  {
    where: 'objects[0].tables[0].operations[0]',
    observed: '"INSERT"',
    cause:
      'objects[0].tables[0].operations[0]: must be one of insert, update, delete; it is "INSERT".',
    fix: "Write objects[0].tables[0].operations[0]: 'insert'.",
  },
);
test(
  answered,
  'operations as letters',
  {'objects[0].tables[0].operations': 'i,u,d'},
  {
    where: 'objects[0].tables[0].operations',
    observed: '"i,u,d"',
    cause: 'objects[0].tables[0].operations: must be a list; it is "i,u,d".',
    fix: 'Write objects[0].tables[0].operations as a list: ["i","u","d"].',
  },
);
test(
  answered,
  'an operation named twice',
  {'objects[0].tables[0].operations': ['insert', 'insert']},
  {
    where: 'objects[0].tables[0].operations',
    observed: 'a list',
    cause: 'objects[0].tables[0].operations: must not name an operation twice; it is a list.',
    fix: 'Change objects[0].tables[0].operations: it must not name an operation twice.',
  },
);
test(
  answered,
  'a schema change that is none',
  {'objects[0].tables[0].ddl': ['addColumn']},
  {
    where: 'objects[0].tables[0].ddl[0]',
    observed: '"addColumn"',
    cause:
      'objects[0].tables[0].ddl[0]: must be one of add-column, drop-column, rename-column, modify-column, change-key, change-partition, rename-table, truncate-table, drop-table, create-table; it is "addColumn".',
    fix: "Write objects[0].tables[0].ddl[0]: 'add-column'.",
  },
);
test(
  answered,
  'schema changes under a word that is none',
  {'objects[0].tables[0].ddl': 'some'},
  {
    where: 'objects[0].tables[0].ddl',
    observed: '"some"',
    cause:
      'objects[0].tables[0].ddl: must be all, none, or a list of add-column, drop-column, rename-column, modify-column, change-key, change-partition, rename-table, truncate-table, drop-table, create-table; it is "some".',
    fix: 'Change objects[0].tables[0].ddl: it must be all, none, or a list of add-column, drop-column, rename-column, modify-column, change-key, change-partition, rename-table, truncate-table, drop-table, create-table.',
  },
);
test(
  answered,
  'include with exclude',
  {'objects[0].tables[0].columns': {include: ['a'], exclude: ['b']}},
  {
    where: 'objects[0].tables[0].columns.exclude',
    observed: 'a list',
    cause:
      'objects[0].tables[0].columns.exclude: must not be given beside include; keep one of them; it is a list.',
    fix: 'Change objects[0].tables[0].columns.exclude: it must not be given beside include; keep one of them.',
  },
);
test(
  answered,
  'no column at all',
  {'objects[0].tables[0].columns': {include: []}},
  {
    where: 'objects[0].tables[0].columns.include',
    observed: 'an empty list',
    cause: 'objects[0].tables[0].columns.include: must have at least 1 entry; it is an empty list.',
    fix: 'Change objects[0].tables[0].columns.include: it must have at least 1 entry.',
  },
);
test(
  answered,
  'two columns under one name',
  {'objects[0].tables[0].columns': {rename: {a: 'x', b: 'X'}}},
  {
    where: 'objects[0].tables[0].columns.rename.b',
    observed: '"X"',
    cause:
      'objects[0].tables[0].columns.rename.b: must not be the name that a gets already; it is "X".',
    fix: 'Change objects[0].tables[0].columns.rename.b: it must not be the name that a gets already.',
  },
);
test(
  answered,
  'a column renamed to an additional one',
  {'objects[0].tables[0].columns': {rename: {a: 'new_dts_sync_record_id'}}},
  {
    where: 'objects[0].tables[0].columns.rename.a',
    observed: '"new_dts_sync_record_id"',
    cause:
      'objects[0].tables[0].columns.rename.a: is the name of an additional column of `_log`; it is "new_dts_sync_record_id".',
    fix: 'Rename it to another name, or choose the other naming.additionalColumns.',
  },
);
test(
  answered,
  'a renamed column that is left out',
  {'objects[0].tables[0].columns': {exclude: ['a'], rename: {a: 'b'}}},
  {
    where: 'objects[0].tables[0].columns.rename.a',
    observed: '"b"',
    cause:
      'objects[0].tables[0].columns.rename.a: must not be given for a column that is left out; it is "b".',
    fix: 'Change objects[0].tables[0].columns.rename.a: it must not be given for a column that is left out.',
  },
);
test(
  answered,
  'a type of a column that is left out',
  {'objects[0].tables[0].columns': {include: ['b'], types: {a: 'STRING'}}},
  {
    where: 'objects[0].tables[0].columns.types.a',
    observed: '"STRING"',
    cause:
      'objects[0].tables[0].columns.types.a: must not be given for a column that is left out; it is "STRING".',
    fix: 'Change objects[0].tables[0].columns.types.a: it must not be given for a column that is left out.',
  },
);
test(
  answered,
  'a type of another database',
  {'objects[0].tables[0].columns': {types: {a: 'VARCHAR2(10)'}}},
  {
    where: 'objects[0].tables[0].columns.types.a',
    observed: '"VARCHAR2(10)"',
    cause:
      'objects[0].tables[0].columns.types.a: must be a MaxCompute type such as STRING or DECIMAL(10,2); it is "VARCHAR2(10)".',
    fix: 'Change objects[0].tables[0].columns.types.a: it must be a MaxCompute type such as STRING or DECIMAL(10,2).',
  },
);
test(
  answered,
  'a policy that is none',
  {'objects[0].tables[0].columns': {policies: {a: {zeroDate: 'zero'}}}},
  {
    where: 'objects[0].tables[0].columns.policies.a.zeroDate',
    observed: '"zero"',
    cause:
      'objects[0].tables[0].columns.policies.a.zeroDate: must be one of null, text, stop; it is "zero".',
    fix: 'Change objects[0].tables[0].columns.policies.a.zeroDate: it must be one of null, text, stop.',
  },
);
test(
  answered,
  'a policy for something else',
  {'objects[0].tables[0].columns': {policies: {a: {nulls: 'stop'}}}},
  {
    code: 'SYNC1002',
    where: 'objects[0].tables[0].columns.policies.a.nulls',
    observed: null,
    cause: 'objects[0].tables[0].columns.policies.a.nulls is not a setting of a task.',
    fix: 'Remove objects[0].tables[0].columns.policies.a.nulls, or correct its spelling; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'a transform without its column',
  {'objects[0].tables[0].transforms': [{truncate: 5}]},
  {
    where: 'objects[0].tables[0].transforms[0].column',
    observed: null,
    cause: 'objects[0].tables[0].transforms[0].column: is required with truncate.',
    fix: 'Change objects[0].tables[0].transforms[0].column; docs/spec.md lists every setting with its range.',
  },
);
test(
  answered,
  'a policy of new tables that is none',
  {'objects[0].newTables': 'yes'},
  {
    where: 'objects[0].newTables',
    observed: '"yes"',
    cause: 'objects[0].newTables: must be one of add, ignore, ask; it is "yes".',
    fix: 'Change objects[0].newTables: it must be one of add, ignore, ask.',
  },
);
