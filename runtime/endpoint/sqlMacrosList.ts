// MaxCompute's functions on arrays, maps and structs, as macros (see sqlMacros.ts).
import {arities} from './sqlMacrosText.ts';

const places = (names: string[], rest: number) => names.filter((_, i) => i % 2 === rest).join(', ');

/** Functions on collections. */
export const listMacros = [
  // Arrays begin at 0 here and at 1 in DuckDB; keys of maps are themselves. What follows has the type of the index.
  `odps_at(x, i) AS x[CASE WHEN starts_with(typeof(x), 'MAP(') THEN i WHEN TRY_CAST(i AS BIGINT) < 0 THEN NULL
    ELSE cast_to_type(TRY_CAST(i AS BIGINT) + 1, i) END]`,
  `odps_map${arities(2, 2, names => `map([${places(names, 0)}], [${places(names, 1)}])`)}`,
  `odps_struct${arities(1, 1, names => `{${names.map((name, i) => `'col${i + 1}': ${name}`).join(', ')}}`)}`,
  `odps_size(x) AS CAST(CASE WHEN starts_with(typeof(x), 'MAP(') THEN len(json_keys(to_json(x))) ELSE json_array_length(to_json(x)) END AS BIGINT)`,
  'odps_element_at(l, i) AS l[i]',
  'odps_map_keys(m) AS map_keys(m)',
  'odps_map_values(m) AS map_values(m)',
  'odps_map_concat(a, b) AS map_concat(a, b)',
  'odps_map_from_entries(l) AS map_from_entries(l)',
  'odps_array_contains(l, x) AS list_contains(l, x)',
  'odps_sort_array(l) AS list_sort(l), (l, up) AS CASE WHEN up THEN list_sort(l) ELSE list_reverse_sort(l) END',
  'odps_array_distinct(l) AS list_filter(l, (x, i) -> list_position(l, x) = i)',
  `odps_array_join(l, s) AS array_to_string(list_filter(l, x -> x IS NOT NULL), s)`,
  'odps_array_max(l) AS list_max(l)',
  'odps_array_min(l) AS list_min(l)',
  'odps_array_position(l, x) AS CAST(coalesce(list_position(l, x), 0) AS BIGINT)',
  'odps_array_remove(l, v) AS list_filter(l, x -> x IS DISTINCT FROM v)',
  'odps_array_union(a, b) AS odps_array_distinct(list_concat(a, b))',
  'odps_array_intersect(a, b) AS odps_array_distinct(list_filter(a, x -> list_contains(b, x)))',
  'odps_array_except(a, b) AS odps_array_distinct(list_filter(a, x -> NOT list_contains(b, x)))',
  'odps_array_repeat(x, n) AS list_transform(range(CAST(n AS BIGINT)), i -> x)',
  'odps_arrays_overlap(a, b) AS list_has_any(a, b)',
  'odps_slice(l, a, n) AS l[CASE WHEN a < 0 THEN len(l) + a + 1 ELSE a END:CASE WHEN a < 0 THEN len(l) + a + 1 ELSE a END + n - 1]',
  'odps_flatten(l) AS flatten(l)',
  'odps_sequence(a, b) AS CASE WHEN a <= b THEN range(a, b + 1) ELSE range(a, b - 1, -1) END, (a, b, s) AS range(a, b + sign(s), s)',
  'odps_reverse(x) AS reverse(x)',
  `odps_str_to_map(s, a, b) AS map_from_entries(list_transform(string_split(s, a), w -> {'k': split_part(w, b, 1), 'v': nullif(substring(w, length(split_part(w, b, 1)) + length(b) + 1), '')}))`,
  'odps_explode(x) AS unnest(x)',
  'odps_array_places(l) AS range(len(l))',
  `odps_from_json(j, s) AS json_transform(CASE WHEN json_valid(j) THEN j END, s)`,
  `odps_collect_list(x) AS coalesce(list(x) FILTER (x IS NOT NULL), [])`,
  `odps_collect_set(x) AS coalesce(list(DISTINCT x) FILTER (x IS NOT NULL), [])`,
  'odps_wm_concat(s, x) AS string_agg(x, s)',
];
