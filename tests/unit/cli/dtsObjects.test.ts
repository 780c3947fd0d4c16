import test from 'ava';
import {importDbList} from '../../../runtime/cli/dtsObjects.ts';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {minimalTask} from '../../support/taskInput.ts';

test('tables, columns, names, filters and operations find their settings', t => {
  const imported = importDbList({
    shop: {
      name: 'shop_mc',
      all: false,
      dml_op: 'i,u,d',
      Table: {
        orders: {
          name: 'orders_new',
          all: false,
          filter: 'id>10;',
          dml_op: 'i,u',
          ddl_op: 'at',
          partition: 'year',
          column: {
            id: {key: 'PRI', name: 'id', type: 'int(11)', sharedKey: false, state: 'checked'},
            total: {name: 'amount', state: 'checked'},
            secret: {name: 'secret', state: 'unchecked'},
          },
        },
        lines: {name: 'lines', all: true},
      },
    },
    logs: {name: 'logs', all: true, dml_op: 'i', shard: 3},
    parts: {
      all: false,
      Table: {'t_[0-9]+': {patternType: 'REGEX'}, t_9: {filterType: 'BLACK'}},
    },
  })!;
  t.deepEqual(imported.objects, [
    {
      database: 'shop',
      tables: [
        {
          name: 'orders',
          as: 'orders_new',
          where: 'id>10',
          operations: ['insert', 'update'],
          columns: {include: ['id', 'total'], rename: {total: 'amount'}},
        },
        'lines',
      ],
    },
    {database: 'logs', tables: [{name: '*', operations: ['insert']}]},
    {database: 'parts', tables: ['/^(?:t_[0-9]+)$/'], exclude: ['t_9']},
  ]);
  t.deepEqual(
    imported.notes.map(note => note.path),
    [
      'shop.name',
      'shop.orders.filter',
      'shop.orders.ddl_op',
      'shop.orders.partition',
      'logs.shard',
    ],
  );
  const wrong = parseTask({...minimalTask(), objects: imported.objects}).findings;
  t.deepEqual(
    wrong.filter(found => found.code !== 'SYNC1005'),
    [],
  );
});

test('what is no object list is told apart from an empty one', t => {
  t.is(importDbList([]), null);
  t.is(importDbList('x'), null);
  t.is(importDbList({shop: 7}), null);
  t.deepEqual(importDbList({shop: {}})?.objects, [{database: 'shop', tables: ['*']}]);
});
