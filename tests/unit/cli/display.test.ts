import {Writable} from 'node:stream';
import test from 'ava';
import {finding} from '../../../runtime/base/errors.ts';
import {showProgress} from '../../../runtime/cli/display.ts';
import type {Status} from '../../../runtime/task/progress.ts';
import {sampleStatus} from '../../support/standingTask.ts';

/** A stream that keeps what is written; as a terminal of the given width when asked. */
function sink(tty: boolean) {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const out = Object.assign(stream, {isTTY: tty, columns: 80, rows: 24, hasColors: () => false});
  return {out: out as unknown as NodeJS.WriteStream, text: () => text};
}

/** Gives the statuses one after another; the last of them is final. */
function reader(...statuses: Partial<Status>[]): () => Promise<Status | null> {
  let i = 0;
  return () => Promise.resolve(sampleStatus(statuses[Math.min(i++, statuses.length - 1)]));
}

const {signal} = new AbortController();
const times = (text: string) => text.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, '');

test('elsewhere than on a terminal a line is written when something changes, and at the end', async t => {
  const {out, text} = sink(false);
  await showProgress(
    reader(
      {state: 'loading', lagSeconds: null},
      {state: 'loading', lagSeconds: null},
      {state: 'following'},
      {state: 'following', holds: [{reason: 'operator'}]},
      {state: 'stopped'},
    ),
    out,
    signal,
  );
  t.deepEqual(
    times(text())
      .trimEnd()
      .split('\n')
      .map(line => /^shop (\w+)/.exec(line)?.[1]),
    ['loading', 'following', 'following', 'stopped'],
  );
  t.false(text().includes('\x1b'));
});

test('a finding is shown once, in its five lines', async t => {
  const {out, text} = sink(false);
  const findings = [finding('SYNC1002', {path: 'sorce'}, {severity: 'warning'})];
  await showProgress(reader({findings}, {findings}, {findings, state: 'done'}), out, signal);
  t.is(text().match(/^warning\[SYNC1002\]/gm)?.length, 1);
});

test('on a terminal the picture is drawn over itself and the cursor comes back', async t => {
  const {out, text} = sink(true);
  await showProgress(reader({}, {state: 'stopped'}), out, signal);
  const lines = 5;
  t.is(text().split(`\x1b[${lines}A`).length, 2, 'one picture over another');
  t.is(text().split('\x1b[?2026h').length, text().split('\x1b[?2026l').length);
  t.true(text().endsWith('\x1b[?25h'));
});

test('an abort shows the state once more and ends', async t => {
  const {out, text} = sink(false);
  await showProgress(reader({}), out, AbortSignal.abort());
  t.is(times(text()).trimEnd().split('\n').length, 1);
});

test('a runtime that answers no more ends the display', async t => {
  const {out, text} = sink(false);
  let asked = 0;
  await showProgress(() => Promise.resolve(asked++ === 0 ? sampleStatus() : null), out, signal);
  t.is(asked, 2);
  t.is(times(text()).trimEnd().split('\n').length, 1);
});
