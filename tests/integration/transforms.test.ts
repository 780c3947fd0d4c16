// Base ⊕ log of filtered and transformed rows against the same rows read anew: the load asks the server for filter and
// transforms, the log judges and rewrites images; merged they must be what the server gives in the end.
import test, {type ExecutionContext} from 'ava';
import {isSyncError} from '../../runtime/base/errors.ts';
import {createCounters} from '../../runtime/codec/counters.ts';
import type {TablePlan} from '../../runtime/codec/plan.ts';
import {createRecordBuffer, sealRecords} from '../../runtime/codec/recordBuffer.ts';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {ruledTranscoder} from '../../runtime/rules/ruledTranscoder.ts';
import {tableRule, type TableRule} from '../../runtime/rules/tableRule.ts';
import {transformPlan} from '../../runtime/rules/transformPlan.ts';
import {transformSpec} from '../../runtime/spec/transforms.ts';
import {
  binlogPlace,
  planOf,
  readLog,
  rowEvents,
  snapshotRows,
  type RowEvent,
} from '../support/bothPaths.ts';
import {
  filterCorpus,
  filterRandom,
  filterRows,
  filterTable,
  pick,
  type Next,
} from '../support/filterCorpus.ts';
import {createDatabase, type TestDatabase} from '../support/mysql.ts';
import {plainOptions} from '../support/sourceTable.ts';
import {anyValue, valueCondition} from '../support/valueCorpus.ts';

const count = Number(process.env['RULES'] ?? 60);
const seed = Number(process.env['SEED'] ?? 3);

const changed =
  'ti tu si mu mi i iu b bu d1 d2 d3 d4 da dt d6 ts e vb v9 vl ch tx c9 cg cu cc'.split(' ');

/** A rule over columns that are not the key: new ones, changed ones, drops and a filter. */
function randomRule(next: Next, filter: string) {
  const transforms: object[] = [];
  for (let i = 0; i < 3; i++) {
    const column = pick(next, [...changed, 'new_one', 'new_two']);
    transforms.push(
      pick<() => object>(next, [
        () => ({column, set: anyValue(next, 2)}),
        () => ({column: pick(next, ['vb', 'tx', 'cc', 'v9', 'vl']), mask: {from: 1, to: 3}}),
        () => ({column: pick(next, ['vb', 'tx', 'cg']), truncate: 2}),
        () => ({
          column: pick(next, ['d1', 'd2', 'i', 'vb']),
          cast: pick(next, ['DECIMAL(12,1)', 'CHAR', 'SIGNED']),
        }),
        () => ({column: pick(next, ['i', 'd1', 'tu']), default: '0'}),
        () => ({drop: valueCondition(next)}),
        () => ({column: pick(next, ['c9', 'vb', 'i', 'new_one']), hash: 'k'}),
        () => ({
          script:
            'script:e_if(op_gt(`i`, 0), e_compose(e_set(`new_two`, op_sum(`ti`, `d1`)), e_set(`vb`, str_upper(`ch`))))',
        }),
      ])(),
    );
  }
  return {
    where: next() < 0.6 ? filter : null,
    transforms: transforms.map(t => transformSpec.parse(t)),
  };
}

async function change(database: TestDatabase, next: Next): Promise<void> {
  const fresh = filterRows(seed + 1, 60).map(row =>
    row.replace(/^\d+/, id => String(Number(id) + 1000)),
  );
  for (const values of fresh) await database.query(`INSERT INTO f VALUES (${values})`);
  for (let i = 0; i < 120; i++) {
    const id = pick(next, [Math.ceil(next() * 60), 1000 + Math.ceil(next() * 60)]);
    const other = pick(next, [Math.ceil(next() * 60), 1000 + Math.ceil(next() * 60)]);
    const column = pick(next, changed);
    await database.query(
      pick(next, [
        `UPDATE f, (SELECT ${column} AS v FROM f WHERE id = ${other}) o SET f.${column} = o.v WHERE id = ${id}`,
        `UPDATE IGNORE f SET id = id + 5000 WHERE id = ${id}`,
        `UPDATE f SET i = -i, vb = REVERSE(vb), ti = NULL WHERE id % 17 = ${id % 17}`,
        `DELETE FROM f WHERE id = ${id}`,
      ]),
    );
  }
}

function logOf(plan: TablePlan, rule: TableRule, events: RowEvent[]): RecordValue[][] {
  const out = createRecordBuffer(256);
  const counters = createCounters(plan);
  let id = 1;
  for (const {kind, map, images, utcSeconds} of events) {
    const view = new DataView(images.buffer, images.byteOffset, images.byteLength);
    const write = ruledTranscoder(plan, map, rule);
    id += write(images, view, 0, images.length, kind, id, utcSeconds, out, counters);
  }
  return readLog(plan, sealRecords(out));
}

/** The newest row of each key, where it is an after image. */
function merged(base: RecordValue[][], log: RecordValue[][], key: number): string[] {
  const newest = new Map<string, string | null>();
  for (const row of base) newest.set(String(row[key]), show(row));
  for (const row of log) {
    const before = row[3];
    const cells = row.slice(5);
    // The after image of an update comes behind its before image.
    newest.set(String(cells[key]), String(before) === 'Y' ? null : show(cells));
  }
  return [...newest.values()].filter(row => row !== null).sort();
}

function show(row: RecordValue[]): string {
  return JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}

interface Case {
  rule: TableRule;
  plan: TablePlan;
  text: string;
  base: RecordValue[][];
}

async function cases(
  t: ExecutionContext,
  database: TestDatabase,
  plain: TablePlan,
): Promise<{found: Case[]; refused: number}> {
  const next = filterRandom(seed);
  const keys = new Map([['k', 'a key of the test']]);
  const found: Case[] = [];
  let refused = 0;
  for (const filter of filterCorpus(seed, count)) {
    const settings = randomRule(next, filter);
    try {
      const rule = tableRule(
        plain.source,
        {operations: ['insert', 'update', 'delete'], ...settings},
        keys,
      )!;
      if (rule === null) continue;
      const plan = rule.sets.length === 0 ? plain : transformPlan(plain, rule.sets, plainOptions);
      found.push({rule, plan, text: JSON.stringify(settings), base: []});
    } catch (error) {
      if (!isSyncError(error)) throw error;
      refused++;
    }
  }
  for (const one of found) one.base = await read(t, database, one);
  return {found, refused};
}

async function read(
  t: ExecutionContext,
  database: TestDatabase,
  {plan, rule}: Case,
): Promise<RecordValue[][]> {
  const where = rule.whereSql === null ? '' : `WHERE ${rule.whereSql}`;
  return (await snapshotRows(t, database, plan, where, rule.keys)).rows;
}

test('a generated corpus of filters and transforms merges to what the server gives, over rows in, out, staying and rekeyed', async t => {
  const database = await createDatabase(t);
  await database.query("SET SESSION sql_mode = '', time_zone = '+00:00'");
  await database.query(filterTable);
  for (const values of filterRows(seed, 60))
    await database.query(`INSERT INTO f VALUES (${values})`);
  const {found, refused} = await cases(t, database, await planOf(database, 'f'));
  const place = await binlogPlace(database);
  await change(database, filterRandom(seed + 9));
  const events = await rowEvents(database, 'f', place);
  const wrong: unknown[] = [];
  for (const one of found) {
    const expected = (await read(t, database, one)).map(show).sort();
    const rows = merged(one.base, logOf(one.plan, one.rule, events), one.plan.key![0]!);
    const missing = expected.find(row => !rows.includes(row));
    const extra = rows.find(row => !expected.includes(row));
    if (missing !== undefined || extra !== undefined) wrong.push({text: one.text, missing, extra});
  }
  t.log(`${found.length} rules, ${refused} refused, ${events.length} events`);
  t.deepEqual(wrong.slice(0, 2), [], `${wrong.length} of ${found.length} rules differ`);
  t.true(refused < count / 2);
});
