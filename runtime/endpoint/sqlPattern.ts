// Date patterns of MaxCompute in DuckDB's signs: its own (TO_CHAR, TO_DATE, ISDATE) and Java's (DATE_FORMAT, FROM_UNIXTIME).

const own: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  hh24: '%H',
  hh: '%H',
  ff3: '%g',
  mi: '%M',
  mm: '%m',
  dd: '%d',
  ss: '%S',
};

const java: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  MM: '%m',
  dd: '%d',
  HH: '%H',
  hh: '%I',
  mm: '%M',
  ss: '%S',
  SSS: '%g',
  a: '%p',
};

const javaFunctions = new Set(['date_format', 'from_unixtime']);
const ownFunctions = new Set(['to_char', 'to_date', 'isdate']);

/** Whether the second argument of a function is a date pattern. */
export function hasPattern(name: string): boolean {
  return javaFunctions.has(name) || ownFunctions.has(name);
}

/** The pattern in DuckDB's signs; null when it has a letter that means something else. */
export function duckPattern(name: string, pattern: string): string | null {
  const isJava = javaFunctions.has(name);
  const signs = isJava ? java : own;
  const words = Object.keys(signs).toSorted((a, b) => b.length - a.length);
  // In quotes Java takes letters as they are.
  const found = new RegExp(`'[^']*'|${words.join('|')}|[\\s\\S]`, isJava ? 'gu' : 'giu');
  let text = '';
  for (const [part] of pattern.matchAll(found)) {
    const sign = signs[isJava ? part : part.toLowerCase()];
    if (sign !== undefined) text += sign;
    else if (isJava && part.length > 1 && part.startsWith("'"))
      text += part.slice(1, -1).replaceAll('%', '%%');
    else if (/^[A-Za-z]$/.test(part)) return null;
    else text += part.replaceAll('%', '%%');
  }
  return text;
}
