import {isUtf8 as isUtf8Native} from 'node:buffer';
import test from 'ava';
import {isUtf8} from '../../../runtime/codec/textCell.ts';

/** The same numbers in every run. */
function sequence(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

test('short text is judged as the native check judges it', t => {
  const random = sequence(7);
  const starts = [
    0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
  ];
  const edges = [0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0x7f];
  let valid = 0;
  for (let i = 0; i < 200_000; i++) {
    const bytes = Buffer.alloc(1 + Math.floor(random() * 5));
    for (let at = 0; at < bytes.length; at++) {
      const from = at === 0 || random() < 0.2 ? starts : edges;
      bytes[at] = from[Math.floor(random() * from.length)]!;
    }
    const expected = isUtf8Native(bytes);
    if (expected) valid++;
    if (isUtf8(bytes, 0, bytes.length) !== expected) t.fail(bytes.toString('hex'));
  }
  t.true(valid > 5_000);
});

test('only the bytes of the cell are looked at', t => {
  const bytes = Buffer.from('aé漢b');
  t.true(isUtf8(bytes, 1, 6));
  t.false(isUtf8(bytes, 1, 2), 'the second byte of é lies beyond');
  t.false(isUtf8(bytes, 3, 5), 'the third byte of 漢 lies beyond');
});
