// SQL jobs that take their time: progress by stages, and the end of a job that nobody waits for any more.
import test from 'ava';
import {runSql, type SqlProgress} from '../../runtime/sink/instance.ts';
import {ScriptedService, type Arrival, type Script} from '../support/scriptedService.ts';
import {openClient} from '../support/target.ts';

const location = 'http://h/projects/p/instances/i1';
const status = (state: string, task: string) =>
  `<Instance><Status>${state}</Status><Tasks><Task><Name>x</Name><Status>${task}</Status></Task></Tasks></Instance>`;
const stages =
  '<Progress><Stage ID="M1"><FinishedPercentage>100</FinishedPercentage></Stage>' +
  '<Stage ID="R2"><FinishedPercentage>50</FinishedPercentage></Stage></Progress>';
const result =
  '<Instance><Tasks><Task><Name>x</Name><Result><![CDATA["a"\n1\n]]></Result></Task></Tasks></Instance>';

/** A service with one job that ends when its progress was asked for `asksMax` times. */
function jobUntil(asksMax: number): (arrival: Arrival) => Script {
  let asks = 0;
  return ({method, url}) => {
    if (method === 'POST') return {status: 201, headers: {location}, body: ''};
    if (url.includes('instanceprogress')) {
      asks++;
      return {body: stages};
    }
    if (url.includes('taskstatus'))
      return {
        body: asks < asksMax ? status('Running', 'Running') : status('Terminated', 'Success'),
      };
    return {body: result};
  };
}

test('a long job tells how far its stages are, a short one is not asked', async t => {
  const {signal} = new AbortController();
  await using service = await ScriptedService.start(jobUntil(1));
  const seen: SqlProgress[] = [];
  const {rows} = await runSql(openClient(t, service.url), 'SELECT 1 AS a', {
    signal,
    onProgress: progress => seen.push(progress),
  });
  t.deepEqual(rows, [['1']]);
  t.is(seen[0]!.percent, null);
  t.true(seen.some(({percent}) => percent === 75));
});

test('a query that is cancelled is stopped at the service, a change of the target is left to end', async t => {
  for (const [sql, stops] of [
    ['SELECT 1 AS a', 1],
    ['CREATE TABLE a (b BIGINT)', 0],
  ] as const) {
    const controller = new AbortController();
    await using service = await ScriptedService.start(jobUntil(Infinity));
    const job = runSql(openClient(t, service.url), sql, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('nobody waits')),
    });
    await t.throwsAsync(job, {message: 'nobody waits'});
    const puts = service.arrivals.filter(({method}) => method === 'PUT');
    t.is(puts.length, stops);
    for (const {url, body} of puts) {
      t.true(url.startsWith('/projects/test_project/instances/i1?'));
      t.true(body.includes('<Status>Terminated</Status>'));
    }
  }
});
