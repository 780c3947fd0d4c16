import {readFileSync} from 'node:fs';
import test from 'ava';
import {combine, createBucketer, keyHash, type HasherName} from '../../../runtime/codec/keyHash.ts';
import {parseOdpsType} from '../../../runtime/codec/odpsType.ts';
import type {RecordValue} from '../../../runtime/codec/recordStream.ts';
import {vectorValue} from '../../support/tunnelVectors.ts';

interface Expected {
  fieldHash: number;
  rowHash: number;
  bucketOf: Record<string, number>;
}

interface SingleKey {
  type: string;
  value: unknown;
  default: Expected;
  legacy: Expected;
}

interface MultiKey {
  keys: string[];
  columns: {name: string; type: string}[];
  row: unknown[];
  default: Expected;
  legacy: Expected;
}

const file = new URL('../../vectors/tunnel/hashes.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as {
  singleKey: SingleKey[];
  multiKey: MultiKey[];
};
const hashers: HasherName[] = ['default', 'legacy'];

for (const hasher of hashers) {
  test(`the ${hasher} hash of every key type is the one of the service's clients`, t => {
    for (const vector of vectors.singleKey) {
      const type = parseOdpsType(vector.type);
      const value = vectorValue(vector.value, type) as Exclude<RecordValue, null>;
      const due = vector[hasher];
      const hash = keyHash(type, hasher)(value);
      const name = `${vector.type} ${JSON.stringify(vector.value)}`;
      t.is(hash, due.fieldHash, name);
      t.is(combine(hash), due.rowHash, name);
      for (const [count, bucket] of Object.entries(due.bucketOf))
        t.is(createBucketer([type], hasher, Number(count))([value]), bucket, name);
    }
  });

  test(`keys of several columns go to the buckets of the service's clients by the ${hasher} hash`, t => {
    for (const vector of vectors.multiKey) {
      const types = vector.columns.map(column => parseOdpsType(column.type));
      const places = vector.keys.map(key => vector.columns.findIndex(c => c.name === key));
      const keys = places.map(i => vectorValue(vector.row[i], types[i]!));
      const keyTypes = places.map(i => types[i]!);
      for (const [count, bucket] of Object.entries(vector[hasher].bucketOf))
        t.is(createBucketer(keyTypes, hasher, Number(count))(keys), bucket);
    }
  });
}

test('a decimal key hashes the same however it is written', t => {
  const hash = keyHash(parseOdpsType('decimal(10,2)'), 'default');
  for (const text of ['100', '100.00', '1E+2', '1e2', '100.004', '+100.'])
    t.is(hash(text), hash('100'), text);
  t.not(hash('100.005'), hash('100'));
});

test('wall-clock timestamps hash like instants', t => {
  const moment = {seconds: -1n, nanos: 500_000_000};
  const [ntz, instant] = ['timestamp_ntz', 'timestamp'].map(name =>
    keyHash(parseOdpsType(name), 'default'),
  );
  t.is(ntz!(moment), instant!(moment));
});

test('a type without a bucket hash is refused', t => {
  for (const name of ['array<int>', 'json', 'interval_year_month'])
    t.throws(() => keyHash(parseOdpsType(name), 'default'), {message: /SYNC4038/}, name);
});
