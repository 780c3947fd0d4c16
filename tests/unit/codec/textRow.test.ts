// Text rows that no server would send: each ends in a code and leaves the record buffer as it was.
import test from 'ava';
import {createCounters} from '../../../runtime/codec/counters.ts';
import {planTable} from '../../../runtime/codec/planTable.ts';
import {createRecordBuffer, sealRecords} from '../../../runtime/codec/recordBuffer.ts';
import {parseOdpsType} from '../../../runtime/codec/odpsType.ts';
import {readRecords} from '../../../runtime/codec/recordStream.ts';
import {textSelectList, textTranscoder} from '../../../runtime/codec/textRow.ts';
import {plainOptions, sourceTable} from '../../support/sourceTable.ts';

const plan = planTable(
  sourceTable([
    ['n', 'int'],
    ['d', 'double'],
    ['t', 'datetime(3)'],
    ['s', 'varchar(20)'],
    ['h', 'time'],
  ]),
  plainOptions,
);

/** null stands for NULL; a Buffer goes in as it is. */
function row(cells: (string | null | Buffer)[]): Buffer {
  return Buffer.concat(
    cells.map(cell => {
      if (cell === null) return Buffer.from([251]);
      return typeof cell === 'string'
        ? Buffer.from(`${String.fromCharCode(cell.length)}${cell}`)
        : cell;
    }),
  );
}

function transcode(cells: (string | null | Buffer)[]) {
  const input = row(cells);
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const out = createRecordBuffer(16);
  const run = () => textTranscoder(plan)(input, view, 0, input.length, out, createCounters(plan));
  return {out, run};
}

const good = ['-7', '0.1', '2026-11-22 18:04:05.678', 'text', '-838:59:59'];

test('a text row is one record, NULL included', t => {
  for (const [cells, time] of [
    [good, '-838:59:59'],
    [['7', null, null, null, '00:00:01'], '00:00:01'],
  ] as const) {
    const {out, run} = transcode([...cells]);
    run();
    const columns = plan.columns.map(({targetType}, i) => ({
      name: `c${i}`,
      type: parseOdpsType(targetType),
    }));
    const [read] = readRecords(sealRecords(out), columns).rows;
    t.is(read![0], Number(cells[0]));
    t.is(read![4], time);
  }
});

test('doubles are asked for so that they read back the same', t => {
  t.is(textSelectList(plan), '`n`, (`d`)*1e0, `t`, `s`, `h`');
});

const refused: [what: string, cells: (string | null | Buffer)[]][] = [
  ['letters in a number', ['7x', ...good.slice(1)]],
  ['a sign alone', ['-', ...good.slice(1)]],
  ['a long number with letters', ['1234567890123456x', ...good.slice(1)]],
  ['a double that is none', ['7', 'one', ...good.slice(2)]],
  ['an empty double', ['7', '', ...good.slice(2)]],
  ['half a date', ['7', '1', '2026-11', ...good.slice(3)]],
  ['a date of letters', ['7', '1', 'yyyy-mm-dd 00:00:00', ...good.slice(3)]],
  ['half a time of day', ['7', '1', '2026-11-22 18:0', ...good.slice(3)]],
  ['a time without a colon', [...good.slice(0, 4), '123456']],
  ['a missing column', good.slice(0, 4)],
  ['a column too many', [...good, 'more']],
  ['text longer than the row', [...good.slice(0, 4), Buffer.from([200, 48])]],
  ['an unknown length byte', [...good.slice(0, 4), Buffer.from([255, 48])]],
  ['a length that is cut off', [...good.slice(0, 4), Buffer.from([252, 48])]],
];
for (const [what, cells] of refused)
  test(`${what} stops and appends nothing`, t => {
    const {out, run} = transcode(cells);
    t.throws(run, {code: 'SYNC3203'});
    t.deepEqual([out.length, out.records], [0, 0]);
  });
