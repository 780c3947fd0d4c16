import test from 'ava';
import {partitionNamer} from '../../../runtime/task/partition.ts';
import {tablePlan} from '../../support/tablePlan.ts';

const start = Date.UTC(2026, 10, 22, 15, 5, 9) / 1000;

function plan(zone: string) {
  const base = tablePlan('orders', [['id', 'BIGINT']], ['id']);
  const partitions = ['y', 'm', 'd', 'h', 'i'];
  return {
    ...base,
    partitionTimeZone: zone,
    partitionBy: [
      'year' as const,
      'month' as const,
      'day' as const,
      'hour' as const,
      'minute' as const,
    ],
    logNames: {...base.logNames, partitions},
  };
}

test('partition values are the padded parts of the event time', t => {
  t.is(partitionNamer(plan('UTC'), start)(start), 'y=2026,m=11,d=22,h=15,i=05');
});

test('partition values are in the stated zone', t => {
  t.is(
    partitionNamer(plan('Asia/Shanghai'), start)(start + 9 * 3600),
    'y=2026,m=11,d=23,h=08,i=05',
  );
});

test('midnight is hour 00 of the new day', t => {
  t.is(
    partitionNamer(plan('UTC'), start)(Date.UTC(2026, 10, 23) / 1000),
    'y=2026,m=11,d=23,h=00,i=00',
  );
});

test('one namer gives each minute its own partition', t => {
  const name = partitionNamer(plan('UTC'), start);
  t.not(name(start), name(start + 60));
  t.is(name(start), name(start + 40));
});

test('C20: a time far in the past or future is refused', t => {
  const name = partitionNamer(plan('UTC'), start);
  t.like(
    t.throws(() => name(start - 500 * 86_400)),
    {code: 'SYNC5021'},
  );
  t.like(
    t.throws(() => name(Date.now() / 1000 + 10 * 365 * 86_400)),
    {code: 'SYNC5021'},
  );
});
