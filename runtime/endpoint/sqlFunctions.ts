// MaxCompute's functions whose results differ from DuckDB's of that name, or from what polyglot makes of them.
// Ours are macros of the project's database, called odps_<name>; some are DuckDB's under another name.

/** Functions that a macro stands for. polyglot 0.12.1 writes HEX as LOWER(HEX()), where MaxCompute gives capitals. */
export const ownFunctions: ReadonlySet<string> = new Set(
  `hex get_json_object getdate dateadd datediff datetrunc datepart to_char to_date weekday percentile wm_concat initcap
  from_unixtime unix_timestamp`.split(/\s+/),
);

/** MaxCompute's are those of the whole population. */
export const renamedFunctions: Readonly<Record<string, string>> = {
  stddev: 'stddev_pop',
  variance: 'var_pop',
};

/** A unit of time by MaxCompute's words. */
const unit = `CASE lower(p) ${[
  ['day', 'dd', 'day'],
  ['month', 'mm', 'mon', 'month'],
  ['year', 'yyyy', 'year'],
  ['hour', 'hh', 'hour'],
  ['minute', 'mi', 'minute'],
  ['second', 'ss', 'second'],
]
  .map(([name, ...words]) => words.map(word => `WHEN '${word}' THEN '${name}'`).join(' '))
  .join(' ')} ELSE error('Invalid Input Error: not a unit of time: ' || p) END`;

/** MaxCompute's own date pattern (mm is the month, mi the minute) as DuckDB's. */
export function duckPattern(pattern: string): string {
  return pattern
    .replaceAll('%', '%%')
    .replaceAll(/yyyy|hh24|hh|mi|mm|dd|ss|ff3/gi, word => patternCodes[word.toLowerCase()]!);
}

const patternCodes: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  hh24: '%H',
  hh: '%H',
  mi: '%M',
  mm: '%m',
  dd: '%d',
  ss: '%S',
  ff3: '%g',
};

/** Macros, in the order of their making; kept in the project's database. */
export const macros = [
  'odps_hex(x) AS hex(x)',
  'odps_get_json_object(j, p) AS json_extract_string(j, p)',
  'odps_getdate() AS CAST(now() AS TIMESTAMP_MS)',
  // DuckDB prints an instant with its offset; MaxCompute prints the wall clock of the job, here always UTC.
  `odps_text(x) AS CASE typeof(x) WHEN 'TIMESTAMP WITH TIME ZONE' THEN left(CAST(x AS VARCHAR), -3) ELSE CAST(x AS VARCHAR) END`,
  `odps_unit(p) AS ${unit}`,
  `odps_dateadd(d, n, p) AS CAST(CAST(d AS TIMESTAMP) + n * CAST('1 ' || odps_unit(p) AS INTERVAL) AS TIMESTAMP_MS)`,
  `odps_datediff(a, b) AS date_diff('day', CAST(b AS TIMESTAMP), CAST(a AS TIMESTAMP)), ` +
    `(a, b, p) AS date_diff(odps_unit(p), CAST(b AS TIMESTAMP), CAST(a AS TIMESTAMP))`,
  `odps_datetrunc(d, p) AS CAST(date_trunc(odps_unit(p), CAST(d AS TIMESTAMP)) AS TIMESTAMP_MS)`,
  `odps_datepart(d, p) AS CAST(date_part(odps_unit(p), CAST(d AS TIMESTAMP)) AS BIGINT)`,
  'odps_to_char(x) AS odps_text(x), (d, f) AS strftime(CAST(d AS TIMESTAMP), f)',
  'odps_to_date(s) AS CAST(s AS DATE), (s, f) AS CAST(strptime(s, f) AS TIMESTAMP_MS)',
  'odps_weekday(d) AS CAST(isodow(CAST(d AS TIMESTAMP)) - 1 AS BIGINT)',
  'odps_percentile(x, p) AS quantile_cont(x, p)',
  'odps_wm_concat(s, x) AS string_agg(x, s)',
  `odps_initcap(x) AS array_to_string(list_transform(string_split(lower(x), ' '), w -> upper(w[1]) || w[2:]), ' ')`,
  'odps_from_unixtime(n) AS CAST(make_timestamp(n * 1000000) AS TIMESTAMP_MS)',
  'odps_unix_timestamp() AS CAST(floor(epoch(now())) AS BIGINT), (d) AS CAST(floor(epoch(CAST(d AS TIMESTAMP))) AS BIGINT)',
];
