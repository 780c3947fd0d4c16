import test from 'ava';
import {lengthBytesOf} from '../../runtime/codec/tableMapCheck.ts';
import {compileFilter, isTrue} from '../../runtime/rules/compileFilter.ts';
import {foldRuns} from '../../runtime/rules/foldTables.ts';
import {imageWalk} from '../../runtime/rules/imageRow.ts';
import {parseExpression} from '../../runtime/spec/parseExpression.ts';
import {scopeOf} from '../../runtime/rules/scope.ts';
import {binlogPlace, logRows, planOf} from '../support/bothPaths.ts';
import {collationFolds} from '../support/collationFolds.ts';
import {filterCorpus, filterRows, filterTable} from '../support/filterCorpus.ts';
import {createDatabase} from '../support/mysql.ts';

for (const collation of ['utf8mb4_0900_ai_ci', 'utf8mb4_general_ci', 'utf8mb4_unicode_ci'])
  test(`what equals ASCII text in ${collation} is what the server says, for every character`, async t => {
    const database = await createDatabase(t);
    t.deepEqual(foldRuns(collation), await collationFolds(database, collation));
  });

test('a generated corpus of filters finds in row images exactly the rows that MySQL finds', async t => {
  const database = await createDatabase(t);
  await database.query("SET SESSION sql_mode = '', time_zone = '+00:00'");
  await database.query(filterTable);
  const place = await binlogPlace(database);
  for (const values of filterRows(11, 120))
    await database.query(`INSERT INTO f VALUES (${values})`);
  const plan = await planOf(database, 'f');
  const {images, maps} = await logRows(t, database, plan, place);
  const {source} = plan;
  const scope = scopeOf(source);
  const map = maps.at(-1)!;
  const lengthBytes = Array.from(map.types, (type, i) => lengthBytesOf(type, map.metadata[i]!));
  const places = new Int32Array(source.columns.length);
  const wrong: unknown[] = [];
  let undecided = 0;
  const filters = filterCorpus(5, 900);
  for (const text of filters) {
    const tree = parseExpression(text);
    const {judge, named} = compileFilter(scope.judgement(tree), source, lengthBytes);
    const walk = imageWalk(source, map, named);
    const found: number[] = [];
    images.forEach((input, i) => {
      const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
      t.is(walk(input, view, 0, input.length, places, new Int32Array(0)), input.length);
      if (judge({input, view, places, kind: 'insert', utcSeconds: 0}) === isTrue) found.push(i + 1);
    });
    const ids = async (where: string) =>
      (await database.query(`SELECT id FROM f WHERE ${where} ORDER BY id`)).map(r =>
        Number(r['id']),
      );
    const expected = await ids(text);
    const pushed = await ids(scope.sql(tree));
    if (expected.length === 0 || expected.length === images.length) undecided++;
    if (String(found) !== String(expected) || String(pushed) !== String(expected))
      wrong.push({text, found: String(found), expected: String(expected), pushed: String(pushed)});
  }
  t.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${filters.length} filters differ`);
  t.true(undecided < filters.length / 2, `${undecided} of ${filters.length} filters tell nothing`);
});
