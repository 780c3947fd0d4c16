import test from 'ava';
import {
  fillUnknowns,
  touchesUnknown,
  unknownPaths,
  unknownValue,
} from '../../../provider/unknowns.ts';

test('unknown values are found wherever they stand', t => {
  const value = {a: unknownValue, b: [{c: 1, d: [unknownValue]}], e: null};
  t.deepEqual(unknownPaths(value), ['a', 'b[0].d[0]']);
});

test('a path touches an unknown at, below or above it, not beside it', t => {
  const unknowns = ['source.host', 'objects[1]'];
  t.true(touchesUnknown('source.host', unknowns));
  t.true(touchesUnknown('source', unknowns));
  t.true(touchesUnknown('objects[1].tables[0]', unknowns));
  t.false(touchesUnknown('source.hosts', unknowns));
  t.false(touchesUnknown('objects[10]', unknowns));
});

test('unknowns are filled with the old values, or stay', t => {
  const filled = fillUnknowns({a: unknownValue, b: [unknownValue, 2]}, {a: 1, b: [0]});
  t.deepEqual(filled, {a: 1, b: [0, 2]});
  t.deepEqual(fillUnknowns([unknownValue], {}), [unknownValue]);
});
