import test from 'ava';
import {createMetrics} from '../../../runtime/status/metrics.ts';
import {standingTask} from '../../support/standingTask.ts';

/** The samples of one metric, without the labels that every sample has. */
function samples(text: string, name: string): string[] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`${name}{`))
    .map(line => line.replace(/,?task="shop",environment="production"/, '').replace(`${name}`, ''));
}

test('state, lag, holds and rates are shown', async t => {
  const task = standingTask({holds: [{reason: 'operator'}, {reason: 'spool-full', mebibytes: 1}]});
  const text = await createMetrics(task).text();
  t.true(samples(text, 'synctask_state').includes('{state="following"} 1'));
  t.true(samples(text, 'synctask_state').includes('{state="loading"} 0'));
  t.is(samples(text, 'synctask_state').length, 8);
  t.deepEqual(samples(text, 'synctask_hold'), ['{reason="operator"} 1', '{reason="spool-full"} 1']);
  t.deepEqual(samples(text, 'synctask_lag_seconds'), ['{} 0.5']);
  t.deepEqual(samples(text, 'synctask_bytes_read_per_second'), ['{} 1048576']);
  t.deepEqual(samples(text, 'synctask_rows_followed_per_second'), ['{} 20']);
});

test('each table has its rows', async t => {
  const text = await createMetrics(standingTask()).text();
  const orders = 'database="shop",table="orders",target="orders"';
  const users = 'database="shop",table="users",target="users"';
  t.deepEqual(samples(text, 'synctask_table_rows_loaded_total'), [
    `{${orders}} 1200`,
    `{${users}} 250`,
  ]);
  t.deepEqual(samples(text, 'synctask_table_rows_followed_total'), [
    `{${orders}} 34`,
    `{${users}} 34`,
  ]);
  t.deepEqual(samples(text, 'synctask_table_rows_set_aside_total')[0], `{${orders}} 6`);
  t.deepEqual(samples(text, 'synctask_table_rows_filtered_total')[0], `{${orders}} 5`);
  t.deepEqual(samples(text, 'synctask_table_policy_values_total').slice(0, 3), [
    `{${orders},policy="zero-date"} 1`,
    `{${orders},policy="over-long"} 2`,
    `{${orders},policy="invalid-text"} 3`,
  ]);
  t.deepEqual(samples(text, 'synctask_table_rows_estimated')[0], `{${orders}} 1000`);
});

test('a scrape shows what is so now, and nothing that was', async t => {
  const task = standingTask({holds: [{reason: 'operator'}]});
  const metrics = createMetrics(task);
  await metrics.text();
  task.say({holds: [], lagSeconds: null, state: 'loading', tables: []});
  const text = await metrics.text();
  t.deepEqual(samples(text, 'synctask_hold'), []);
  t.deepEqual(samples(text, 'synctask_lag_seconds'), []);
  t.deepEqual(samples(text, 'synctask_table_rows_loaded_total'), []);
  t.true(samples(text, 'synctask_state').includes('{state="loading"} 1'));
});
