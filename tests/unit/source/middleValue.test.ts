// Guesses between two key values: never the upper one, halves where the values have an order of their own.
import test from 'ava';
import {middleValue} from '../../../runtime/source/middleValue.ts';

const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase();
const text = (from: string, to: string) =>
  Buffer.from(middleValue('text', 'utf8mb4', hex(from), hex(to))!, 'hex').toString();

test('numbers are halved exactly, of any size, sign, scale and direction', t => {
  t.is(middleValue('number', null, '1', '9'), '5');
  t.is(middleValue('number', null, '1', '2'), '1');
  t.is(middleValue('number', null, '2', '1'), '2');
  t.is(middleValue('number', null, '-3', '0'), '-2');
  t.is(
    middleValue('number', null, '9223372036854775807', '18446744073709551615'),
    '13835058055282163711',
  );
  t.is(middleValue('number', null, '-0.10', '0.205'), '0.052');
  t.is(middleValue('number', null, '-1.5', '-0.5'), '-1.0');
});

test('bytes are halved as long fractions', t => {
  t.is(middleValue('bytes', null, '01', '02'), '0180');
  t.is(middleValue('bytes', null, '', 'FF'), '7F80');
  t.is(middleValue('bytes', null, '00FF', '01'), '00FF80');
});

test('dates, moments and times of day are halved by their length', t => {
  t.is(middleValue('time', null, '2026-01-01', '2026-01-03'), '2026-01-02');
  t.is(middleValue('time', null, '0000-00-00', '0001-01-03'), '0001-01-02');
  t.is(
    middleValue('time', null, '2026-01-01 00:00:00', '2026-01-01 01:00:00'),
    '2026-01-01 00:30:00',
  );
  t.is(
    middleValue('time', null, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000003'),
    '2026-01-01 00:00:00.000001',
  );
  t.is(
    middleValue('time', null, '1969-12-31 23:59:59.500', '1969-12-31 23:59:59.900'),
    '1969-12-31 23:59:59.700',
  );
  t.is(middleValue('time', null, '-10:00:00', '10:00:02'), '00:00:01');
  t.is(middleValue('time', null, '-838:59:59.5', '-10:00:00.0'), '-424:29:59');
});

test('text is halved by the first letter that differs, whatever its case', t => {
  t.is(text('a', 'e'), 'c');
  t.is(text('order-1', 'order-9'), 'order-5');
  t.is(text('Order-A', 'oRDER-c'), 'order-b');
  t.true(text('a', 'b') > 'a' && text('a', 'b') < 'b');
  t.true(text('a', 'a1') > 'a' && text('a', 'a1') < 'a1');
  t.is(text('', '~'), 'O');
  t.is(middleValue('text', 'gbk', 'D6D0', 'D7D0'), null);
});
