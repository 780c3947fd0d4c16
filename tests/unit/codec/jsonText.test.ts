// The whole format is compared with a live server in tests/integration/codecDocuments.test.ts.
import test from 'ava';
import {doubleText} from '../../../runtime/codec/jsonText.ts';

test('doubles are written as MySQL writes them', t => {
  const cases: [number, string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-2.5, '-2.5'],
    [123456, '123456.0'],
    [1e14, '100000000000000.0'],
    [1e15, '1e15'],
    [1.5e15, '1.5e15'],
    [1e-15, '0.000000000000001'],
    [1e-16, '1e-16'],
    [1.25e-300, '1.25e-300'],
    [Number.MAX_VALUE, '1.7976931348623157e308'],
  ];
  for (const [value, text] of cases) t.is(doubleText(value), text);
});
