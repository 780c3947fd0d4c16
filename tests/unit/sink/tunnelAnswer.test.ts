import test from 'ava';
import {
  answerObject,
  listOf,
  objectOf,
  parseObject,
  sessionColumns,
  slotAddress,
} from '../../../runtime/sink/tunnelAnswer.ts';

test('what is no object is an empty one, what is no list an empty one', t => {
  for (const text of ['null', '[', '1', '"x"', '']) t.deepEqual(parseObject(text), {});
  t.deepEqual(objectOf(null), {});
  t.deepEqual(listOf({length: 3}), []);
});

test('an answer without a text it must hold is SYNC4012', t => {
  const answer = {status: 200, headers: {}, body: Buffer.from('{"a":"x","b":1,"c":""}')};
  t.is(answerObject(answer, 'ask', ['a'])['b'], 1);
  for (const key of ['b', 'c', 'd'])
    t.throws(() => answerObject(answer, 'ask', [key]), {message: /SYNC4012/});
});

test('columns that are none, or of a type that is not known, are SYNC4012', t => {
  const columns = [
    {name: 'Id', type: 'BIGINT', column_id: '7'},
    {name: 'n', type: 'string'},
  ];
  t.deepEqual(
    sessionColumns({columns}, 'ask').map(({name, id}) => [name, id]),
    [
      ['id', 7],
      ['n', null],
    ],
  );
  for (const schema of [null, {}, {columns: {}}, {columns: [null]}, {columns: [{name: 'a'}]}])
    t.throws(() => sessionColumns(schema, 'ask'), {message: /SYNC4012/});
});

test('an address that no header can hold is SYNC4012', t => {
  t.is(slotAddress('10.0.0.1:8080', 'ask'), '10.0.0.1:8080');
  for (const address of ['', ' ', 'a\nb', 'a\ufffd:1'])
    t.throws(() => slotAddress(address, 'ask'), {message: /SYNC4012/});
});
