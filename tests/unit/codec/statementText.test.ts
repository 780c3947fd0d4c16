import test from 'ava';
import {parseQueryEvent} from '../../../runtime/codec/binlogEvent.ts';
import {statementText} from '../../../runtime/codec/statementText.ts';

test('a statement is read in the character set of its client', t => {
  const text = (bytes: string, collationId: number | null) => {
    const input = Buffer.from(bytes, 'latin1');
    return statementText(input, 1, input.length, collationId);
  };
  t.is(text('-é`', 8), 'é`');
  t.is(text('-\u0080`', 31), '€`');
  // The second byte of this character is a backquote.
  t.is(text('-`\u0081``', 28), '`乣`');
  t.is(text('-\u00c3\u00a9', 255), 'é');
  t.is(text('-\u00c3\u00a9', null), 'é');
  t.is(text('-\u00c3\u00a9', 60_000), 'é');
});

test('a query event tells mode and client of its session wherever its status has them', t => {
  const sql = Buffer.from('`é`', 'latin1');
  const event = (status: string) => {
    const bytes = Buffer.from(status.replaceAll(' ', ''), 'hex');
    const head = Buffer.alloc(13);
    head[8] = 1;
    head.writeUInt16LE(bytes.length, 11);
    const input = Buffer.concat([head, bytes, Buffer.from('d\0'), sql]);
    return parseQueryEvent(input, 0, input.length);
  };
  const latin1 = '04 080008002d00';
  const whole = `00 00000000 01 0400000000000000 06 03 737464 03 01000100 ${latin1} 0c 01 6400`;
  t.like(event(whole), {sqlMode: 4, sql: '`é`', database: 'd'});
  t.like(event(`02 03 737464 00 ${latin1}`), {sqlMode: null, sql: '`é`'});
  t.like(event('00 00000000 0c 01'), {sqlMode: null, sql: '`\ufffd`'});
  for (const cut of ['01 04', '04 0800', '06', '00'])
    t.like(event(cut), {sqlMode: null, sql: '`\ufffd`'});
});
