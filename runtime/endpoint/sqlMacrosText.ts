// MaxCompute's functions on texts and JSON, as macros (see sqlMacros.ts).

/** More arguments than this of CONCAT and the like are refused by DuckDB, by name. */
const argumentsMax = 24;

/** `(a1) AS …, (a1, a2) AS …` up to the most arguments. */
export function arities(
  first: number,
  step: number,
  body: (names: string[]) => string,
  before = '',
): string {
  const forms: string[] = [];
  for (let count = first; count <= argumentsMax; count += step) {
    const names = Array.from({length: count}, (_, i) => `a${i + 1}`);
    forms.push(`(${before}${names.join(', ')}) AS ${body(names)}`);
  }
  return forms.join(', ');
}

/** Functions on texts, and what they are made of. */
export const textMacros = [
  // Lists are joined to lists by the service's CONCAT; here they are refused, not printed.
  `odps_part(x) AS CASE WHEN ends_with(typeof(x), ']') THEN error('Invalid Input Error: CONCAT of arrays is not supported') ELSE odps_text(x) END`,
  `odps_concat${arities(1, 1, names => names.map(name => `odps_part(${name})`).join(' || '))}`,
  `odps_concat_ws(s, a) AS CASE WHEN ends_with(typeof(a), ']') THEN array_to_string(TRY_CAST(a AS VARCHAR[]), s) ELSE coalesce(odps_text(a), '') END, ` +
    arities(
      2,
      1,
      names => `concat_ws(s, ${names.map(name => `odps_part(${name})`).join(', ')})`,
      's, ',
    ),
  `odps_keyvalue_of(s, a, b, k) AS list_filter(list_transform(string_split(s, a),
    w -> CASE WHEN split_part(w, b, 1) = k AND contains(w, b) THEN substring(w, length(k) + length(b) + 1) END), w -> w IS NOT NULL)[1]`,
  'odps_lengthb(x) AS CAST(octet_length(encode(odps_text(x))) AS BIGINT)',
  'odps_length(x) AS CAST(length(odps_text(x)) AS BIGINT)',
  'odps_toupper(x) AS upper(x)',
  'odps_tolower(x) AS lower(x)',
  `odps_substr(s, p) AS CASE WHEN p = 0 OR p < -length(odps_text(s)) THEN '' ELSE substring(odps_text(s), CAST(p AS BIGINT)) END, ` +
    `(s, p, n) AS CASE WHEN n <= 0 OR p = 0 OR p < -length(odps_text(s)) THEN '' ELSE substring(odps_text(s), CAST(p AS BIGINT), CAST(n AS BIGINT)) END`,
  'odps_instr(s, t) AS CAST(instr(s, t) AS BIGINT), ' +
    '(s, t, p) AS CASE WHEN instr(substring(s, p), t) = 0 THEN 0 ELSE CAST(instr(substring(s, p), t) + p - 1 AS BIGINT) END, ' +
    `(s, t, p, n) AS CASE WHEN len(string_split(substring(s, p), t)) <= n THEN 0 ELSE CAST(length(array_to_string(string_split(substring(s, p), t)[1:n], t)) + p AS BIGINT) END`,
  'odps_locate(t, s) AS odps_instr(s, t), (t, s, p) AS odps_instr(s, t, p)',
  'odps_trim(s) AS trim(s), (s, c) AS trim(s, c)',
  'odps_ltrim(s) AS ltrim(s), (s, c) AS ltrim(s, c)',
  'odps_rtrim(s) AS rtrim(s), (s, c) AS rtrim(s, c)',
  `odps_split_part(s, d, n) AS split_part(s, d, CAST(n AS INTEGER)), ` +
    `(s, d, a, b) AS array_to_string(string_split(s, d)[CAST(a AS INTEGER):CAST(b AS INTEGER)], d)`,
  `odps_regexp_replace(s, p, r) AS regexp_replace(s, p, r, 'g')`,
  `odps_regexp_count(s, p) AS CAST(len(regexp_extract_all(s, p)) AS BIGINT)`,
  `odps_regexp_substr(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, 0) END`,
  `odps_regexp_instr(s, p) AS CASE WHEN regexp_matches(s, p) THEN CAST(instr(s, regexp_extract(s, p, 0)) AS BIGINT) ELSE 0 END`,
  `odps_sha2(s, n) AS CASE WHEN n IN (0, 256) THEN sha256(s) ELSE error('Invalid Input Error: SHA2 of ' || n || ' bits is not supported') END`,
  'odps_unbase64(s) AS from_base64(s)',
  'odps_base64(x) AS to_base64(CAST(x AS BLOB))',
  `odps_keyvalue(s, k) AS odps_keyvalue_of(s, ';', ':', k), (s, a, b, k) AS odps_keyvalue_of(s, a, b, k)`,
  `odps_find_in_set(x, s) AS CASE WHEN x IS NULL OR s IS NULL THEN NULL ELSE CAST(coalesce(list_position(string_split(s, ','), x), 0) AS BIGINT) END`,
  `odps_url_encode(s) AS replace(url_encode(s), '%20', '+')`,
  `odps_url_decode(s) AS url_decode(replace(s, '+', ' '))`,
  `odps_parse_url(u, p) AS CASE upper(p)
    WHEN 'PROTOCOL' THEN nullif(regexp_extract(u, '^([A-Za-z][A-Za-z0-9+.-]*):', 1), '')
    WHEN 'HOST' THEN nullif(regexp_extract(u, '^[^/]*//(?:[^@/]*@)?([^:/?#]*)', 1), '')
    WHEN 'AUTHORITY' THEN nullif(regexp_extract(u, '^[^/]*//([^/?#]*)', 1), '')
    WHEN 'PATH' THEN regexp_extract(u, '^[^/]*//[^/?#]*([^?#]*)', 1)
    WHEN 'QUERY' THEN nullif(regexp_extract(u, '\\?([^#]*)', 1), '')
    WHEN 'REF' THEN nullif(regexp_extract(u, '#(.*)$', 1), '')
    WHEN 'FILE' THEN regexp_extract(u, '^[^/]*//[^/?#]*([^#]*)', 1)
    ELSE NULL END, ` +
    `(u, p, k) AS CASE WHEN upper(p) = 'QUERY' THEN list_filter(list_transform(string_split(regexp_extract(u, '\\?([^#]*)', 1), '&'),
      w -> CASE WHEN split_part(w, '=', 1) = k THEN substring(w, length(k) + 2) END), w -> w IS NOT NULL)[1] END`,
  `odps_substring_index(s, d, n) AS CASE WHEN n > 0 THEN array_to_string(string_split(s, d)[1:n], d)
    WHEN n < 0 THEN array_to_string(string_split(s, d)[greatest(1, len(string_split(s, d)) + n + 1):], d) ELSE '' END`,
  `odps_initcap(x) AS array_to_string(list_transform(string_split(lower(x), ' '), w -> upper(w[1]) || w[2:]), ' ')`,
  `odps_space(n) AS repeat(' ', n)`,
  'odps_chr(n) AS chr(CAST(n AS INTEGER))',
  `odps_bin(n) AS to_base(CAST(n AS BIGINT), 2)`,
  // A scalar is given as its text, an object or array as JSON; a path with stars as a JSON array; what is no JSON as NULL.
  `odps_get_json_object(j, p) AS json_extract_string(CASE WHEN json_valid(j) THEN j END, CAST(p AS VARCHAR))`,
  `odps_get_json_list(j, p) AS nullif(CAST(to_json(json_extract(CASE WHEN json_valid(j) THEN j END, p)) AS VARCHAR), '[]')`,
  'odps_unhex(x) AS unhex(x)',
  `odps_field${arities(1, 1, names => `CAST(coalesce(list_position([${names.join(', ')}], x), 0) AS BIGINT)`, 'x, ')}`,
  `odps_elt${arities(1, 1, names => `[${names.join(', ')}][n]`, 'n, ')}`,
  'odps_to_json(x) AS CAST(to_json(x) AS VARCHAR)',
];
