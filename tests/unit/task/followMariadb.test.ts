import test from 'ava';
import {createGtidEvent} from '../../../runtime/codec/binlogEvent.ts';
import type {EventView} from '../../../runtime/source/binlogClient.ts';
import {parseGtidSet} from '../../../runtime/source/gtidSet.ts';
import {takeMariadbGtid} from '../../../runtime/task/followMariadb.ts';
import type {FollowState} from '../../../runtime/task/followState.ts';

const gtid = {...createGtidEvent(), source: '0-1', number: 101};

function taken(changes: Partial<typeof gtid>): FollowState {
  const state = {gtids: parseGtidSet('0-1-100,0-2-90'), transaction: 0} as FollowState;
  takeMariadbGtid(state, {
    file: 'binlog.000001',
    endOffset: 500,
    gtid: {...gtid, ...changes},
  } as EventView);
  return state;
}

test('a GTID begins a transaction, which its own flag opens', t => {
  t.like(taken({opens: true}), {
    gtidSource: '0-1',
    gtidNumber: 101,
    transaction: 1,
    inTransaction: true,
    begun: true,
    passesOver: false,
  });
  t.false(taken({}).begun);
});

test('the first half of an ALTER, and its end in failure, do nothing', t => {
  t.true(taken({alterPhase: 'start'}).passesOver);
  t.true(taken({alterPhase: 'rollback'}).passesOver);
});

test('a number that was there already stops the task', t => {
  t.throws(() => taken({number: 100}), {code: 'SYNC5084'});
  t.throws(() => taken({source: '0-2', number: 12}), {code: 'SYNC5084'});
});

test('an XA transaction stops the task', t => {
  t.throws(() => taken({preparesXa: true}), {code: 'SYNC5031'});
});
