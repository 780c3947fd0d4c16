// Tables and the schema changes that happen to them, row changes in between.
import type {World} from './world.ts';

const columns =
  '(id INT PRIMARY KEY, a INT, b VARCHAR(20), c DECIMAL(10,2) NOT NULL DEFAULT 0, d DATETIME)';

/** A table for each scenario, in one task, and one that nothing happens to. */
export function setupOf(scenarios: Record<string, string[]>): string[] {
  const tables = Object.keys(scenarios).flatMap((_, i) => [
    `CREATE TABLE t${i} ${columns}`,
    `INSERT INTO t${i} VALUES (1, 10, 'one', 1.5, '2020-01-01 00:00:01'), (2, 20, 'two', 2.5, NULL), (3, 30, NULL, 3.5, NULL)`,
  ]);
  return [
    ...tables,
    'CREATE TABLE beside (id INT PRIMARY KEY, v INT)',
    'INSERT INTO beside VALUES (1, 1)',
  ];
}

/** Runs the statements of each scenario on its table, row changes around them; those of all tables in turns. */
export async function runAll(world: World, scenarios: Record<string, string[]>): Promise<void> {
  const left = Object.values(scenarios).map((statements, i) =>
    [`UPDATE t SET a = a + 1`, ...statements].map(sql =>
      sql.replaceAll(/\bt(_\w+)?\b/g, `t${i}$1`),
    ),
  );
  for (let round = 0; left.some(statements => statements.length > round); round++)
    for (const statements of left)
      if (statements[round] !== undefined) {
        await world.mysql.query(statements[round]!);
        await world.mysql.query('UPDATE beside SET v = v + 1');
      }
}

/** Changes of columns that are carried out in place, by what they do; `t` stands for the table of each. */
export const alters: Record<string, string[]> = {
  'columns added first, after another and last, with attributes': [
    'ALTER TABLE t ADD COLUMN x INT FIRST, ADD COLUMN y VARCHAR(9) AFTER a, ADD z JSON',
    `UPDATE t SET x = id, y = 'y', z = '{"k":1}'`,
    'INSERT INTO t (id, x, y) VALUES (4, 4, NULL)',
    'ALTER TABLE t ADD COLUMN (p BIGINT UNSIGNED INVISIBLE, q TIMESTAMP(3) NULL), ALGORITHM=INSTANT',
    "UPDATE t SET p = 18446744073709551615, q = '2021-02-03 04:05:06.789' WHERE id < 3",
  ],
  'columns dropped, and added again as something else': [
    'ALTER TABLE t DROP COLUMN b, ALGORITHM=INSTANT',
    "INSERT INTO t VALUES (5, 50, 5.5, '2020-01-01')",
    'ALTER TABLE t ADD COLUMN b BIGINT AFTER id, DROP COLUMN d',
    'UPDATE t SET b = id * 1000',
    'INSERT INTO t VALUES (6, 6000, 60, 6.5)',
    'ALTER TABLE t DROP COLUMN b',
    'ALTER TABLE t ADD COLUMN b VARCHAR(5)',
    "UPDATE t SET b = 'again' WHERE id = 6",
  ],
  'columns renamed, moved and renamed in a circle': [
    'ALTER TABLE t RENAME COLUMN a TO amount, ALGORITHM=INPLACE',
    'UPDATE t SET amount = amount + 1 WHERE id = 1',
    'ALTER TABLE t CHANGE b note VARCHAR(20) FIRST, MODIFY id INT AFTER note',
    "INSERT INTO t (id, note) VALUES (7, 'seven')",
    'ALTER TABLE t RENAME COLUMN amount TO d, RENAME COLUMN d TO amount',
    "UPDATE t SET d = 5, amount = '2022-02-02' WHERE id = 7",
  ],
  'types that become wider': [
    'ALTER TABLE t MODIFY a BIGINT, MODIFY b TEXT, MODIFY c DECIMAL(20,2) NOT NULL, MODIFY d DATETIME(6)',
    "UPDATE t SET a = 9007199254740993, c = 123456789012345678.91, d = '2020-01-01 00:00:00.123456' WHERE id = 2",
    "INSERT INTO t VALUES (8, -9223372036854775808, REPEAT('x', 3000), 0, NULL)",
    'ALTER TABLE t MODIFY id BIGINT',
    'INSERT INTO t VALUES (9223372036854775807, 1, NULL, 0, NULL)',
  ],
  'several clauses, indexes, comments and options in one statement': [
    "ALTER TABLE t ADD INDEX i (aa), ADD COLUMN e ENUM('x','y'), DROP COLUMN d, RENAME COLUMN a TO aa, COMMENT 'new', ALGORITHM=COPY",
    "INSERT INTO t VALUES (10, 1, 'b', 2, 'y')",
    "ALTER TABLE t MODIFY e ENUM('z','y','x'), ENGINE=InnoDB, DROP INDEX i",
    "UPDATE t SET e = 'z' WHERE id = 1",
    'ALTER TABLE t ADD UNIQUE u (e, id), ALTER COLUMN aa SET DEFAULT 7, FORCE',
    "UPDATE t SET e = 'x' WHERE id = 2",
  ],
};
