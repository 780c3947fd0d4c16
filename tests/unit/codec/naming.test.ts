import test from 'ava';
import {logNames, targetName} from '../../../runtime/codec/naming.ts';

test('names become lower case, other characters underscores, and begin with a letter', t => {
  t.is(targetName('Orders', 'default', 't_'), 'orders');
  t.is(targetName('order-lines 2', 'lower', 't_'), 'order_lines_2');
  t.is(targetName('2026', 'default', 't_'), 't_2026');
  t.is(targetName('_hidden', 'default', 'c_'), 'c__hidden');
  t.is(targetName('größe', 'default', 'c_'), 'gr__e');
  t.is(targetName('😀x', 'default', 'c_'), 'c__x');
  t.is(targetName('İd', 'default', 'c_'), 'c__d');
});

test('the other policies keep or raise the case', t => {
  t.is(targetName('Order-Lines', 'source', 't_'), 'Order_Lines');
  t.is(targetName('Order-Lines', 'upper', 't_'), 'ORDER_LINES');
  t.is(targetName('1x', 'upper', 'c_'), 'C_1X');
});

test('additional columns follow both rules', t => {
  t.deepEqual(logNames('previous', ['year', 'minute']), {
    recordId: 'record_id',
    operationFlag: 'operation_flag',
    utcTimestamp: 'utc_timestamp',
    beforeFlag: 'before_flag',
    afterFlag: 'after_flag',
    partitions: ['modifytime_year', 'modifytime_minute'],
  });
  t.is(logNames('new', ['day']).recordId, 'new_dts_sync_record_id');
  t.deepEqual(logNames('new', ['day']).partitions, ['new_dts_sync_modifytime_day']);
});
