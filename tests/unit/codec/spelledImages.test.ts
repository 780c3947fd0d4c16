import test from 'ava';
import {planTable} from '../../../runtime/codec/planTable.ts';
import {spellingOf} from '../../../runtime/codec/spelledImages.ts';
import type {TableMap} from '../../../runtime/codec/tableMap.ts';
import {plainOptions, sourceTable} from '../../support/sourceTable.ts';

const source = sourceTable([
  ['id', 'int'],
  ['u', 'varchar(36)'],
  ['a', 'varchar(39)'],
  ['v', 'vector(2)'],
  ['note', 'varchar(10)'],
]);
source.columns[1]!.dataType = 'uuid';
source.columns[2]!.dataType = 'inet6';
const plan = planTable(source, plainOptions);
const map: TableMap = {
  tableId: 1,
  database: 'shop',
  table: 't',
  types: Uint8Array.from([3, 254, 254, 15, 15]),
  metadata: Uint16Array.from([0, 0xfe10, 0xfe10, 8, 40]),
  nullable: source.columns.map(() => true),
  names: null,
  unsigned: null,
};

/** No NULL; the number, a UUID whose last bytes are zero, an address, a vector, a text. */
const image = Buffer.concat([
  Buffer.from('e001000000', 'hex'),
  Buffer.from('0e123e4567e89b12d3a45642665544', 'hex'),
  Buffer.from('1000000000000000000000ffffc0a80001', 'hex'),
  Buffer.from('080000803f00000040', 'hex'),
  Buffer.from('026869', 'hex'),
]);

test('values become text and vectors get a longer length; the rest of each image stays', t => {
  const {images, map: after} = spellingOf(plan, map)!;
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const expected = Buffer.concat([
    Buffer.from('e001000000', 'hex'),
    text('123e4567-e89b-12d3-a456-426655440000'),
    text('::ffff:192.168.0.1'),
    Buffer.from('080000000000803f00000040', 'hex'),
    text('hi'),
  ]);
  t.deepEqual(images(image, 0, image.length), expected);
  const two = Buffer.concat([image, Buffer.from('fe02000000', 'hex')]);
  t.deepEqual(
    images(two, 0, two.length),
    Buffer.concat([expected, Buffer.from('fe02000000', 'hex')]),
  );
  t.deepEqual([...after.types], [3, 254, 254, 242, 15]);
  t.deepEqual([...after.metadata], [0, 0xfe24, 0xfe27, 4, 40]);
});

test('a table without such columns is read as it stands', t => {
  const plain = planTable(sourceTable([['id', 'int']]), plainOptions);
  t.is(spellingOf(plain, {...map, types: map.types.slice(0, 1)}), null);
});

test('an image that is cut, a value too long and another type are refused', t => {
  const {images} = spellingOf(plan, map)!;
  for (let end = 1; end < image.length; end++)
    t.throws(() => images(image.subarray(0, end), 0, end), {code: 'SYNC3203'}, String(end));
  const long = Buffer.from(image);
  long[5] = 17;
  t.throws(() => images(long, 0, long.length), {code: 'SYNC3203'});
  const other = {...map, metadata: map.metadata.with(1, 0xfe24)};
  t.throws(() => spellingOf(plan, other), {code: 'SYNC3201'});
});
