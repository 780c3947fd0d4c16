// Random values over the table of filterCorpus.ts: functions, arithmetic, choices and conditions, each as MySQL reads it.
import {condition, filterRandom, pick, quotedText, type Next} from './filterCorpus.ts';

/** Random expressions that give texts, numbers and moments. */
export function valueCorpus(seed: number, count: number): string[] {
  const next = filterRandom(seed);
  return Array.from({length: count}, () => anyValue(next, 3));
}

/** A random condition whose sides may be functions. */
export function valueCondition(next: Next): string {
  return pick(next, [
    () => condition(next, 2),
    () => `${number(next, 2)} ${pick(next, ['=', '<', '>=', '<>', '<=>'])} ${number(next, 1)}`,
    () => `LOWER(${pick(next, ['vb', 'c9', 'cg', 'tx'])}) ${pick(next, ['=', '<>', '<=>'])} 'paid'`,
    () => `${pick(next, ['TRIM', 'REVERSE', 'UPPER'])}(v9) ${pick(next, ['=', '<', '>='])} 'abc'`,
    () => `DATE(${pick(next, ['d6', 'ts', 'd3f'])}) ${pick(next, ['=', '<', '>'])} '2024-03-01'`,
    () => `ISNULL(${anyValue(next, 1)})`,
    () => `(${number(next, 2)}) IS ${pick(next, ['', 'NOT '])}NULL`,
  ])();
}

/** A random value of a random type. */
export function anyValue(next: Next, depth: number): string {
  return pick(next, [
    () => text(next, depth),
    () => number(next, depth),
    () => moment(next, depth),
  ])();
}

const textColumns = ['vb', 'v9', 'vl', 'ch', 'tx', 'c9', 'cg', 'cu', 'cc', 'e', 'pad'];

function text(next: Next, depth: number): string {
  if (depth === 0 || next() < 0.2)
    return next() < 0.75
      ? pick(next, textColumns)
      : quotedText(pick(next, ['', 'a', ' x ', "it's", '日本', '😀']));
  const inner = () => text(next, depth - 1);
  const place = () => String(Math.floor(next() * 6) - 1);
  return pick(next, [
    () => `CONCAT(${inner()}, ${anyValue(next, depth - 1)})`,
    () => `${pick(next, ['LOWER', 'UPPER'])}(${pick(next, ['vb', 'v9', 'ch', 'e', 'cc'])})`,
    () => `${pick(next, ['TRIM', 'LTRIM', 'RTRIM', 'REVERSE'])}(${inner()})`,
    () => `${pick(next, ['LEFT', 'RIGHT'])}(${inner()}, ${place()})`,
    () => `SUBSTRING(${inner()}, ${place()})`,
    () => `SUBSTRING(${inner()}, ${pick(next, ['1', '2', '-3', '0'])}, ${place()})`,
    () => `REPLACE(${inner()}, ${quotedText(pick(next, ['a', 'b', '', ' ', '日']))}, ${inner()})`,
    () => `REPEAT(${inner()}, ${place()})`,
    () => `${pick(next, ['LPAD', 'RPAD'])}(${inner()}, ${pick(next, ['0', '3', '12'])}, 'xy')`,
    () => `IF(${valueCondition(next)}, ${inner()}, ${inner()})`,
    () => `COALESCE(${inner()}, ${inner()}, 'none')`,
    () => `CAST(${anyValue(next, depth - 1)} AS CHAR${pick(next, ['', '(3)', '(40)'])})`,
    () =>
      `DATE_FORMAT(${moment(next, depth - 1)}, '${pick(next, ['%Y-%m-%d', '%H:%i:%s.%f', '%e/%c/%y %l%p', 'x%%%k'])}')`,
    () => `IFNULL(${inner()}, ${number(next, 1)})`,
  ])();
}

const smallNumbers = ['ti', 'tu', 'si', 'mi', 'i', 'd1', 'id'];
const numbers = [...smallNumbers, 'mu', 'iu', 'b', 'bu', 'd2', 'd3', 'd4'];

function number(next: Next, depth: number): string {
  if (depth === 0 || next() < 0.15)
    return next() < 0.75 ? pick(next, numbers) : pick(next, ['0', '1', '-3', '2.50', '1000']);
  const small = () => pick(next, smallNumbers);
  const inner = () => number(next, depth - 1);
  return pick(next, [
    () =>
      `${small()} ${pick(next, ['+', '-', '*', '/'])} ${pick(next, [...smallNumbers, '2', '0.5', '7'])}`,
    () => `${small()} / ${pick(next, ['3', '0', 'ti', '1.5'])}`,
    () => `(${small()} / ${pick(next, ['3', 'si'])}) * ${small()}`,
    () => `${pick(next, ['i', 'mi', 'b'])} % ${pick(next, ['7', 'ti'])}`,
    () => `ABS(${small()})`,
    () => `SIGN(${inner()})`,
    () =>
      `ROUND(${pick(next, ['d1', 'd2', 'd4', 'd1 / 3', 'i'])}${pick(next, ['', ', 1', ', 2'])})`.replace(
        /ROUND\(i, \d\)/,
        'ROUND(i)',
      ),
    () => `TRUNCATE(${pick(next, ['d1', 'd2', 'd1 / 3'])}, ${pick(next, ['0', '1'])})`,
    () => `${pick(next, ['FLOOR', 'CEILING'])}(${pick(next, ['d1', 'd2', 'd4', 'i', 'd1 / 7'])})`,
    () => `CHAR_LENGTH(${text(next, depth - 1)})`,
    () => `IF(${valueCondition(next)}, ${small()}, ${small()})`,
    () => `IFNULL(${small()}, ${pick(next, ['0', '1.5', small()])})`,
    () => `NULLIF(${pick(next, ['i', 'ti', 'd1'])}, ${pick(next, ['0', '42', '1.5'])})`,
    () => `CAST(${pick(next, ['d1', 'd2', 'i', 'd1 / 3'])} AS SIGNED)`,
    () => `CAST(${text(next, depth - 1)} AS SIGNED)`,
    () =>
      `CAST(${pick(next, [text(next, depth - 1), inner()])} AS DECIMAL(${pick(next, ['5,2', '20,6', '10,0'])}))`,
    () =>
      `${pick(next, ['YEAR', 'MONTH', 'DAYOFMONTH', 'HOUR', 'MINUTE', 'SECOND'])}(${moment(next, depth - 1)})`,
    () => `UNIX_TIMESTAMP(${moment(next, depth - 1)})`,
    () => `(${valueCondition(next)})`,
  ])();
}

const momentColumns = ['da', 'dt', 'd6', 'd3f', 'ts', 'ts2'];

function moment(next: Next, depth: number): string {
  if (depth === 0 || next() < 0.3) return pick(next, momentColumns);
  const inner = () => moment(next, depth - 1);
  return pick(next, [
    () => `DATE(${inner()})`,
    () =>
      `${pick(next, ['DATE_ADD', 'DATE_SUB'])}(${inner()}, INTERVAL ${pick(next, ['1', '-1', '31', '400', 'ti', 'si'])} ${pick(next, ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'YEAR'])})`,
    () => `CAST(${inner()} AS DATETIME(6))`,
    () => `CAST(${inner()} AS DATE)`,
    () => `FROM_UNIXTIME(${pick(next, ['i', 'iu', 'd1', '1700000000', 'ti'])})`,
    () => `IF(${valueCondition(next)}, dt, ts)`,
    () => `COALESCE(DATE(dt), da)`,
  ])();
}
