import test from 'ava';
import {isSameTable} from '../../../runtime/task/reload.ts';

const same = (a: object, b: object) => isSameTable(JSON.stringify(a), JSON.stringify(b));
const settings = {as: 'orders_base', log: {partitionBy: ['year'], timeZone: 'UTC'}, where: null};

test('settings with another filter, name or partition are another table', t => {
  t.true(same(settings, {...settings}));
  t.false(same(settings, {...settings, where: 'id > 1'}));
  t.false(same(settings, {...settings, as: 'other'}));
  t.false(same(settings, {...settings, log: {partitionBy: [], timeZone: 'UTC'}}));
  t.false(same({flag: true}, {flag: false}));
});

test('which operations are followed asks for no reload', t => {
  t.true(same(settings, {...settings, operations: ['insert']}));
});

test('a setting that a ledger of an earlier version does not have is the same while it asks for nothing', t => {
  t.true(same(settings, {...settings, transforms: [], columns: {types: {}, only: null}}));
  t.true(same({log: settings.log, as: settings.as}, settings));
  t.false(same(settings, {...settings, columns: {types: {a: 'STRING'}}}));
  t.false(same({list: [{a: 1}]}, {list: [{a: 1}, {}]}));
});
