import test from 'ava';
import {formatRows} from '../../../runtime/cli/sql.ts';

const result = {
  columns: ['id', 'note'],
  rows: [
    ['1', null],
    ['22', 'a "b",\nc'],
    ['3', '\\N'],
  ],
};

test('a table is one line a row, aligned, with the count below', t => {
  t.is(
    formatRows(result, 'table'),
    ['id  note', '--  ---------', '1   NULL', '22  a "b",\\nc', '3   \\N', '(3 rows)', ''].join(
      '\n',
    ),
  );
});

test('CSV tells NULL from text that reads like it', t => {
  t.is(formatRows(result, 'csv'), 'id,note\n1,\\N\n22,"a ""b"",\nc"\n3,"\\N"\n');
});

test('JSON is one object a row', t => {
  t.deepEqual(JSON.parse(formatRows(result, 'json')), [
    {id: '1', note: null},
    {id: '22', note: 'a "b",\nc'},
    {id: '3', note: '\\N'},
  ]);
});

test('a statement without rows prints nothing, as JSON an empty list', t => {
  const nothing = {columns: [], rows: []};
  t.is(formatRows(nothing, 'table'), '');
  t.is(formatRows(nothing, 'csv'), '');
  t.is(formatRows(nothing, 'json'), '[]\n');
});
