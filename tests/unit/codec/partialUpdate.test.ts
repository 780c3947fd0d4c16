// Partial updates that no server would send: each ends in a code, none in a document.
import test from 'ava';
import {partialPlan, partialMap} from '../../support/partialJson.ts';
import {wholeImages} from '../../../runtime/codec/partialUpdate.ts';

const whole = wholeImages(partialPlan, partialMap);

/** `{"a": 1, "l": [true]}` in the small format, by hand: two members, an array of one literal. */
const document =
  '00' +
  '0200' +
  '1c00' +
  '1200' +
  '0100' +
  '1300' +
  '0100' +
  '05' +
  '0100' +
  '02' +
  '1400' +
  '616c' +
  '0100' +
  '0800' +
  '04' +
  '0100' +
  '00';

const before = (json = document) => `00${'01000000'}${length4(json)}${json}`;
const after = (diffs: string, options = '01', bits = '01') =>
  `${options}${options === '01' ? bits : ''}00${'02000000'}${length4(diffs)}${diffs}`;

function length4(hex: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(hex.length / 2);
  return bytes.toString('hex');
}

function diff(operation: number, path: string, value: string | null): string {
  const text = Buffer.from(path).toString('hex');
  const byte = (n: number) => n.toString(16).padStart(2, '0');
  const tail = value === null ? '' : byte(value.length / 2) + value;
  return byte(operation) + byte(text.length / 2) + text + tail;
}

const run = (hex: string) => whole(Buffer.from(hex, 'hex'), 0, hex.length / 2);

test('no differences leave the document as it is, and whole documents pass', t => {
  t.is(
    run(before() + after('')).toString('hex'),
    before() + `00${'02000000'}${length4(document)}${document}`,
  );
  t.is(
    run(before() + after(document, '00')).toString('hex'),
    before() + `00${'02000000'}${length4(document)}${document}`,
  );
});

test('two rows in one event keep their own documents', t => {
  const row = before() + after(diff(2, '$.l', null));
  t.is(run(row + row).toString('hex'), run(row).toString('hex').repeat(2));
});

const refused: [what: string, hex: string, cause: RegExp][] = [
  ['other value options', before() + after('', '02'), /value options 2/],
  ['an unknown operation', before() + after(diff(3, '$.a', null)), /operation 3/],
  ['a path without its document', before() + after(diff(2, '.a', null)), /the path "\.a"/],
  ['a path with a wildcard', before() + after(diff(2, '$.*[*]', null)), /the path/],
  [
    'a member that is missing',
    before() + after(diff(0, '$.x', '0c00')),
    /a member that is not there/,
  ],
  [
    'a removal of what is missing',
    before() + after(diff(2, '$.x', null)),
    /a member that is not there/,
  ],
  ['an insertion of what is there', before() + after(diff(1, '$.a', '0400')), /there already/],
  [
    'a cell beyond the array',
    before() + after(diff(0, '$.l[1]', '0400')),
    /a cell that is not there/,
  ],
  ['a cell of a number', before() + after(diff(0, '$.a[1]', '0400')), /a cell of what is no array/],
  [
    'a member of an array',
    before() + after(diff(0, '$.l.x', '0400')),
    /a member of what is no object/,
  ],
  ['an insertion into a number', before() + after(diff(1, '$.a.b', '0400')), /parent cannot have/],
  ['a removal of the document', before() + after(diff(2, '$', null)), /nothing but the document/],
  ['a value of no bytes', before() + after(diff(0, '$.a', '')), /a value of no bytes/],
  ['a value of an unknown type', before() + after(diff(0, '$.a', '0d00')), /value type 13/],
  ['a value that is cut off', before() + after(diff(0, '$.a', '0900')), /8 bytes where 1 are left/],
  ['a quoted name that is broken', before() + after(diff(2, '$."\\x"', null)), /does not decode/],
  [
    'differences that are cut off',
    before() + after(diff(0, '$.a', '0400').slice(0, -2)),
    /cut off/,
  ],
  ['differences to NULL', `02${'01000000'}` + after(diff(2, '$.a', null)), /differences to NULL/],
  ['an update without its after image', before(), /value options/],
  ['a cell beyond the event', before() + `0101${'00'}${'02000000'}${'09000000'}`, /bytes too late/],
];
for (const [what, hex, cause] of refused)
  test(`${what} stops with a code`, t => {
    const error = t.throws(() => run(hex), {code: 'SYNC3203'});
    t.regex(error!.message, cause);
  });

test('no change of a byte gives more than a code or images', t => {
  const bytes = Buffer.from(
    before() + after(diff(0, '$.l[0]', '0c0161') + diff(1, '$.b', '0400')),
    'hex',
  );
  let images = 0;
  for (let at = 0; at < bytes.length; at++)
    for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= flip;
      try {
        whole(changed, 0, changed.length);
        images++;
      } catch (error) {
        t.is((error as {code?: string}).code, 'SYNC3203');
      }
    }
  t.true(images > 20);
});
