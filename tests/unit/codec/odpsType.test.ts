import test from 'ava';
import {formatOdpsType, parseOdpsType} from '../../../runtime/codec/odpsType.ts';

const written = test.macro<[string, string]>({
  exec: (t, text, plain) => t.is(formatOdpsType(parseOdpsType(text)), plain),
  title: (_, text) => `${text} is read and written in its plain form`,
});

test(written, 'BIGINT', 'bigint');
test(written, 'decimal', 'decimal(38,18)');
test(written, 'DECIMAL( 10 , 2 )', 'decimal(10,2)');
test(written, 'decimal(5)', 'decimal(5,0)');
test(written, 'VARCHAR(65535)', 'varchar(65535)');
test(written, 'array<map<string,int>>', 'array<map<string,int>>');
test(written, 'STRUCT<`A`:INT, b:ARRAY<STRING>>', 'struct<A:int,b:array<string>>');
test(written, 'timestamp_ntz', 'timestamp_ntz');

test('what is no type is refused by SYNC6021', t => {
  for (const text of ['', 'money', 'char(256)', 'decimal(39,1)', 'array<', 'bigint)', 'map<int>']) {
    t.is((t.throws(() => parseOdpsType(text)) as Error & {code: string}).code, 'SYNC6021', text);
  }
});
