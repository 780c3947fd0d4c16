import test from 'ava';
import {isSyncError} from '../../../runtime/base/errors.ts';
import {scopeOf} from '../../../runtime/rules/scope.ts';
import {parseExpression} from '../../../runtime/spec/parseExpression.ts';
import {operationsFinding, tableRule} from '../../../runtime/rules/tableRule.ts';
import {sourceColumn, sourceTable} from '../../support/sourceTable.ts';

const columns = [
  ['id', 'int'],
  ['b', 'bigint'],
  ['bu', 'bigint unsigned'],
  ['tu', 'tinyint unsigned'],
  ['d', 'decimal(10,2)'],
  ['f', 'double'],
  ['y', 'year'],
  ['da', 'date'],
  ['dt', 'datetime'],
  ['ts', 'timestamp'],
  ['e', "enum('a','b')"],
  ['s', "set('a','b')"],
  ['ci', 'varchar(20)'],
  ['js', 'json'],
  ['bin', 'binary(4)'],
] as const;
const plain = sourceTable(columns);
const table = {
  ...plain,
  columns: [
    ...plain.columns,
    sourceColumn('t', 'varchar(20)', {collation: 'utf8mb4_bin'}),
    sourceColumn('l', 'varchar(20)', {charset: 'latin1', collation: 'latin1_bin'}),
    sourceColumn('sw', 'varchar(20)', {charset: 'latin1', collation: 'latin1_swedish_ci'}),
    sourceColumn('nn', 'datetime', {nullable: false}),
  ],
};
const operations = ['insert', 'update', 'delete'] as const;

/** `CODE offset` of the refusal, the offset as the finding counts it. */
function refusal(where: string): string {
  try {
    tableRule(table, {where, operations, transforms: []});
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const place = /[Cc]haracter (\d+)/.exec(error.finding.cause)?.[1];
    return `${error.code} ${place}`;
  }
  return 'accepted';
}

const wrong: Record<string, string> = {
  '': 'SYNC1101 1',
  'id =': 'SYNC1101 5',
  'id = 1;': 'SYNC1101 7',
  '1=1) OR (1=1': 'SYNC1101 4',
  'id = 1or id = 2': 'SYNC1101 6',
  'id = 1 -- x': 'SYNC1101 8',
  'id = /*! 1 */ 2': 'SYNC1101 6',
  "t = 'a": 'SYNC1101 5',
  "t = 'a' 'b'": 'SYNC1101 9',
  'id IN ()': 'SYNC1101 8',
  'id BETWEEN 1 OR 2': 'SYNC1101 14',
  'id LIKE 5': 'SYNC1101 9',
  'id = 1 2': 'SYNC1101 8',
  '`id = 1': 'SYNC1101 1',
  // The traps of evaluators: each is refused where MySQL answers in a way of its own.
  'f > 0.1': 'SYNC1103 1',
  'd + 0e0 = 1': 'SYNC1103 5',
  "id = ''": 'SYNC1103 6',
  "b = '10abc'": 'SYNC1103 5',
  'dt = 0': 'SYNC1103 1',
  "dt IN ('0000-00-00')": 'SYNC1103 8',
  "dt > '2024-01-01 00:00:00+02:00'": 'SYNC1103 6',
  "NOT DATE(dt) = '0000-00-00'": 'SYNC1103 16',
  "e BETWEEN 'a' AND 'b'": 'SYNC1103 1',
  "s = 'b,a'": 'SYNC1103 1',
  'y > 99': 'SYNC1103 1',
  't = 0x616263': 'SYNC1103 5',
  'id=1or id=42': 'SYNC1101 4',
  "js = '10'": 'SYNC1103 1',
  "SHA1(t) = 'a'": 'SYNC1103 1',
  'ABS(b) = 1': 'SYNC1103 1',
  'CAST(e AS SIGNED) = 1': 'SYNC1103 1',
  'DATE_ADD(dt, INTERVAL b DAY) IS NULL': 'SYNC1103 23',
  "IF(id, dt, da) = '2024-01-01'": 'SYNC1103 1',
  nope: 'SYNC1102 1',
  't = abc': 'SYNC1103 5',
  'id = 1 AND nope > 3': 'SYNC1102 12',
  'id = 1e3': 'SYNC1103 6',
  'id = 0x2A': 'SYNC1103 6',
  "t = _utf8'a'": 'SYNC1103 5',
  "id = '5'": 'SYNC1103 6',
  't = 5': 'SYNC1103 5',
  "ci > 'a'": 'SYNC1103 6',
  "ci = 'é'": 'SYNC1103 6',
  "sw = 'a'": 'SYNC1103 1',
  "ci LIKE 'a%'": 'SYNC1103 4',
  "l = 'é'": 'SYNC1103 5',
  "bin = 'a'": 'SYNC1103 1',
  'f = 0.1': 'SYNC1103 1',
  'y = 24': 'SYNC1103 1',
  's = 1': 'SYNC1103 1',
  'e = 2': 'SYNC1103 5',
  "e = 'c'": 'SYNC1103 5',
  "e < 'b'": 'SYNC1103 1',
  "dt > '2024'": 'SYNC1103 6',
  "dt = '0000-00-00'": 'SYNC1103 6',
  "dt = '2024-02-30'": 'SYNC1103 6',
  "dt = '2024-01-01 00:00:00.5'": 'SYNC1103 6',
  "da = '2024-01-01 10:00:00'": 'SYNC1103 6',
  "ts > '1969-01-01'": 'SYNC1103 6',
  'dt > da': 'SYNC1103 1',
  'nn IS NULL': 'SYNC1103 4',
  'id DIV 2 = 1': 'SYNC1103 4',
  'b / 3 * b > 1': 'accepted',
  'MOD(d, 2) = 1': 'SYNC1103 1',
  'b + 1 > 0': 'SYNC1103 3',
  'tu - 1 > 0': 'SYNC1103 4',
  'bu IN (1, -1)': 'SYNC1103 11',
  'id IN (1, 2.5)': 'SYNC1103 11',
  'id IN (1, b)': 'SYNC1103 11',
  'id = NULL': 'SYNC1103 6',
  '(id, b) = (1, 2)': 'SYNC1103 1',
  '(id = 1) = 1': 'SYNC1103 5',
  "'a'": 'SYNC1103 1',
  'id = 1 || b = 2': 'SYNC1103 8',
  '! id': 'SYNC1103 1',
  'id & 1': 'SYNC1103 4',
  'shop.t.id = 1': 'SYNC1103 1',
  "js -> '$.a' = 1": 'SYNC1103 1',
  "LOWR(t) = 'a'": 'SYNC1106 1',
  "MD5(t) = 'a'": 'SYNC1103 1',
  "LOWER(sw) = 'a'": 'SYNC1103 13',
  "LOWER(ci) > 'a'": 'SYNC1103 13',
  "LOWER(t, t) = 'a'": 'SYNC1101 1',
  "CONCAT(t, ci) = 'a'": 'SYNC1103 17',
  'LOWER(t) = 5': 'SYNC1103 1',
  'CAST(t AS TIME) = 5': 'SYNC1103 11',
  'DATE_ADD(dt, 5) > 5': 'SYNC1101 14',
  'DATE_ADD(dt, INTERVAL 5 CENTURY) > 5': 'SYNC1101 25',
  'LEFT(t, 1.5) = 5': 'SYNC1103 9',
  'ABS(t) = 5': 'SYNC1103 5',
  "DATE(dt) > '2024'": 'SYNC1103 12',
  "DATE_FORMAT(dt, '%W') = 'a'": 'SYNC1103 17',
  'ABS(js) = 5': 'SYNC1103 5',
  "t REGEXP 'a'": 'SYNC1103 3',
  "t LIKE 'a' ESCAPE 'ab'": 'SYNC1103 3',
  'dt > NOW()': 'SYNC1104 6',
  'dt > current_timestamp': 'SYNC1104 6',
  'id > @x': 'SYNC1104 6',
  'RAND() < 0.1': 'SYNC1104 1',
  'id IN (SELECT 1)': 'SYNC1104 8',
  'id = (SELECT 1)': 'SYNC1104 6',
};

for (const [where, expected] of Object.entries(wrong))
  test(`the filter ${JSON.stringify(where)} is refused with its place`, t => {
    t.is(refusal(where), expected);
  });

test('nesting and length are bounded', t => {
  t.is(refusal(`${'('.repeat(200)}id${')'.repeat(200)}`), 'SYNC1101 101');
  t.is(refusal(`${'NOT '.repeat(200)}id`), 'SYNC1101 397');
  t.is(refusal(`id = ${'-'.repeat(200)}1`), 'SYNC1101 105');
  t.is(refusal('id'.padEnd(70_000)), 'SYNC1101 1');
});

const rendered: Record<string, string> = {
  'NOT id = 1 AND b': '((NOT (`id` = 1)) AND `b`)',
  'id = 1 OR b = 2 AND d = 3': '((`id` = 1) OR ((`b` = 2) AND (`d` = 3)))',
  'id = 1 OR b = 2 XOR d = 3': '((`id` = 1) OR ((`b` = 2) XOR (`d` = 3)))',
  'id>10--1': '(`id` > (10 - (- 1)))',
  'id = 1 IS TRUE': '((`id` = 1) IS TRUE)',
  'id + b * 2 - 1 = 0': '(((`id` + (`b` * 2)) - 1) = 0)',
  "t = 'it''s' or t = \"a\\n\"": "((`t` = _utf8mb4 X'69742773') OR (`t` = _utf8mb4 X'610A'))",
  "t NOT LIKE 'a\\%b%'": "(`t` NOT LIKE _utf8mb4 X'615C256225' ESCAPE _utf8mb4 X'5C')",
  'id not between 1 and 2 or `I``d` is not null':
    '((`id` NOT BETWEEN 1 AND 2) OR (`I``d` IS NOT NULL))',
};

for (const [where, expected] of Object.entries(rendered))
  test(`the filter ${where} is bound as MySQL binds it`, t => {
    t.is(scopeOf(table).sql(parseExpression(where)), expected);
  });

test('a table without filter and with all operations has no rule', t => {
  t.is(
    tableRule(table, {where: null, operations: ['delete', 'insert', 'update'], transforms: []}),
    null,
  );
  t.deepEqual(operationsFinding(table, null), []);
});

test('a list of operations is a warning that names what it leaves out', t => {
  const rule = tableRule(table, {where: null, operations: ['insert'], transforms: []});
  const [found] = operationsFinding(table, rule);
  t.like(found, {
    code: 'SYNC1105',
    severity: 'warning',
    cause: 'operations of shop.t leaves out update and delete.',
  });
});
