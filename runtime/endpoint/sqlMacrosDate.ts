// MaxCompute's functions on dates and times, as macros (see sqlMacros.ts). Where it takes a text for a moment, so do they.
// Their patterns come in DuckDB's signs (sqlPattern.ts).

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

const part = (name: string) => `CAST(date_part('${name}', odps_moment(d)) AS BIGINT)`;
const dayText = (date: string) => `strftime(${date}, '%Y-%m-%d')`;

/** Functions on moments. */
export const dateMacros = [
  'odps_moment(x) AS TRY_CAST(x AS TIMESTAMP)',
  `odps_unit(p) AS ${unit}`,
  'odps_getdate() AS CAST(now() AS TIMESTAMP_MS)',
  'odps_now() AS CAST(now() AS TIMESTAMP_MS)',
  'odps_current_timestamp() AS now()',
  'odps_current_date() AS CAST(now() AS DATE)',
  `odps_dateadd(d, n, p) AS cast_to_type(odps_moment(d) + CAST(n AS BIGINT) * CAST('1 ' || odps_unit(p) AS INTERVAL), d)`,
  `odps_date_add(d, n) AS CAST(odps_moment(d) AS DATE) + CAST(n AS INTEGER)`,
  `odps_date_sub(d, n) AS CAST(odps_moment(d) AS DATE) - CAST(n AS INTEGER)`,
  `odps_add_months(d, n) AS ${dayText(`odps_moment(d) + CAST(n AS BIGINT) * INTERVAL 1 MONTH`)}`,
  `odps_months_between(a, b) AS round(CASE WHEN day(odps_moment(a)) = day(odps_moment(b))
    OR (last_day(odps_moment(a)) = CAST(odps_moment(a) AS DATE) AND last_day(odps_moment(b)) = CAST(odps_moment(b) AS DATE))
    THEN CAST(date_diff('month', odps_moment(b), odps_moment(a)) AS DOUBLE)
    ELSE date_diff('month', odps_moment(b), odps_moment(a)) + (day(odps_moment(a)) - day(odps_moment(b))
      + (epoch(CAST(odps_moment(a) AS TIME)) - epoch(CAST(odps_moment(b) AS TIME))) / 86400) / 31 END, 8)`,
  `odps_datediff(a, b) AS date_diff('day', odps_moment(b), odps_moment(a)), ` +
    `(a, b, p) AS date_diff(odps_unit(p), odps_moment(b), odps_moment(a))`,
  `odps_datetrunc(d, p) AS cast_to_type(date_trunc(odps_unit(p), odps_moment(d)), d)`,
  `odps_datepart(d, p) AS CAST(date_part(odps_unit(p), odps_moment(d)) AS BIGINT)`,
  ...['year', 'quarter', 'month', 'day', 'hour', 'minute', 'second'].map(
    name => `odps_${name}(d) AS ${part(name)}`,
  ),
  `odps_dayofmonth(d) AS ${part('day')}`,
  `odps_dayofyear(d) AS ${part('doy')}`,
  `odps_dayofweek(d) AS ${part('dow')} + 1`,
  `odps_weekofyear(d) AS ${part('week')}`,
  `odps_weekday(d) AS ${part('isodow')} - 1`,
  `odps_last_day(d) AS ${dayText('last_day(odps_moment(d))')}`,
  'odps_lastday(d) AS CAST(last_day(odps_moment(d)) AS TIMESTAMP_MS)',
  `odps_next_day(d, w) AS ${dayText(`CAST(odps_moment(d) AS DATE) + CAST(1 + ((list_position(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], upper(w[:2])) - isodow(odps_moment(d)) - 1 + 7) % 7) AS INTEGER)`)}`,
  'odps_to_char(x) AS odps_text(x), (d, f) AS strftime(odps_moment(d), f)',
  'odps_to_date(s) AS TRY_CAST(s AS DATE), (s, f) AS CAST(strptime(s, f) AS TIMESTAMP_MS)',
  'odps_isdate(s, f) AS try_strptime(s, f) IS NOT NULL',
  'odps_date_format(d, f) AS strftime(odps_moment(d), f)',
  'odps_from_unixtime(n) AS CAST(make_timestamp(CAST(n AS BIGINT) * 1000000) AS TIMESTAMP_MS), ' +
    '(n, f) AS strftime(make_timestamp(CAST(n AS BIGINT) * 1000000), f)',
  'odps_unix_timestamp() AS CAST(floor(epoch(now())) AS BIGINT), (d) AS CAST(floor(epoch(odps_moment(d))) AS BIGINT)',
  'odps_to_millis(d) AS CAST(epoch_ms(odps_moment(d)) AS BIGINT)',
];
