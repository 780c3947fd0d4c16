// The published merge statement, run by the embedded endpoint, against results computed by hand.
import test from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {baseTableDdl, createTable, logTableDdl} from '../../runtime/sink/tables.ts';
import {mergeSql} from '../../runtime/task/mergeSql.ts';
import {historySql, mergeCases, sortedRows, type MergeCase} from '../support/mergeCases.ts';
import {openClient, startTarget} from '../support/target.ts';

const {signal} = new AbortController();

const merges = test.macro<[MergeCase]>({
  exec: async (t, mergeCase) => {
    const client = openClient(t, await startTarget(t));
    const {plan} = mergeCase;
    await createTable(client, baseTableDdl(plan, 'u:1:1'), signal);
    await createTable(client, logTableDdl(plan, 'u:1:1'), signal);
    for (const statement of historySql(mergeCase)) await runSql(client, statement, {signal});
    for (const {asOf, rows} of mergeCase.expected) {
      const result = await runSql(client, mergeSql(plan, {asOf}), {signal});
      t.deepEqual(
        result.columns,
        plan.columns.map(column => column.targetName),
      );
      t.deepEqual(sortedRows(result.rows), sortedRows(rows), `as of ${asOf}`);
    }
  },
  title: (_, {title}) => `base and log merge for ${title}`,
});

for (const mergeCase of mergeCases) test(merges, mergeCase);
