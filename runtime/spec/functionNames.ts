// The functions of expressions, by name: how many values each takes. What they mean is runtime/rules/functions.ts.

/** Fewest and most values in the parentheses. */
export const functionValues: Readonly<Record<string, readonly [min: number, max: number]>> = {
  CONCAT: [1, 50],
  LOWER: [1, 1],
  UPPER: [1, 1],
  TRIM: [1, 1],
  LTRIM: [1, 1],
  RTRIM: [1, 1],
  LEFT: [2, 2],
  RIGHT: [2, 2],
  SUBSTRING: [2, 3],
  REPLACE: [3, 3],
  REVERSE: [1, 1],
  REPEAT: [2, 2],
  LPAD: [3, 3],
  RPAD: [3, 3],
  CHAR_LENGTH: [1, 1],
  MASK: [3, 4],
  ABS: [1, 1],
  SIGN: [1, 1],
  ROUND: [1, 2],
  TRUNCATE: [2, 2],
  FLOOR: [1, 1],
  CEILING: [1, 1],
  MOD: [2, 2],
  IF: [3, 3],
  IFNULL: [2, 2],
  NULLIF: [2, 2],
  COALESCE: [1, 20],
  ISNULL: [1, 1],
  CAST: [1, 1],
  DATE: [1, 1],
  YEAR: [1, 1],
  MONTH: [1, 1],
  DAYOFMONTH: [1, 1],
  HOUR: [1, 1],
  MINUTE: [1, 1],
  SECOND: [1, 1],
  DATE_FORMAT: [2, 2],
  DATE_ADD: [2, 2],
  DATE_SUB: [2, 2],
  UNIX_TIMESTAMP: [1, 1],
  FROM_UNIXTIME: [1, 1],
  OPERATION: [0, 0],
  COMMIT_TIME: [0, 0],
  TABLE_NAME: [0, 0],
  DATABASE_NAME: [0, 0],
};

/** Other names that MySQL has for the same. */
export const sameFunction: Readonly<Record<string, string>> = {
  LCASE: 'LOWER',
  UCASE: 'UPPER',
  SUBSTR: 'SUBSTRING',
  MID: 'SUBSTRING',
  CHARACTER_LENGTH: 'CHAR_LENGTH',
  CEIL: 'CEILING',
  DAY: 'DAYOFMONTH',
  ADDDATE: 'DATE_ADD',
  SUBDATE: 'DATE_SUB',
};

/** Units of DATE_ADD and DATE_SUB. */
export const intervalUnits: readonly string[] = [
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'WEEK',
  'MONTH',
  'YEAR',
];

/** Why MySQL has it and expressions do not, and what to write instead. */
export const refusedFunctions: Readonly<
  Record<string, readonly [reason: string, instead: string]>
> = {
  MD5: ['servers from 9.6 on no longer have it', 'Use the transform hash, which takes a key.'],
  SHA1: ['servers from 9.6 on no longer have it', 'Use the transform hash, which takes a key.'],
  SHA2: ['without a key anybody can try all values', 'Use the transform hash, which takes a key.'],
  AES_ENCRYPT: ['its key would stand in the task', 'Use the transform hash, which takes a key.'],
  LENGTH: ['it counts bytes of the column’s own character set', 'Use CHAR_LENGTH.'],
  LOCATE: ['which texts are equal is decided by the collation', 'Use LIKE in a condition.'],
  INSTR: ['which texts are equal is decided by the collation', 'Use LIKE in a condition.'],
  REGEXP_LIKE: ['its patterns are those of a library of the server', 'Use LIKE.'],
  REGEXP_REPLACE: ['its patterns are those of a library of the server', 'Use REPLACE.'],
  REGEXP_SUBSTR: ['its patterns are those of a library of the server', 'Use SUBSTRING.'],
  JSON_EXTRACT: ['JSON has rules of its own', 'Use a generated column in the source.'],
  STR_TO_DATE: [
    'text that is no date has rules of its own',
    'Use a generated column in the source.',
  ],
  CONVERT: ['it has two meanings', 'Use CAST.'],
};
