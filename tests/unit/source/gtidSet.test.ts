import test from 'ava';
import {
  addGtid,
  connectState,
  containsGtid,
  containsGtidSet,
  copyGtidSet,
  encodeGtidSet,
  formatGtidSet,
  intersectGtidSets,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
  uniteGtidSets,
} from '../../../runtime/source/gtidSet.ts';

const a = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';
const b = 'bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb';

const canonical = test.macro<[string, string]>({
  exec: (t, text, expected) => t.is(formatGtidSet(parseGtidSet(text)), expected),
  title: (_, text) => `the canonical text of "${text.replaceAll('\n', '\\n')}"`,
});
test(canonical, '', '');
test(canonical, `${a}:1-5`, `${a}:1-5`);
test(canonical, `${a}:5-5`, `${a}:5`);
test(canonical, `${a}:1-3:4-6`, `${a}:1-6`);
test(canonical, `${a}:4-6:1-2`, `${a}:1-2:4-6`);
test(canonical, `${a}:1-9:3-4`, `${a}:1-9`);
test(canonical, `${b}:1,\n${a.toUpperCase()}:2 ,`, `${a}:2,${b}:1`);
test(canonical, `${a}:1-3:tag:7:1-2:other:1`, `${a}:1-3:other:1:tag:1-2:7`);
test(canonical, `${a}:TAG:1`, `${a}:tag:1`);
test(canonical, `${a}:7-3`, '');

test('a text that is no GTID set is a bug of whoever stored it', t => {
  for (const text of ['hello', `${a}:x-1`, `${a}:1-`, 'aaaaaaaa:1'])
    t.throws(() => parseGtidSet(text), {message: /SYNC9001/}, text);
});

test('the next number of a source extends its interval, a number in a gap closes it', t => {
  const set = parseGtidSet(`${a}:1-3:5`);
  addGtid(set, a, 6);
  t.is(formatGtidSet(set), `${a}:1-3:5-6`);
  addGtid(set, a, 4);
  t.is(formatGtidSet(set), `${a}:1-6`);
  addGtid(set, b, 9);
  addGtid(set, b, 9);
  t.is(formatGtidSet(set), `${a}:1-6,${b}:9`);
});

test('a copy does not change with its original', t => {
  const set = parseGtidSet(`${a}:1`);
  const copy = copyGtidSet(set);
  addGtid(set, a, 2);
  t.is(formatGtidSet(copy), `${a}:1`);
});

test('set algebra equals the algebra of the numbers one by one, for 500 random sets', t => {
  let seed = 42;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  for (let round = 0; round < 500; round++) {
    const numbers = [0, 1].map(
      () => new Set(Array.from({length: random(12)}, () => 1 + random(16))),
    );
    const [left, right] = numbers as [Set<number>, Set<number>];
    const toSet = (wanted: Set<number>) => {
      const set = parseGtidSet('');
      for (const number of wanted) addGtid(set, a, number);
      return set;
    };
    const [leftSet, rightSet] = [toSet(left), toSet(right)];
    const same = (set: ReturnType<typeof toSet>, wanted: Set<number>) =>
      t.is(formatGtidSet(set), formatGtidSet(toSet(wanted)));
    same(uniteGtidSets(leftSet, rightSet), left.union(right));
    same(subtractGtidSets(leftSet, rightSet), left.difference(right));
    t.is(containsGtidSet(leftSet, rightSet), right.isSubsetOf(left));
    t.is(isEmptyGtidSet(leftSet), left.size === 0);
    for (let number = 0; number < 18; number++)
      t.is(containsGtid(leftSet, a, number), left.has(number));
  }
});

test('a set without tags is sent in the form that every server reads', t => {
  const bytes = encodeGtidSet(parseGtidSet(`${a}:1-3:5,${b}:7`));
  const sid = (hex: string) => hex.repeat(16);
  const u64 = (...values: number[]) =>
    values.map(v => `${v.toString(16).padStart(2, '0')}${'00'.repeat(7)}`).join('');
  t.is(bytes.toString('hex'), u64(2) + sid('aa') + u64(2, 1, 4, 5, 6) + sid('bb') + u64(1, 7, 8));
});

test('a set with a tag is sent in the tagged form, its other sources with an empty tag', t => {
  const bytes = encodeGtidSet(parseGtidSet(`${a}:1:x:2`));
  const hex = bytes.toString('hex');
  t.is(hex.slice(0, 16), '0102000000000001');
  t.is(hex.slice(16, 50), `${'aa'.repeat(16)}00`);
  t.true(hex.includes(`${'aa'.repeat(16)}0278`));
});

test('of MariaDB the last transaction of a domain and server stands for all before it', t => {
  const set = parseGtidSet('0-2-150,0-1-100, 7-1-3');
  t.is(formatGtidSet(set), '0-1-100,0-2-150,7-1-3');
  t.true(containsGtid(set, '0-1', 1));
  t.false(containsGtid(set, '0-1', 101));
  // Numbers of a domain go over its servers, so there are gaps in those of one.
  addGtid(set, '0-1', 151);
  addGtid(set, '3-9', 5);
  t.is(formatGtidSet(set), '0-1-151,0-2-150,3-9-5,7-1-3');
  t.true(containsGtidSet(set, parseGtidSet('0-1-120')));
  t.is(connectState(set), '0-1-151,7-1-3,3-9-5');
  const less = (left: string, right: string) =>
    formatGtidSet(subtractGtidSets(parseGtidSet(left), parseGtidSet(right)));
  t.is(less('0-1-9,0-2-4', '0-1-8,0-2-4'), '0-1-9');
  t.is(less('0-1-8', '0-1-9'), '');
  const common = intersectGtidSets(parseGtidSet('0-1-9,0-2-4'), parseGtidSet('0-1-7'));
  t.is(formatGtidSet(common), '0-1-7');
});

test('what two sets have in common', t => {
  const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
  const common = (left: string, right: string) =>
    formatGtidSet(intersectGtidSets(parseGtidSet(left), parseGtidSet(right)));
  t.is(common(`${uuid}:1-5:9`, `${uuid}:2-9`), `${uuid}:2-5:9`);
  t.is(common(`${uuid}:1-5`, `${uuid}:7`), '');
  t.is(common(`${uuid}:tag:1-5`, `${uuid}:1-5`), '');
});
