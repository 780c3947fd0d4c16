import test from 'ava';
import {createFlow} from '../../../runtime/endpoint/flow.ts';
import {serviceLimits} from '../../../runtime/endpoint/limits.ts';

const refusal = (code: string) => ({message: new RegExp(`^${code}: `)});

test('so many sessions of a table are at work at once, however many requests each has', t => {
  const flow = createFlow({...serviceLimits, sessionsMax: 2}, () => 0);
  const leave = flow.enter('t', 'a');
  const again = flow.enter('t', 'a');
  flow.enter('t', 'b');
  t.throws(() => flow.enter('t', 'c'), refusal('FlowExceeded'));
  t.notThrows(() => flow.enter('u', 'c'));
  leave();
  leave();
  t.throws(() => flow.enter('t', 'c'), refusal('FlowExceeded'));
  again();
  t.notThrows(() => flow.enter('t', 'c'));
});

test('slots are of the whole project, and free again when a request ends', t => {
  const flow = createFlow({...serviceLimits, slotsMax: 2}, () => 0);
  const leave = flow.enter('t', 'a');
  flow.enter('u', 'b');
  const error = t.throws(() => flow.enter('v', 'c'), refusal('SlotExceeded'));
  t.like(error, {status: 429, retryAfterSeconds: 1});
  leave();
  t.notThrows(() => flow.enter('v', 'c'));
});

test('a second has so many requests, the next one as many again', t => {
  let nowMs = 5_000;
  const flow = createFlow({...serviceLimits, requestsMax: 2}, () => nowMs);
  flow.request();
  flow.request();
  t.throws(() => flow.request(), refusal('QPSExceeded'));
  nowMs += 1_000;
  t.notThrows(() => flow.request());
});
