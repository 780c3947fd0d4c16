// Judge: Python's zoneinfo with fold=0 (tests/vectors/wallClock.json: zone → [wall seconds, Unix seconds]).
import {readFileSync} from 'node:fs';
import test from 'ava';
import {instantOf, isFixedZone} from '../../../runtime/codec/wallClock.ts';

const file = new URL('../../vectors/wallClock.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Record<string, [number, number][]>;
const wallOf = (text: string) => Date.parse(`${text}Z`) / 1000;
const utc = (zone: string, text: string) =>
  new Date(instantOf(zone, wallOf(text)) * 1000).toISOString().slice(0, 19);

for (const [zone, pairs] of Object.entries(vectors))
  test(`wall clocks of ${zone} are the instants that Python gives`, t => {
    const wrong = pairs.filter(([wall, instant]) => instantOf(zone, wall) !== instant);
    t.deepEqual(wrong, []);
    t.true(pairs.length > 100);
  });

test('a time that comes twice is the earlier one, a skipped one keeps the offset before', t => {
  t.is(utc('Europe/Berlin', '2026-10-25T02:30:00'), '2026-10-25T00:30:00');
  t.is(utc('Europe/Berlin', '2026-03-29T02:30:00'), '2026-03-29T01:30:00');
});

test('offsets hold for every year, and only they are one offset for ever', t => {
  t.is(utc('+08:00', '2026-11-23T08:00:00'), '2026-11-23T00:00:00');
  t.is(utc('-03:30', '0001-01-01T00:00:00'), '0001-01-01T03:30:00');
  t.is(utc('+14:00', '9999-12-31T23:59:59'), '9999-12-31T09:59:59');
  t.true(isFixedZone('+08:00'));
  t.true(isFixedZone('UTC'));
  t.false(isFixedZone('Asia/Shanghai'));
});
