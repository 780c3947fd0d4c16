// MaxCompute's functions as macros of DuckDB, called odps_<name>, by their documentation where DuckDB's of that name differ, are
// missing, or would be changed by polyglot. Kept in the project's database, in a schema of their own.
import {compareMacros} from './sqlCompare.ts';
import {dateMacros} from './sqlMacrosDate.ts';
import {listMacros} from './sqlMacrosList.ts';
import {arities, textMacros} from './sqlMacrosText.ts';

/** Whole numbers of anything: fractions are cut off, also those of texts; what is no number is NULL. */
const whole = `CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN TRY_CAST(trunc(TRY_CAST(x AS DOUBLE)) AS HUGEINT)
  WHEN starts_with(typeof(x), 'DECIMAL') THEN TRY_CAST(split_part(CAST(x AS VARCHAR), '.', 1) AS HUGEINT)
  WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), '\\s*[+-]?\\d+\\s*')
  THEN TRY_CAST(trunc(TRY_CAST(x AS DOUBLE)) AS HUGEINT) ELSE TRY_CAST(x AS HUGEINT) END`;

/** A text with nanoseconds that is no literal is not read to microseconds. */
function withoutNanos(read: string): string {
  return `CASE WHEN typeof(x) = 'VARCHAR' AND regexp_matches(CAST(x AS VARCHAR), '\\.\\d{6}\\d*[1-9]')
    THEN error('Invalid Input Error: CAST of a text with nanoseconds is not supported; a TIMESTAMP literal is') ELSE ${read} END`;
}

/** CAST by target type; `odps_cast_<type>`. */
const castMacros = [
  `odps_whole(x) AS ${whole}`,
  ...['tinyint', 'smallint', 'int', 'bigint'].map(
    type => `odps_cast_${type}(x) AS TRY_CAST(odps_whole(x) AS ${type})`,
  ),
  'odps_cast_double(x) AS TRY_CAST(x AS DOUBLE)',
  'odps_cast_float(x) AS TRY_CAST(x AS FLOAT)',
  // DuckDB prints an instant with its offset, bytes with escapes, and a decimal of no whole digits without a 0;
  // MaxCompute the wall clock of the job, the bytes as text, and the 0.
  `odps_text(x) AS CASE typeof(x) WHEN 'TIMESTAMP WITH TIME ZONE' THEN regexp_replace(CAST(x AS VARCHAR), '[+-]\\d\\d(:\\d\\d)?$', '')
    WHEN 'BLOB' THEN decode(CAST(CAST(x AS VARCHAR) AS BLOB))
    WHEN 'INTERVAL' THEN error('Invalid Input Error: the text of an interval is not supported')
    ELSE CASE WHEN starts_with(typeof(x), 'DECIMAL') THEN regexp_replace(CAST(x AS VARCHAR), '^(-?)[.]', '\\10.') ELSE CAST(x AS VARCHAR) END END`,
  'odps_cast_string(x) AS odps_text(x)',
  'odps_cast_binary(x) AS encode(odps_text(x))',
  'odps_cast_date(x) AS TRY_CAST(x AS DATE)',
  'odps_cast_datetime(x) AS TRY_CAST(x AS TIMESTAMP_MS)',
  `odps_cast_timestamp(x) AS ${withoutNanos('TRY_CAST(x AS TIMESTAMPTZ)')}`,
  `odps_cast_timestamp_ntz(x) AS ${withoutNanos('TRY_CAST(x AS TIMESTAMP)')}`,
  'odps_nanos(x) AS CAST(x AS TIMESTAMP_NS)',
  'odps_cast_boolean(x) AS TRY_CAST(x AS BOOLEAN)',
  // Through its text a double keeps the digits it was written with.
  'odps_digits(x) AS CAST(x AS VARCHAR)',
];

const numberMacros = [
  'odps_pmod(a, b) AS CASE WHEN b = 0 THEN NULL ELSE ((a % b) + b) % b END',
  'odps_mod(a, b) AS a % b',
  `odps_conv(n, f, t) AS CASE WHEN n IS NULL THEN NULL ELSE upper(to_base(CAST(list_reduce(list_prepend(CAST(0 AS HUGEINT),
    list_transform(string_split(upper(CAST(n AS VARCHAR)), ''), c -> CAST(instr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', c) - 1 AS HUGEINT))),
    (a, b) -> a * CAST(f AS HUGEINT) + b) AS BIGINT), t)) END`,
  'odps_shiftleft(a, n) AS a << n',
  'odps_shiftright(a, n) AS a >> n',
  'odps_e() AS exp(1)',
  'odps_log(b, x) AS ln(x) / ln(b)',
  'odps_hex(x) AS hex(x)',
  'odps_round(x) AS round(x), (x, n) AS round(x, CAST(n AS INTEGER))',
  'odps_trunc(x) AS trunc(x), (x, n) AS trunc(x * pow(10, n)) / pow(10, n)',
  // NULL is the least value, and no hindrance to the greatest.
  `odps_least${arities(2, 1, names => `CASE WHEN ${names.map(name => `${name} IS NULL`).join(' OR ')} THEN NULL ELSE least(${names.join(', ')}) END`)}`,
  'odps_ceil(x) AS CAST(ceil(x) AS BIGINT)',
  'odps_floor(x) AS CAST(floor(x) AS BIGINT)',
  'odps_sign(x) AS CAST(sign(x) AS DOUBLE)',
  'odps_percentile(x, p) AS quantile_cont(x, p)',
  // Of all rows, where the service takes a sample.
  'odps_percentile_approx(x, p) AS CAST(quantile_cont(x, p) AS DOUBLE), (x, p, b) AS CAST(quantile_cont(x, p) AS DOUBLE)',
  'odps_rand() AS random()',
  'odps_decode(x, a, b) AS CASE WHEN x IS NOT DISTINCT FROM a THEN b END, ' +
    '(x, a, b, d) AS CASE WHEN x IS NOT DISTINCT FROM a THEN b ELSE d END, ' +
    '(x, a, b, c, d) AS CASE WHEN x IS NOT DISTINCT FROM a THEN b WHEN x IS NOT DISTINCT FROM c THEN d END, ' +
    '(x, a, b, c, d, e) AS CASE WHEN x IS NOT DISTINCT FROM a THEN b WHEN x IS NOT DISTINCT FROM c THEN d ELSE e END, ' +
    '(x, a, b, c, d, e, f) AS CASE WHEN x IS NOT DISTINCT FROM a THEN b WHEN x IS NOT DISTINCT FROM c THEN d WHEN x IS NOT DISTINCT FROM e THEN f END, ' +
    '(x, a, b, c, d, e, f, g) AS CASE WHEN x IS NOT DISTINCT FROM a THEN b WHEN x IS NOT DISTINCT FROM c THEN d WHEN x IS NOT DISTINCT FROM e THEN f ELSE g END',
  'odps_isnull(x) AS x IS NULL',
  'odps_isnotnull(x) AS x IS NOT NULL',
  'odps_nvl2(x, a, b) AS CASE WHEN x IS NULL THEN b ELSE a END',
  'odps_nvl(x, d) AS coalesce(x, d)',
];

/** Macros, in the order of their making. */
export const macros: readonly string[] = [
  ...castMacros,
  ...compareMacros,
  ...numberMacros,
  ...textMacros,
  ...dateMacros,
  ...listMacros,
];
