// A table of all types that filters compare, rows with values at every edge, and random filters over them.

/** Columns by how they are compared; `id` is the key. */
export const filterTable = `CREATE TABLE f (
  id INT PRIMARY KEY,
  pad VARCHAR(300) CHARACTER SET latin1,
  ti TINYINT, tu TINYINT UNSIGNED, si SMALLINT NOT NULL, mu MEDIUMINT UNSIGNED, mi MEDIUMINT, i INT, iu INT UNSIGNED,
  b BIGINT, bu BIGINT UNSIGNED,
  d1 DECIMAL(5,2), d2 DECIMAL(20,6), d3 DECIMAL(12,0) UNSIGNED, d4 DECIMAL(40,10),
  js JSON,
  da DATE, dt DATETIME, d6 DATETIME(6), d3f DATETIME(3), ts TIMESTAMP NULL, ts2 TIMESTAMP(2) NULL,
  e ENUM('new','paid','Sent away') COLLATE utf8mb4_0900_ai_ci,
  vb VARCHAR(40) COLLATE utf8mb4_bin, v9 VARCHAR(300) COLLATE utf8mb4_0900_bin NOT NULL,
  vl VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_bin, ch CHAR(10) COLLATE utf8mb4_bin,
  tx TEXT COLLATE utf8mb4_bin, bl VARBINARY(40), fl DOUBLE,
  c9 VARCHAR(60) COLLATE utf8mb4_0900_ai_ci, cg VARCHAR(60) COLLATE utf8mb4_general_ci,
  cu TEXT COLLATE utf8mb4_unicode_ci, cc CHAR(20) COLLATE utf8mb4_0900_ai_ci
)`;

const numbers: Record<string, string[]> = {
  ti: ['-128', '-1', '0', '1', '5', '127'],
  tu: ['0', '1', '5', '200', '255'],
  si: ['-32768', '-7', '0', '7', '32767'],
  mu: ['0', '9', '70000', '16777215'],
  mi: ['-8388608', '-1', '0', '65536', '8388607'],
  i: ['-2147483648', '-42', '0', '42', '2147483647'],
  iu: ['0', '42', '2147483648', '4294967295'],
  b: ['-9223372036854775808', '-9007199254740993', '0', '9007199254740993', '9223372036854775807'],
  bu: ['0', '9007199254740993', '9223372036854775808', '18446744073709551615'],
  d1: ['-999.99', '-0.01', '0', '0.10', '1.50', '999.99'],
  d2: ['-99999999999999.999999', '-0.000001', '0', '12.500000', '99999999999999.999999'],
  d3: ['0', '42', '999999999999'],
  d4: ['-1.0000000001', '0', '123456789012345678901234567890.0123456789'],
};

const moments: Record<string, string[]> = {
  da: ['0000-00-00', '1000-01-01', '2024-02-29', '2024-03-01', '9999-12-31'],
  dt: ['0000-00-00 00:00:00', '2024-02-29 23:59:59', '2024-03-01 00:00:00', '9999-12-31 23:59:59'],
  d6: ['2024-02-29 23:59:59.999999', '2024-03-01 00:00:00', '2024-03-01 00:00:00.000001'],
  d3f: ['2024-02-29 23:59:59.999', '2024-03-01 00:00:00', '2024-03-01 12:34:56.789'],
  ts: ['1970-01-01 00:00:01', '2024-02-29 23:59:59', '2024-03-01 00:00:00', '2038-01-19 03:14:07'],
  ts2: ['2024-02-29 23:59:59.99', '2024-03-01 00:00:00', '2024-03-01 00:00:00.01'],
};

const texts: Record<string, string[]> = {
  vb: [
    '',
    'a',
    'A',
    'abc',
    'abc ',
    'abc\t',
    'ab',
    'é',
    '日本',
    '😀',
    'a%b',
    'x_y',
    "it's",
    'back\\slash',
  ],
  v9: ['', 'a', 'abc', 'abc  ', 'abc\t', 'ÿ', '日本語', '😀😀', 'a%b'],
  vl: ['', 'a', 'abc', 'abc ', 'Abc', 'xyz'],
  ch: ['', 'a', 'abc', 'é', 'abcdefghij'],
  tx: ['', 'abc', 'abc ', 'long text', '日本'],
  bl: ['', 'a', 'abc', 'abc ', 'zz'],
};

const folded = ['c9', 'cg', 'cu', 'cc'];

/** What some collations take for equal to ASCII text, and what none does. */
const foldedTexts = [
  '',
  ' ',
  'paid',
  'PAID',
  'Paid ',
  'páid',
  'pa\u0301id',
  'ｐａｉｄ',
  '𝐩𝐚𝐢𝐝',
  'pa\u00adid',
  'p\u0000aid',
  'straße',
  'strasse',
  'STRASE',
  'ß',
  'ss',
  's',
  '😀',
  'æ',
  'ae',
  'a',
  'ﬁ',
  'fi',
  '½',
  '1/2',
  'ⅷ',
  'viii',
  'новый',
  '日本',
  'x\ty',
  'x y',
  'İ',
  'i',
  'ı',
  'ø',
  'o',
  'Ł',
  'l',
  '№',
  'no',
];
const foldedConstants = foldedTexts.filter(text => /^[\x20-\x7e\t]*$/.test(text));

const labels = ['new', 'paid', 'Sent away'];

/** Values of `count` rows for INSERT, ids from 1; what some types hold beyond the constants is among them. */
export function filterRows(seed: number, count: number): string[] {
  const next = filterRandom(seed);
  const one = (values: string[]) => values[Math.floor(next() * values.length)]!;
  const orNull = (value: string, nullable = true) => (nullable && next() < 0.15 ? 'NULL' : value);
  return Array.from({length: count}, (_, row) =>
    [
      String(row + 1),
      orNull(`REPEAT('p', ${Math.floor(next() * 300)})`),
      ...Object.entries(numbers).map(([name, values]) => orNull(one(values), name !== 'si')),
      orNull(`'{"a": ${row}}'`),
      ...Object.values(moments).map(values => orNull(`'${one(values)}'`)),
      orNull(`'${one(labels)}'`),
      ...Object.entries(texts).map(([name, values]) =>
        orNull(quotedText(one(values)), name !== 'v9'),
      ),
      orNull('0.5'),
      ...folded.map(() => orNull(quotedText(one(foldedTexts)))),
    ].join(', '),
  );
}

/** Random filters that all are inside the accepted subset. */
export function filterCorpus(seed: number, count: number): string[] {
  const next = filterRandom(seed);
  return Array.from({length: count}, () => condition(next, 3));
}

/** Random numbers from 0 to 1. */
export type Next = () => number;

/** One of `values`. */
export function pick<T>(next: Next, values: readonly T[]): T {
  return values[Math.floor(next() * values.length)]!;
}

/** A random condition of columns and constants. */
export function condition(next: Next, depth: number): string {
  const kind = depth === 0 ? 9 : next() * 10;
  if (kind < 1.5) return `${condition(next, depth - 1)} AND ${condition(next, depth - 1)}`;
  if (kind < 3.5) return `${condition(next, depth - 1)} OR ${condition(next, depth - 1)}`;
  if (kind < 4) return `${condition(next, depth - 1)} XOR ${condition(next, depth - 1)}`;
  if (kind < 5) return `NOT ${condition(next, depth - 1)}`;
  if (kind < 6) return `(${condition(next, depth - 1)})`;
  if (kind < 6.7)
    return `(${condition(next, depth - 1)}) IS ${pick(next, ['', 'NOT '])}${pick(next, ['TRUE', 'FALSE', 'NULL', 'UNKNOWN'])}`;
  return leaf(next);
}

const signs = ['=', '<>', '!=', '<', '<=', '>', '>=', '<=>'];

function leaf(next: Next): string {
  const kind = next();
  if (kind < 0.4) return numberLeaf(next);
  if (kind < 0.6) return valueLeaf(next, moments, value => `'${value}'`, /^0000/);
  if (kind < 0.8) return valueLeaf(next, texts, quotedText, null);
  if (kind < 0.85) return likeLeaf(next);
  if (kind < 0.91) return foldedLeaf(next);
  if (kind < 0.94)
    return pick(next, [
      `e = '${pick(next, labels)}'`,
      `e <> 'paid'`,
      `e IN ('new', 'paid')`,
      `e <=> 'new'`,
    ]);
  return `${pick(next, ['pad', 'js', 'fl', 'e', 'ti', 'da', 'tx', 'ts2'])} IS ${pick(next, ['', 'NOT '])}NULL`;
}

function numberLeaf(next: Next): string {
  const column = pick(next, Object.keys(numbers));
  const own = () => pick(next, numbers[column]!);
  const value = () =>
    pick(next, numbers[pick(next, [column, column, pick(next, Object.keys(numbers))])]!);
  return pick(next, [
    () => `${column} ${pick(next, signs)} ${value()}`,
    () => `${value()} ${pick(next, signs)} ${column}`,
    () => `${column} ${pick(next, signs)} ${pick(next, Object.keys(numbers))}`,
    () => `${column} ${pick(next, ['', 'NOT '])}IN (${own()}, ${own()}, ${own()})`,
    () => `${column} ${pick(next, ['', 'NOT '])}BETWEEN ${own()} AND ${own()}`,
    () => column,
    () => `${column} IS ${pick(next, ['', 'NOT '])}${pick(next, ['TRUE', 'FALSE', 'NULL'])}`,
    () =>
      `${pick(next, ['i', 'mi', 'si', 'b'])} % ${pick(next, ['2', '3', 'ti', '-5'])} = ${pick(next, ['0', '1', '-1'])}`,
    () => `id MOD ${pick(next, ['2', '3', '7'])} = ${pick(next, ['0', '1'])}`,
    () =>
      `${pick(next, ['ti', 'i', 'si', 'd1', 'd2'])} ${pick(next, ['+', '-', '*'])} ${pick(next, ['ti', 'si', '1.5', '-3', 'd1'])} ${pick(next, signs)} ${pick(next, ['0', '2.25', 'mi', '-100'])}`,
    () => `tu + mu * 2 ${pick(next, signs)} ${pick(next, ['200', 'iu'])}`,
    () => `-ti ${pick(next, signs)} ${pick(next, ['si', '1', '--5'])}`,
    () => `${column} = ${pick(next, ['TRUE', 'FALSE', '1.0', '.5', '42.000'])}`,
  ])();
}

function valueLeaf(
  next: Next,
  columns: Record<string, string[]>,
  literal: (value: string) => string,
  unusable: RegExp | null,
): string {
  const column = pick(next, Object.keys(columns));
  const usable = columns[column]!.filter(value => unusable === null || !unusable.test(value));
  const value = () => literal(pick(next, usable));
  return pick(next, [
    () => `${column} ${pick(next, signs)} ${value()}`,
    () => `${value()} ${pick(next, signs)} \`${column.toUpperCase()}\``,
    () => `${column} ${pick(next, ['', 'NOT '])}IN (${value()}, ${value()})`,
    () => `${column} ${pick(next, ['', 'NOT '])}BETWEEN ${value()} AND ${value()}`,
  ])();
}

function foldedLeaf(next: Next): string {
  const column = pick(next, folded);
  const value = () => quotedText(pick(next, foldedConstants));
  return pick(next, [
    () => `${column} ${pick(next, ['=', '<>', '<=>'])} ${value()}`,
    () => `${column} ${pick(next, ['', 'NOT '])}IN (${value()}, ${value()}, ${value()})`,
  ])();
}

function likeLeaf(next: Next): string {
  const column = pick(next, Object.keys(texts));
  const pattern = pick(next, [
    "'a%'",
    "'%c'",
    "'_'",
    "'__'",
    "'%b%'",
    "'abc'",
    "'abc%'",
    "'%a%b%'",
    "''",
    "'%'",
    "'a\\%b'",
    "'a|%_' ESCAPE '|'",
    "'x\\_y'",
    "'_b_'",
    "'%_'",
  ]);
  return `${column} ${pick(next, ['', 'NOT '])}LIKE ${pattern}`;
}

/** As MySQL reads it with sql_mode ''. */
export function quotedText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The random numbers that `seed` begins. */
export function filterRandom(seed: number): Next {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}
