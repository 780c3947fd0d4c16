// Which functions a query may call, and what stands for each in DuckDB: a macro of ours, another name, or the same. Any other is
// refused by name: a function that DuckDB has under that name may mean something else.
import {compareMacros} from './sqlCompare.ts';
import {macros} from './sqlMacros.ts';

/** MaxCompute's name to the macro's. */
const own = new Set(
  macros
    .filter(macro => !compareMacros.includes(macro))
    .map(macro => /^odps_(\w+)/.exec(macro)![1]!),
);
/** Macros that are parts of others. */
for (const part of [
  'text',
  'part',
  'whole',
  'digits',
  'nanos',
  'moment',
  'unit',
  'get_json_list',
  'at',
  'keyvalue_of',
])
  own.delete(part);

/** The same under another name. MaxCompute's deviations are those of the whole population. */
const renamed: Readonly<Record<string, string>> = {
  stddev: 'stddev_pop',
  variance: 'var_pop',
  var_samp: 'var_samp',
  count_if: 'count_if',
  arg_max: 'arg_max',
  arg_min: 'arg_min',
  max_by: 'arg_max',
  min_by: 'arg_min',
  ceiling: 'odps_ceil',
  char_length: 'length',
  character_length: 'length',
  substring: 'odps_substr',
  transform: 'list_transform',
  filter: 'list_filter',
};

/** The same in both, or made so by polyglot. */
const same = new Set(
  `abs sqrt cbrt exp ln log2 log10 pow power sin cos tan cot asin acos atan atan2 sinh cosh tanh degrees radians pi
  factorial greatest bit_count isnan upper lower replace lpad rpad repeat ascii translate split regexp_extract md5 sha1
  levenshtein coalesce if nullif array named_struct cast count sum avg min max median stddev_pop stddev_samp var_pop covar_pop
  covar_samp corr approx_distinct any_value row_number rank dense_rank ntile lag lead first_value last_value
  nth_value cume_dist percent_rank grouping grouping_id extract uuid`.split(/\s+/),
);

/** What is called instead of `name`: itself, another name, or null when it is refused. */
export function duckFunction(name: string): string | null {
  if (renamed[name] !== undefined) return renamed[name];
  if (own.has(name)) return `odps_${name}`;
  return same.has(name) ? name : null;
}
