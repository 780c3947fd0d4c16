// docs/types.md is the published mapping: every line of its table is what the code does.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {mapColumn} from '../../../runtime/codec/mapping.ts';
import {sourceColumn} from '../../support/sourceTable.ts';

interface Line {
  columnType: string;
  v2: string;
  v1: string;
  asked: string[];
}

const page = readFileSync(new URL('../../../docs/types.md', import.meta.url), 'utf8');
const lines = [...page.matchAll(/^\| `(.+?)`\s*\|(.*)\|(.*)\|(.*)\|$/gm)].map((match): Line => {
  const cell = (text: string) => text.trim().replace('&lt;', '<').replace('&gt;', '>');
  return {
    columnType: match[1]!,
    v2: cell(match[2]!),
    v1: cell(match[3]!),
    // A comma inside parentheses belongs to its type.
    asked: cell(match[4]!)
      .split(/, (?![^(]*\))/)
      .filter(type => type !== ''),
  };
});

test('the published table has every type', t => {
  t.true(lines.length > 45);
});

for (const {columnType, v2, v1, asked} of lines)
  test(`${columnType} is mapped as it is published`, t => {
    const column = sourceColumn('c', columnType);
    t.is(mapColumn(column, {types: 'v2', override: null}).targetType, v2);
    t.is(mapColumn(column, {types: 'v1', override: null}).targetType, v1);
    for (const override of asked)
      t.is(mapColumn(column, {types: 'v2', override}).targetType, override);
    const error = t.throws(() => mapColumn(column, {types: 'v2', override: 'MAP'}), {
      code: 'SYNC3004',
    });
    for (const type of asked.filter(name => name !== 'DECIMAL(20,4)'))
      t.true(error!.message.includes(type), type);
  });

const codesOf = (columnType: string, override: string | null = null, types: 'v1' | 'v2' = 'v2') =>
  mapColumn(sourceColumn('c', columnType), {types, override}).warnings.map(w => w.code);

test('each lossy case is named in a warning', t => {
  t.deepEqual(codesOf('int'), []);
  t.deepEqual(codesOf('date'), ['SYNC3101']);
  t.deepEqual(codesOf('date', 'STRING'), []);
  t.deepEqual(codesOf('longblob'), ['SYNC3102']);
  t.deepEqual(codesOf('json'), ['SYNC3102']);
  t.deepEqual(codesOf('decimal(65,30)'), ['SYNC3103']);
  t.deepEqual(codesOf('decimal(10,2)', 'STRING'), []);
  t.deepEqual(codesOf('bigint unsigned', 'bigint'), ['SYNC3104']);
  t.deepEqual(codesOf('datetime(6)', null, 'v1'), ['SYNC3101', 'SYNC3105']);
});

test('a decimal is asked for as any decimal that holds it, and as no other', t => {
  const column = sourceColumn('c', 'decimal(10,2)');
  const ask = (override: string) => mapColumn(column, {types: 'v2', override}).targetType;
  t.is(ask('decimal(38, 18)'), 'DECIMAL(38,18)');
  for (const narrow of ['DECIMAL(9,2)', 'DECIMAL(10,1)', 'DECIMAL(10,3)', 'DECIMAL(40,2)'])
    t.throws(() => ask(narrow), {code: 'SYNC3004'});
});

test('what cannot be mapped is refused', t => {
  const map = (column: ReturnType<typeof sourceColumn>) =>
    mapColumn(column, {types: 'v2', override: null});
  t.throws(() => map(sourceColumn('c', 'int', {dataType: 'xmltype'})), {code: 'SYNC3002'});
  t.throws(() => map(sourceColumn('c', `enum('a')`, {labels: []})), {code: 'SYNC3002'});
  t.throws(() => map(sourceColumn('c', 'bit(3)', {precision: null})), {code: 'SYNC3002'});
  t.throws(() => map(sourceColumn('c', 'text', {charset: 'klingon'})), {code: 'SYNC3003'});
});
