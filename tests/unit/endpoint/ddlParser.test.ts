import test from 'ava';
import {formatOdpsType} from '../../../runtime/codec/odpsType.ts';
import type {Ddl} from '../../../runtime/endpoint/ddl.ts';
import {parseDdl} from '../../../runtime/endpoint/ddlParser.ts';
import {splitStatements, tokenize} from '../../../runtime/endpoint/sqlTokens.ts';

const parse = (sql: string) => parseDdl(sql, tokenize(sql));

test('a CREATE TABLE with every clause is taken apart', t => {
  const ddl = parse(`CREATE TABLE IF NOT EXISTS \`p\`.\`T\` (
    \`Id\` BIGINT NOT NULL COMMENT 'it\\'s the key', -- a comment
    a ARRAY<STRUCT<x:INT,y:DECIMAL(10,2)>> DEFAULT 'z',
    PRIMARY KEY (id)
  ) COMMENT "c" PARTITIONED BY (dt STRING COMMENT 'day', hh BIGINT)
  CLUSTERED BY (id) SORTED BY (id) INTO 16 BUCKETS
  TBLPROPERTIES ('transactional'='true', 'k'='v') LIFECYCLE 7`);
  if (ddl?.kind !== 'create') return t.fail();
  t.like(ddl.table, {project: 'p', schema: null, name: 't'});
  t.deepEqual(
    [...ddl.columns, ...ddl.partitionKeys].map(c => [
      c.name,
      formatOdpsType(c.type),
      c.comment,
      c.nullable,
    ]),
    [
      ['id', 'bigint', "it's the key", false],
      ['a', 'array<struct<x:int,y:decimal(10,2)>>', '', true],
      ['dt', 'string', 'day', true],
      ['hh', 'bigint', '', true],
    ],
  );
  t.like(ddl, {
    ifNotExists: true,
    primaryKey: ['id'],
    comment: 'c',
    lifecycleDays: 7,
    properties: {transactional: 'true', k: 'v'},
  });
});

test('each ALTER TABLE is told from the others', t => {
  const kinds: Record<string, Ddl['kind']> = {
    "ADD COLUMNS (a BIGINT COMMENT 'x', b DECIMAL(38,18))": 'addColumns',
    'ADD COLUMN a BIGINT': 'addColumns',
    'DROP COLUMNS a, b': 'dropColumns',
    'CHANGE COLUMN a b STRING': 'changeColumn',
    'CHANGE COLUMN a RENAME TO b': 'changeColumn',
    "ADD IF NOT EXISTS PARTITION (dt='1', hh=2) PARTITION (dt='2', hh=3)": 'addPartitions',
    "DROP IF EXISTS PARTITION (dt='1'), PARTITION (dt='2')": 'dropPartitions',
    "SET TBLPROPERTIES ('a'='b')": 'setProperties',
    'SET LIFECYCLE 3': 'setLifecycle',
    "SET COMMENT 'x'": 'setComment',
    'RENAME TO u': 'rename',
    TOUCH: 'touch',
  };
  for (const [clause, kind] of Object.entries(kinds))
    t.is(parse(`ALTER TABLE t ${clause}`)?.kind, kind);
});

test('queries and INSERT are not DDL', t => {
  for (const sql of [
    'SELECT 1',
    'INSERT INTO t VALUES (1)',
    'WITH a AS (SELECT 1) SELECT * FROM a',
  ]) {
    t.is(parse(sql), null);
  }
});

test('what is no DDL is refused with its place', t => {
  const message = (sql: string) => t.throws(() => parse(sql)).message;
  t.regex(message('CREATE TABLE t (a MONEY)'), /^ODPS-0130161:\[1,19\] Parse exception/);
  t.regex(message('CREATE TABLE t (a BIGINT)\n  SOMEHOW'), /^ODPS-0130161:\[2,3\]/);
  t.regex(message("CREATE TABLE t (a BIGINT COMMENT 'x"), /a quote is not closed/);
  t.regex(message('DROP TABLE t u'), /"u" where end of statement is due/);
});

test('statements are cut at semicolons outside of quotes and comments', t => {
  const texts = splitStatements("SET a=b;\n-- one; two\nSELECT ';' AS `x;y`; ;").map(s => s.text);
  t.deepEqual(texts, ['SET a=b', "SELECT ';' AS `x;y`"]);
});
