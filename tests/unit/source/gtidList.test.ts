import test from 'ava';
import {parseGtidList} from '../../../runtime/source/gtidList.ts';

test('a list of GTIDs becomes the set of all before its file', t => {
  const body = Buffer.alloc(4 + 2 * 16);
  // The upper four bits are flags.
  body.writeUInt32LE(0x10000002);
  body.writeUInt32LE(3, 4);
  body.writeUInt32LE(1, 8);
  body.writeBigUInt64LE(100n, 12);
  body.writeUInt32LE(2, 24);
  body.writeBigUInt64LE(7n, 28);
  t.is(parseGtidList(body, 0, body.length), '0-2-7,3-1-100');
  t.is(parseGtidList(Buffer.alloc(4), 0, 4), '');
  t.throws(() => parseGtidList(body, 0, body.length - 1), {instanceOf: RangeError});
});
