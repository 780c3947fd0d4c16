import {stripVTControlCharacters} from 'node:util';
import test from 'ava';
import {picture, summaryLine, tableLine} from '../../../runtime/cli/progressText.ts';
import {sampleStatus, sampleTable} from '../../support/standingTask.ts';

test('one line says everything of a task that follows', t => {
  t.is(
    summaryLine(sampleStatus()),
    'shop following, lag 0.5 s, 2 tables, 1,450 rows loaded, 68 followed, 30 rows/s, 1.0 MiB/s',
  );
});

test('a load says how long it takes, a held task why', t => {
  const line = summaryLine(
    sampleStatus({
      state: 'loading',
      lagSeconds: null,
      loadEtaSeconds: 3725,
      tables: [sampleTable()],
      holds: [{reason: 'operator'}, {reason: 'spool-full', mebibytes: 4096}],
    }),
  );
  t.is(
    line,
    'shop loading, 1 table, 1,200 rows loaded, 34 followed, 30 rows/s, 1.0 MiB/s, 1 h 2 min to go, held: operator; spool-full (mebibytes 4096)',
  );
});

test('a table has its rows in one line', t => {
  t.is(
    tableLine(sampleTable()),
    'shop.orders following, 1,200 rows loaded, 34 followed, 5 filtered, 6 set aside',
  );
});

test('a table that is being loaded has its estimate, rate and what is left', t => {
  const loading = {state: 'loading', rowsLoaded: 250, bytesLoaded: 3 * 1024 ** 2} as const;
  t.is(
    tableLine(sampleTable({...loading, rowsPerSecond: 125, etaSeconds: 6})),
    'shop.orders loading, 250 rows loaded of about 1,000 (3.0 MiB), 125 rows/s, 6 s to go, 34 followed, 5 filtered, 6 set aside',
  );
  t.is(
    tableLine(sampleTable({...loading, rowsPerSecond: 0, etaSeconds: null})),
    'shop.orders loading, 250 rows loaded of about 1,000 (3.0 MiB), 0 rows/s, 34 followed, 5 filtered, 6 set aside',
  );
});

test('the picture has a heading, figures, and a line a table', t => {
  const lines = picture(sampleStatus(), {columns: 100, rows: 30, color: false});
  t.deepEqual(lines, [
    'shop  following  production',
    'lag 0.5 s   loaded 1,450   followed 68   30 rows/s, 1.0 MiB/s',
    'TABLE         STATE      FULL LOAD              LOADED  FOLLOWED  SET ASIDE',
    'shop.orders   following  ████████████████ 100%   1,200        34          6',
    'shop.users    loading    ████░░░░░░░░░░░░  25%     250        34          6',
  ]);
});

test('a table is full only when it says so, however low the estimate was', t => {
  const loading = sampleTable({state: 'loading', rowsLoaded: 5000});
  const [, , , line] = picture(sampleStatus({tables: [loading]}), {
    columns: 100,
    rows: 30,
    color: false,
  });
  t.regex(line!, / 99%/);
});

test('where not all tables fit, those that move are shown and the others counted', t => {
  const tables = Array.from({length: 50}, (_, i) =>
    sampleTable({table: `t${i}`, state: i === 33 ? 'loading' : 'waiting', rowsLoaded: 0}),
  );
  const lines = picture(sampleStatus({tables, holds: [{reason: 'operator'}]}), {
    columns: 100,
    rows: 12,
    color: false,
  });
  t.true(lines.length <= 12);
  t.true(lines.some(line => line.startsWith('shop.t33 ')));
  t.true(lines.includes('and 43 tables more'));
  t.is(lines.at(-1), 'held: operator');
});

test('no line of the picture is wider than the terminal, long names are cut', t => {
  const tables = [sampleTable({table: 'x'.repeat(64)})];
  const lines = picture(sampleStatus({tables}), {columns: 80, rows: 30, color: false});
  t.true(lines.every(line => line.length <= 80));
  t.true(lines.some(line => line.includes('x… ')));
});

test('colours add nothing but colour', t => {
  const size = {columns: 100, rows: 30};
  const plain = picture(sampleStatus(), {...size, color: false});
  const colored = picture(sampleStatus(), {...size, color: true});
  t.deepEqual(colored.map(stripVTControlCharacters), plain);
  t.notDeepEqual(colored, plain);
});
