// Functions of moments, all in UTC, and what a change knows of itself: its operation, its time, its table.
import type {SourceTable} from '../codec/sourceTable.ts';
import {notSure} from '../spec/expressionTokens.ts';
import {textSql} from './filterSql.ts';
import type {Call, FunctionRule} from './functions.ts';
import {applied} from './textFunctions.ts';
import {
  fieldsOf,
  isMoment,
  isNumber,
  momentOf,
  type Fields,
  type MomentType,
  type MomentValue,
  type NumberType,
  type Value,
} from './value.ts';

/** The functions by name. */
export const momentFunctions: Readonly<Record<string, FunctionRule>> = {
  DATE: ([value], call) => {
    const x = moment(value!, call, 0);
    return applied(dateType, `DATE(${x.sql})`, [x], (us: bigint) => us - modulo(us, dayUs));
  },
  YEAR: part('YEAR', f => f.year, 9999),
  MONTH: part('MONTH', f => f.month, 12),
  DAYOFMONTH: part('DAYOFMONTH', f => f.day, 31),
  HOUR: part('HOUR', f => f.hour, 23),
  MINUTE: part('MINUTE', f => f.minute, 59),
  SECOND: part('SECOND', f => f.second, 59),
  DATE_FORMAT: (parts, call) => format(parts, call),
  DATE_ADD: (parts, call) => shifted(parts, call, 1n),
  DATE_SUB: (parts, call) => shifted(parts, call, -1n),
  UNIX_TIMESTAMP: ([value], call) => {
    const x = moment(value!, call, 0);
    const scale = x.type.fractionDigits;
    const by = 10n ** BigInt(6 - scale);
    const type: NumberType = {
      kind: 'number',
      scale,
      low: 0n,
      high: 32_536_771_200n * 10n ** BigInt(scale),
      unsigned: false,
    };
    return applied(type, `UNIX_TIMESTAMP(${x.sql})`, [x], (us: bigint) =>
      us < 1_000_000n || us > unixLast ? 0n : us / by,
    );
  },
  FROM_UNIXTIME: ([value], call) => {
    if (!isNumber(value!) || value.type.scale > 6)
      throw notSure(
        'value 1 of FROM_UNIXTIME',
        call.parts[0]!.at,
        'it is no number of seconds with up to six digits',
        'Use CAST(… AS SIGNED).',
      );
    const {scale} = value.type;
    const by = 10n ** BigInt(6 - scale);
    const type: MomentType = {kind: 'moment', dataType: 'datetime', fractionDigits: scale};
    return applied(type, `FROM_UNIXTIME(${value.sql})`, [value], (n: bigint) =>
      n < 0n || n * by > unixLast ? null : n * by,
    );
  },
  OPERATION: () => ({
    type: {kind: 'text', collation: 'utf8mb4_bin'},
    sql: "('INSERT' COLLATE utf8mb4_bin)",
    compile: () => row => row.kind.toUpperCase(),
  }),
  COMMIT_TIME: () => ({
    type: {kind: 'moment', dataType: 'datetime', fractionDigits: 0},
    sql: 'UTC_TIMESTAMP()',
    compile: () => row => BigInt(row.utcSeconds) * 1_000_000n,
  }),
  TABLE_NAME: (_, __, {table}) => constantText(table, 'name'),
  DATABASE_NAME: (_, __, {table}) => constantText(table, 'database'),
};

const dateType: MomentType = {kind: 'moment', dataType: 'date', fractionDigits: 0};
const dayUs = 86_400_000_000n;
/** 3001-01-18 23:59:59.999999, the last moment that has Unix seconds in MySQL. */
const unixLast = 32_536_771_199_999_999n;

function constantText(table: SourceTable, key: 'name' | 'database'): Value {
  const text = table[key];
  return {
    type: {kind: 'text', collation: 'utf8mb4_bin'},
    sql: `(${textSql(text)} COLLATE utf8mb4_bin)`,
    compile: () => () => text,
  };
}

function moment(value: Value, {name, parts}: Call, i: number): MomentValue {
  if (isMoment(value)) return value;
  throw notSure(
    `value ${i + 1} of ${name}`,
    parts[i]!.at,
    'it is no DATE, DATETIME or TIMESTAMP, and MySQL reads others in many ways',
    'Use a column of such a type.',
  );
}

function modulo(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}

function part(name: string, take: (fields: Fields) => number, high: number): FunctionRule {
  return ([value], call) => {
    const x = moment(value!, call, 0);
    const type: NumberType = {
      kind: 'number',
      scale: 0,
      low: 0n,
      high: BigInt(high),
      unsigned: false,
    };
    return applied(type, `${name}(${x.sql})`, [x], (us: bigint) => BigInt(take(fieldsOf(us))));
  };
}

const two = (n: number) => String(n).padStart(2, '0');

/** Parts of a format that have no language in them. */
const formats: Readonly<Record<string, (f: Fields) => string>> = {
  Y: f => String(f.year).padStart(4, '0'),
  y: f => two(f.year % 100),
  m: f => two(f.month),
  c: f => String(f.month),
  d: f => two(f.day),
  e: f => String(f.day),
  H: f => two(f.hour),
  k: f => String(f.hour),
  h: f => two(f.hour % 12 || 12),
  I: f => two(f.hour % 12 || 12),
  l: f => String(f.hour % 12 || 12),
  i: f => two(f.minute),
  s: f => two(f.second),
  S: f => two(f.second),
  f: f => String(f.micro).padStart(6, '0'),
  p: f => (f.hour < 12 ? 'AM' : 'PM'),
  T: f => `${two(f.hour)}:${two(f.minute)}:${two(f.second)}`,
  '%': () => '%',
};

function format(parts: Value[], call: Call): Value {
  const x = moment(parts[0]!, call, 0);
  const pattern = call.parts[1]!;
  const wrong = (reason: string) =>
    notSure(
      'the format of DATE_FORMAT',
      pattern.at,
      reason,
      `Write a constant of text and ${Object.keys(formats)
        .map(c => `%${c}`)
        .join(' ')}.`,
    );
  if (pattern.kind !== 'string') throw wrong('it is no constant');
  const steps = pattern.text.split(/(%.?)/s).map(step => {
    if (!step.startsWith('%')) return () => step;
    const found = formats[step.slice(1)];
    if (found === undefined) throw wrong(`${step} depends on the language or is not known`);
    return found;
  });
  const sql = `DATE_FORMAT(${x.sql}, ${textSql(pattern.text)})`;
  return applied({kind: 'text', collation: null}, sql, [x], (us: bigint) => {
    const fields = fieldsOf(us);
    return steps.map(step => step(fields)).join('');
  });
}

const unitUs: Readonly<Record<string, bigint>> = {
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: dayUs,
  WEEK: 7n * dayUs,
};

/** The first and the last moment that a DATETIME holds. */
const first = -62_167_219_200_000_000n;
const last = 253_402_300_799_999_999n;

function shifted(parts: Value[], call: Call, direction: bigint): Value {
  const x = moment(parts[0]!, call, 0);
  const count = parts[1]!;
  const unit = call.detail!;
  const most = 10n ** 9n;
  if (
    !isNumber(count) ||
    count.type.scale > 0 ||
    ((count.type.high > 2n ** 32n || count.type.low < -(2n ** 32n)) &&
      call.parts[1]!.kind !== 'number')
  )
    throw notSure(
      `the interval of ${call.name}`,
      call.parts[1]!.at,
      'it is no whole number of 32 bits, which MySQL would round or wrap',
      'Write a whole number, or a column of type INT.',
    );
  const isTimed = /^(SECOND|MINUTE|HOUR)$/.test(unit);
  const type: MomentType = isTimed ? {...x.type, dataType: 'datetime'} : x.type;
  const sql = `${call.name}(${x.sql}, INTERVAL ${count.sql} ${unit})`;
  return applied(type, sql, [x, count], (us: bigint, n: bigint) => {
    if (n > most * 10n || n < -most * 10n) return null;
    const by = unitUs[unit];
    const moved =
      by === undefined
        ? addMonths(us, Number(direction * n) * (unit === 'YEAR' ? 12 : 1))
        : us + direction * n * by;
    return moved === null || moved < first || moved > last ? null : moved;
  });
}

/** The same day of another month, or its last day. */
function addMonths(us: bigint, months: number): bigint | null {
  const fields = fieldsOf(us);
  const all = fields.year * 12 + fields.month - 1 + months;
  const [year, month] = [Math.floor(all / 12), (((all % 12) + 12) % 12) + 1];
  if (year < 0 || year > 9999) return null;
  for (let day = fields.day; day > 0; day--) {
    const found = momentOf({...fields, year, month, day});
    if (found !== null) return found;
  }
  return null;
}
