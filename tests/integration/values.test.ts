// Values of filters, transforms and scripts against the server's own.
import test from 'ava';
import {isSyncError} from '../../runtime/base/errors.ts';
import {lengthBytesOf} from '../../runtime/codec/tableMapCheck.ts';
import {imageWalk, type ImageRow} from '../../runtime/rules/imageRow.ts';
import {scopeOf} from '../../runtime/rules/scope.ts';
import {setCell} from '../../runtime/rules/setCell.ts';
import {sureCase} from '../../runtime/rules/textFunctions.ts';
import {momentText, numberText, type ValueType} from '../../runtime/rules/value.ts';
import {parseExpression} from '../../runtime/spec/parseExpression.ts';
import {binlogPlace, logRows, planOf} from '../support/bothPaths.ts';
import {filterRows, filterTable} from '../support/filterCorpus.ts';
import {createDatabase} from '../support/mysql.ts';
import {valueCorpus} from '../support/valueCorpus.ts';

const count = Number(process.env['VALUES'] ?? 400);
const seed = Number(process.env['SEED'] ?? 7);

test('a generated corpus of values gives from row images what MySQL gives, as written and as pushed into the SELECT', async t => {
  const database = await createDatabase(t);
  await database.query("SET SESSION sql_mode = '', time_zone = '+00:00'");
  await database.query(filterTable);
  const place = await binlogPlace(database);
  for (const values of filterRows(seed, 60))
    // Zero dates count as NULL in functions, which MySQL does in some only.
    await database.query(
      `INSERT INTO f VALUES (${values.replaceAll(/'0000-00-00[ :0]*'/g, 'NULL')})`,
    );
  const plan = await planOf(database, 'f');
  const {images, maps} = await logRows(t, database, plan, place);
  const {source} = plan;
  const map = maps.at(-1)!;
  const scope = scopeOf(source);
  const lengthBytes = Array.from(map.types, (type, i) => lengthBytesOf(type, map.metadata[i]!));
  const places = new Int32Array(source.columns.length);
  const wrong: unknown[] = [];
  let refused = 0;
  for (const text of valueCorpus(seed, count)) {
    let value;
    let pushed;
    try {
      value = scope.value(parseExpression(text));
      pushed = setCell('x', value, null, false).sql;
    } catch (error) {
      if (!isSyncError(error)) throw error;
      refused++;
      continue;
    }
    const named = new Set<number>();
    const plain = value.compile({columns: source.columns, lengthBytes, named});
    const {type} = value;
    const read = (row: ImageRow) => textOf(plain(row), type);
    const walk = imageWalk(source, map, named);
    const column = async (sql: string) =>
      (await database.query(`SELECT CAST(${sql} AS CHAR) AS v FROM f ORDER BY id`)).map(
        row => row['v'] as string | null,
      );
    const sent = await column(pushed);
    // MySQL refuses to join columns of two collations, which the pushed SQL gives one.
    const written = await column(text).catch((error: {code: string}) => {
      if (!/^ER_(CANT_AGGREGATE|CANNOT_CONVERT_STRING)/.test(error.code))
        throw error as unknown as Error;
      return null;
    });
    images.forEach((input, i) => {
      const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
      walk(input, view, 0, input.length, places, new Int32Array(0));
      const found = read({input, view, places, kind: 'insert', utcSeconds: 0});
      const isWrong = written !== null && !same(found, written[i]!);
      if (found !== sent[i] || isWrong)
        wrong.push({id: i + 1, text, found, written: written?.[i], sent: sent[i]});
    });
  }
  t.deepEqual(wrong.slice(0, 5), [], `${wrong.length} values differ`);
  t.log(`${refused} of ${count} refused`);
  t.true(refused < count / 3, `${refused} of ${count} were refused`);
});

function textOf(found: bigint | string | null, type: ValueType): string | null {
  if (typeof found !== 'bigint') return found;
  if (type.kind === 'number') return numberText(found, type.scale);
  return type.kind === 'moment' ? momentText(found, type) : null;
}

/** The server may write more or fewer zeros at the end of a number than its type has digits. */
function same(found: string | null, written: string | null): boolean {
  if (found === written || found === null || written === null) return found === written;
  const plain = (text: string) => (/^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text);
  return plain(found) === plain(written);
}

test('letters whose case is turned here have the same case in every table of the server', async t => {
  const database = await createDatabase(t);
  const letters = Array.from({length: 0x10000}, (_, c) => String.fromCharCode(c)).filter(
    c => sureCase.test(c) && !/[\ud800-\udfff]/.test(c),
  );
  for (const collation of ['utf8mb4_bin', 'utf8mb4_0900_ai_ci', 'utf8mb4_unicode_520_ci'])
    for (const [name, turn] of [
      ['LOWER', (c: string) => c.toLowerCase()],
      ['UPPER', (c: string) => c.toUpperCase()],
    ] as const) {
      const hex = Buffer.from(letters.join('')).toString('hex');
      const [row] = await database.query(
        `SELECT HEX(${name}(_utf8mb4 X'${hex}' COLLATE ${collation})) AS v`,
      );
      const found = Array.from(Buffer.from(String(row!['v']), 'hex').toString());
      const expected = letters.map(c => (turn(c).length === 1 ? turn(c) : c));
      const different = letters.filter((_, i) => found[i] !== expected[i]);
      t.deepEqual(different, [], `${name} in ${collation}`);
    }
});
