import test from 'ava';
import {parseTableMap, readTableId} from '../../../runtime/codec/tableMapParser.ts';

/** Parts of a TABLE_MAP body, by the layout of MySQL's rows_event.h. */
function body(parts: {
  types: number[];
  metadata: number[];
  nullable?: number[];
  optional?: number[];
}): Buffer {
  const name = (text: string) => [Buffer.byteLength(text), ...Buffer.from(text), 0];
  const tableId = [1, 2, 3, 4, 5, 6];
  const flags = [1, 0];
  return Buffer.from([
    ...tableId,
    ...flags,
    ...name('d'),
    ...name('té'),
    parts.types.length,
    ...parts.types,
    parts.metadata.length,
    ...parts.metadata,
    ...(parts.nullable ?? Buffer.alloc((parts.types.length + 7) >> 3)),
    ...(parts.optional ?? []),
  ]);
}

test('types with their metadata come in the form the image decoder expects', t => {
  // INT, VARCHAR(300*4), DECIMAL(12,2), ENUM in STRING, DATETIME(6), BIT(17), JSON, BLOB of 2 length bytes
  const bytes = body({
    types: [3, 15, 246, 254, 18, 16, 245, 252],
    metadata: [0xb0, 0x04, 12, 2, 247, 1, 6, 1, 2, 4, 2],
    nullable: [0b10000010],
  });
  const map = parseTableMap(bytes, 0, bytes.length);
  t.is(map.tableId, 0x060504030201);
  t.is(readTableId(bytes, 0), map.tableId);
  t.deepEqual([map.database, map.table], ['d', 'té']);
  t.deepEqual([...map.metadata], [0, 1200, 12 | (2 << 8), (247 << 8) | 1, 6, 1 | (2 << 8), 4, 2]);
  t.deepEqual(map.nullable, [false, true, false, false, false, false, false, true]);
  t.deepEqual([map.names, map.unsigned], [null, null]);
});

test('signedness counts numeric columns only, from the highest bit; names come in order', t => {
  // INT unsigned, YEAR (which counts and is unsigned), TEXT, BIGINT, DOUBLE unsigned
  const bytes = body({
    types: [3, 13, 252, 8, 5],
    metadata: [2, 8],
    optional: [1, 1, 0b11010000, 2, 1, 45, 4, 11, 1, 97, 1, 98, 2, 0xc3, 0xa9, 1, 100, 1, 101],
  });
  const map = parseTableMap(bytes, 0, bytes.length);
  t.deepEqual(map.unsigned, [true, true, false, false, true]);
  t.deepEqual(map.names, ['a', 'b', 'é', 'd', 'e']);
});

test('a body that is cut anywhere is refused, never read beyond its end', t => {
  const whole = body({types: [3, 15], metadata: [10, 0], optional: [4, 4, 1, 97, 1, 98]});
  const inside = Buffer.concat([whole, Buffer.alloc(300, 0xff)]);
  t.deepEqual(parseTableMap(inside, 0, whole.length).names, ['a', 'b']);
  const withoutOptional = whole.length - 6;
  for (let end = 0; end < whole.length; end++) {
    if (end === withoutOptional) continue;
    t.throws(() => parseTableMap(inside, 0, end), {instanceOf: RangeError}, `cut at ${end}`);
  }
});

test('metadata of other types than it says is refused', t => {
  const bytes = body({types: [3, 3], metadata: [1]});
  t.throws(() => parseTableMap(bytes, 0, bytes.length), {message: /other types/});
  const fewNames = body({types: [3, 3], metadata: [], optional: [4, 2, 1, 97]});
  t.throws(() => parseTableMap(fewNames, 0, fewNames.length), {message: /fewer names/});
});
